"""What every rule promises: its manual page, its options, its test file, and how it behaves."""

import re
from copy import deepcopy
from dataclasses import MISSING, FrozenInstanceError, fields, replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import audit.detectors
from audit.detectors.base import Hit, to_findings
from audit.detectors.registry import rules
from audit.findings.finding import Severity
from audit.measure.schema import Measurements, empty_measurements
from audit.pipeline.catalogue import catalogue
from audit.testing import drawn, measured, scene

PACKAGE = Path(audit.detectors.__path__[0])
SECTIONS = ["What it finds", "Why it matters", "When it is wrong", "Example", "Reference"]
READER_SECTIONS = ["What it finds", "Why it matters", "What to do"]
PLAIN = (int, float, str, bool, type(None))
RULES = pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.id)

SQUARE = [(2, 2), (22, 2), (22, 22), (2, 22)]
INNER = [(8, 8), (12, 8), (12, 12), (8, 12)]
NAMES = {"a": "cell", "b": "Cells"}

CLEAN = (
    scene("aaaaa.....\n" * 6 + "..........\n" * 2 + "......bbbb\n" * 4),
    scene(".....aaaaa\n" * 5 + "..........\n" * 2 + "bbbb......\n" * 5),
)
SHAPES = (
    scene("aaaaaaaaaa....a\n" + "aaaaaaaaaa.....\n" * 9),
    scene("aaaaaa\naa.aaa\naaaaaa\naaaaaa"),
    scene(f"{'a' * 40}\n{'.' * 40}"),
    scene(f"{'a' * 40}\n" * 6 + f"{'a.' * 20}\n" * 6),
    scene("aaaa..........aaaa\n" * 4),
    scene("aa.b"),
)
OVERLAPS = (
    scene("aaaa\n" * 5, "bbbb\n" * 5),
    scene("aaaa\n" * 5, "bbbb\n" * 5, categories=NAMES),
    scene("aaaaaaaaaa\n" * 10, ".....bb...\n" * 2 + "..........\n" * 8),
    scene("aaaaaaaaaa......\n" * 8, "......bbbbbbbbbb\n" * 8),
    scene("aaaaaaaaaa.........\n" * 6, ".........bbbbbbbbb.\n" * 6),
    scene("aaaaaa\n" + "abbbba\n" * 4 + "aaaaaa\n"),
    scene("aaaaaaaaaa\n" * 3, "..bb......\n" * 3, crowd="a"),
    *[scene("aaaaaaaaaa\n" * 10, "..bbb.....\n" * 4 + "..........\n" * 6, categories=NAMES)] * 12,
)
POLYGONS = (
    drawn(30, 30, {"a": [SQUARE, SQUARE]}),
    drawn(30, 30, {"a": [SQUARE, INNER]}),
    drawn(30, 30, {"a": [[(0.1, 0.1), (0.9, 0.1), (0.9, 0.8)]]}),
    drawn(20, 30, {"a": [SQUARE]}),
    drawn(40, 40, {"a": [SQUARE, [(x + 9, y + 9) for x, y in SQUARE]]}),
    drawn(30, 30, {"a": [[SQUARE[0], *SQUARE]]}),
    drawn(30, 30, {"a": [[SQUARE[k] for k in (0, 2, 1, 3)]]}),
    drawn(30, 30, {"a": [[*SQUARE[:2], (28, 2), *SQUARE[1:]]]}),
    drawn(30, 30, {"a": [[(2, 2), (9, 9), (20, 20)]]}),
)
FIELDS = (
    scene("aaaa\n" * 5 + "....\n" * 5, areas={"a": -4}, boxes={"a": (0, 0, 0, 5)}),
    scene("aaaa\n" * 5 + "....\n" * 5, areas={"a": 90}, boxes={"a": (0, 0, 4, 1)}),
    scene("aaaa\n" * 5 + "....\n" * 5, boxes={"a": (0, 0, 40, 5)}),
)
MANY = scene(*["".join(chr(0x4E00 + k) + "." for k in range(40))] * 2)


def _in_states(m: Measurements) -> Measurements:
    """Give the images picture files in every state, and the tables unused categories."""
    states = [rule for rule in rules() if rule.startswith(("image.", "path."))]
    images = m.images.copy()
    images["picture"] = [*states, *["ok"] * len(images)][: len(images)]
    images["exif_orientation"] = 6
    images["picture_height"], images["picture_width"] = 96, 64
    images["picture_hash"] = ["same" if state == "ok" else "" for state in images["picture"]]
    images["source"] = [k % 2 for k in range(len(images))]
    categories = pd.concat([m.categories, m.categories.assign(annotations=0)], ignore_index=True)
    known = {"sources": ("a.json", "b.json"), "formats": ("coco", "coco")}
    return replace(m, images=images, categories=categories, **known)


