from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from audit.dataset.model import Source
from audit.detectors.hit_findings import convert_hits
from audit.detectors.registry import dataset_rules
from audit.detectors.rule import Rule
from audit.findings.finding import Finding, Severity, sort_findings
from audit.findings.reviews import count_reviews
from audit.pipeline.result import ScanResult
from audit.testing import Scene, dataset, measured, scene

Result = Callable[..., ScanResult]
TITLES: Mapping[str, str] = {
    "bbox.wrong": "A box beside its mask: the two do not belong together",
    "dataset.small": "A small dataset",
    "mask.tiny": "A tiny mask: too few pixels to learn from",
    "overlap.partial": "Two masks overlap in part: pixels that belong to two objects",
    "overlap.silent": "A rule that says nothing",
}
"""Rules of these tests alone, so that no change of a real rule changes a page here."""


def finding(rule: str, *annotations: int, image: int | None = None, **fields) -> Finding:
    """Say something about annotations of the drawn datasets; ids count from 1, rows from 0."""
    said = {
        "severity": Severity.WARNING,
        "message": f"Rule {rule} says something.",
        "image_id": image,
        "file_name": None if image is None else f"scene_{image}.png",
        "annotation_ids": annotations,
        "image_row": (image or 0) - 1,
        "instance_rows": tuple(number - 1 for number in annotations),
        "category_ids": (1,) * bool(annotations),
        "source": "drawn.json",
        "pointer": f"/annotations/{annotations[0] - 1}" if annotations else "",
        "fingerprint": f"{hash_of(rule, annotations, image):016x}",
    }
    return Finding(rule, **(said | fields))


def hash_of(rule: str, annotations: tuple[int, ...], image: int | None) -> int:
    """Number findings in a way that does not change from run to run."""
    return sum(map(ord, rule)) * 1000 + sum(annotations) * 10 + (image or 0)


@pytest.fixture
def said() -> Callable[..., Finding]:
    return finding


@pytest.fixture
def result() -> Result:
    """Make the result of a scan of drawn scenes with given findings."""

    def make(*scenes: Scene, findings: tuple[Finding, ...] = (), **fields) -> ScanResult:
        info = {r: Rule(r, "warning", title, f"{title}.\n\nManual of {r}.") for r, title in TITLES.items()}
        given = {
            "dataset": dataset(*scenes),
            "effective_config": {"select": list(TITLES)},
            "reviews": count_reviews(findings),
            "sources": (Source("drawn.json", "coco", 1234, "ab" * 32),),
        }
        return ScanResult(
            "1.0", measured(*scenes), sort_findings(findings), **({"rules": info} | given | fields)
        )

    return make


@pytest.fixture
def scanned(result: Result) -> Result:
    """Scan drawn scenes with three real rules."""

    def scan(*scenes: Scene, **fields) -> ScanResult:
        m = measured(*scenes)
        on = {
            name: dataset_rules()[name]
            for name in ("overlap.duplicate", "overlap.contained", "overlap.partial")
        }
        hits = [convert_hits(r.id, r.severity, r.detect(m, r.options()), m) for r in on.values()]
        info = {name: Rule(name, r.severity, r.title, r.manual) for name, r in on.items()}
        return result(*scenes, findings=tuple(chain(*hits)), rules=info, **fields)

    return scan


@pytest.fixture
def pictures(tmp_path: Path) -> Callable[..., Path]:
    """Write pictures of grey noise: ``pictures({"a.png": (40, 30)})``."""

    def write(sizes: Mapping[str, tuple[int, int]]) -> Path:
        folder = tmp_path / "pictures"
        folder.mkdir(exist_ok=True)
        for k, (name, (width, height)) in enumerate(sizes.items()):
            grey = np.random.default_rng(k).integers(60, 200, (height, width), dtype=np.uint8)
            Image.fromarray(grey).save(folder / name, "PNG")
        return folder

    return write


CROWDED = """
    aaaaaa......
    aaaaaa......
    aaaaaa..dd..
    ........dd..
"""
OVER_IT = """
    ............
    ...bbbbb....
    ...bbbbb....
    ............
"""


@pytest.fixture
def full(result: Result) -> Callable[..., ScanResult]:
    """Make a result that has something to show in every part of the report."""

    def make(**fields) -> ScanResult:
        scenes = (
            scene(CROWDED, OVER_IT, categories={"a": "<cell>", "b": "<cell>", "d": "nucleus"}),
            scene("ee..\nee..", "eeff\n..ff", categories={"e": "nucleus", "f": "nucleus"}, file_name="plate & co.png"),
            scene("....\n..g.", boxes={"g": (0, 0, 4, 2)}, file_name="last.png"),
        )  # fmt: skip
        findings = (
            finding(
                "overlap.partial", 1, 2, image=1, severity=Severity.ERROR, score=0.75,
                message="These “<cell>” and “<cell>” share 6 pixels, 60 % of the smaller one.",
                evidence={"intersection_px": 6, "share_of_smaller": 0.6, "iou": 0.27272727, "whole": False},
                category_ids=(1,), decision="real", note="seen by <Ann>",
            ),
            finding("mask.tiny", 3, image=1, message="This mask has 4 px.", category_ids=(2,), score=0.5, decision="fine"),
            finding("overlap.partial", 4, 5, image=2, file_name="plate & co.png", category_ids=(2,), score=0.25),
            finding("bbox.wrong", 6, image=3, file_name="last.png", severity=Severity.INFO, pointer="/annotations/5/bbox"),
            finding("dataset.small", severity=Severity.INFO, message="Only 3 images."),
        )  # fmt: skip
        given = {
            "not_checked": ("No pictures were given, so none was checked.",),
            "hidden": 2,
        }
        return result(*scenes, findings=findings, **(given | fields))

    return make