@cache
def faulty() -> tuple[Measurements, ...]:
    """Measure datasets that make the rules speak."""
    whole = measured(*SHAPES, *OVERLAPS, *POLYGONS, *FIELDS, MANY, scene("..."))
    nothing = replace(empty_measurements(), sources=("none.json",), formats=("coco",))
    return whole, _in_states(whole), measured(scene("...")), nothing


def said(rule, m: Measurements) -> list[Hit]:
    return list(rule.detect(m, rule.options()))


def headings(manual: str) -> list[str]:
    return [name for name, line in re.findall(r"^(.+)\n(-+)$", manual, re.M) if len(name) == len(line)]


def bodies(manual: str) -> list[str]:
    return [part.strip() for part in re.split(r"^.+\n-+$", manual, flags=re.M)[1:]]


@RULES
def test_the_docstring_is_a_manual_page(rule):
    assert headings(rule.manual) == SECTIONS
    assert all(bodies(rule.manual))
    title, blank = rule.manual.splitlines()[:2]
    assert title.endswith(".")
    assert blank == ""
    assert all(len(line) <= 110 for line in rule.manual.splitlines())


@pytest.mark.parametrize("rule", sorted(catalogue().keys() - rules().keys()))
def test_a_rule_said_elsewhere_has_a_manual_page_too(rule):
    info = catalogue()[rule]
    assert headings(info.manual) in (READER_SECTIONS, SECTIONS, [*SECTIONS, "Options"])
    assert all(bodies(info.manual))
    assert info.manual.startswith(f"{info.title}.\n\n")


@RULES
def test_the_path_is_the_id_and_has_a_test_file(rule):
    family, name = rule.id.split(".")
    assert (PACKAGE / family / f"{name}.py").is_file()
    assert (Path(__file__).parent / family / f"test_{name}.py").is_file()


def test_every_test_file_has_its_module():
    for path in Path(__file__).parent.glob("*/test_*.py"):
        if not path.stem.endswith(("_family", "test_rules")):
            assert (PACKAGE / path.parent.name / path.name.removeprefix("test_")).is_file()


@RULES
def test_options_have_defaults_units_and_help(rule):
    options = rule.options()
    for field in fields(options):
        assert field.default is not MISSING
        hash(field.default)  # immutable
        assert field.metadata["unit"].strip()
        assert field.metadata["help"].strip()
        assert not field.metadata["help"].endswith(".")
        with pytest.raises(FrozenInstanceError):
            setattr(options, field.name, field.default)
    assert isinstance(rule.severity, Severity)


@RULES
def test_silent_on_nothing_and_on_clean(rule):
    assert said(rule, empty_measurements()) == []
    assert said(rule, measured(*CLEAN)) == []
    assert said(rule, measured(CLEAN[0])) == []


@RULES
def test_inputs_are_not_changed_and_answers_are_the_same_again(rule):
    for m in faulty():
        before = deepcopy(m)
        assert said(rule, m) == said(rule, m) == said(rule, before)
        for name in ("images", "categories", "instances", "pairs"):
            pd.testing.assert_frame_equal(getattr(m, name), getattr(before, name))


@RULES
def test_hits_are_well_formed(rule):
    for m in faulty():
        for hit in said(rule, m):
            assert re.search(r"[^.]\.$", hit.message), hit.message
            assert "\n" not in hit.message
            assert 0.0 <= hit.score <= 1.0
            assert all(0 <= row < len(m.instances) for row in hit.instances)
            assert all(0 <= row < len(m.categories) for row in hit.categories)
            assert hit.image is None or 0 <= hit.image < len(m.images)
            assert len({m.instances["image"][row] for row in hit.instances}) <= 1
            assert_plain(hit.evidence)
        assert all(f.fingerprint for f in to_findings(rule.id, rule.severity, said(rule, m), m))


def assert_plain(evidence):
    assert evidence
    for key, value in evidence.items():
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", key)
        for item in value if isinstance(value, list) else [value]:
            assert type(item) in PLAIN  # numpy's numbers are no plain ones
            assert item == item, key


def test_nearly_every_rule_speaks_here():
    """Some need the pictures, or a whole dataset to learn from; the others are checked above in earnest."""
    silent = [rule.id for rule in rules().values() if not any(said(rule, m) for m in faulty())]
    assert len(silent) <= 0.2 * len(rules()), silent
