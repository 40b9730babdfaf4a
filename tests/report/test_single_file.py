"""One file: everything in it, never larger than allowed, and honest about what was left out."""

import base64
import gzip
import re
from html import unescape

import numpy as np
import pytest
from PIL import Image

from audit.cli.main import main
from audit.report.report_data import ReportData
from audit.report.report_writer import write_report
from audit.report.single_file import TooSmallError, _render_within_size, _SingleFileRenderer
from audit.testing import drawn

IMAGES = 30
SIZE = (300, 200)
NAMES = [f"image {k:02} <&>.png" for k in range(IMAGES)]


@pytest.fixture(scope="module")
def noise(tmp_path_factory):
    """Pictures that compress badly."""
    folder = tmp_path_factory.mktemp("noise")
    for k, name in enumerate(NAMES):
        pixels = np.random.default_rng(k).integers(0, 256, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name)
    return folder


@pytest.fixture
def large(result, said, noise):
    square = [[(20, 20), (280, 20), (280, 180), (20, 180)]]
    scenes = [drawn(SIZE[1], SIZE[0], {"a": square}, file_name=name) for name in NAMES]
    findings = tuple(said("mask.tiny", k, image=k, file_name=name) for k, name in enumerate(NAMES, 1))
    return result(*scenes, findings=findings, image_root=noise)


@pytest.fixture
def written(large, tmp_path):
    def write(max_size: int) -> str:
        write_report(large, tmp_path, single_file=True, max_size=max_size)
        text = (tmp_path / "index.html").read_text(encoding="utf-8")
        assert len(text.encode()) <= max_size
        return text

    return write


def inside(text: str) -> list[str]:
    return [unescape(name) for name in re.findall(r'id="image-\d+" data-title="([^"]+)"', text)]


def test_everything_is_in_it_and_nothing_beside_it(written, tmp_path):
    text = written(20_000_000)
    assert inside(text) == NAMES
    assert "To keep this file small" not in text
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".html"] == ["index.html"]
    assert not re.search(r'(?:src|href)="(?!#|data:)', text)
    packed = re.findall(r'id="image-\d+"[^>]*>([^<]+)<', text)
    page = gzip.decompress(base64.b64decode(packed[0])).decode()
    assert "data:image/jpeg;base64," in page
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)


@pytest.mark.parametrize("max_size", [2_000_000, 1_000_000, 500_000])
def test_what_does_not_fit_is_counted_and_named_worst_first(written, max_size):
    text = written(max_size)
    kept = inside(text)
    assert 0 < len(kept) < IMAGES
    assert kept == NAMES[: len(kept)]
    note = unescape(re.search(r"To keep this file small, ([^.]+(?:\.png[^.]*)*)\.", text)[1])
    assert note.startswith(f"{IMAGES - len(kept)} images with findings are not in it: {NAMES[len(kept)]}")
    for name in NAMES[len(kept) :][:20]:
        assert name in note
    assert f"{len(kept)} have a page" in text


def test_a_larger_limit_never_holds_less(written):
    counts = [len(inside(written(size))) for size in range(300_000, 2_700_000, 800_000)]
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]


def test_the_room_is_used(written):
    """At least four fifths of it, where there is more to show."""
    assert len(written(1_500_000)) > 1_200_000


def test_every_size_either_holds_or_is_refused_with_the_size_needed(written):
    with pytest.raises(TooSmallError) as refused:
        written(1_000)
    needed = int(float(re.search(r"at least ([\d.]+) MB", str(refused.value))[1]) * 1e6)
    written(needed + 100_000)
    for size in range(needed - 60_000, needed + 60_000, 29_000):
        try:
            written(size)
        except TooSmallError:
            assert size < needed + 50_000


def test_the_list_shrinks_before_the_summary_does(result, said, tmp_path):
    findings = tuple(
        said("mask.tiny", message=f"{k} {np.random.default_rng(k).bytes(60).hex()}", score=k / 5000)
        for k in range(5000)
    )
    found = result(findings=findings)
    write_report(found, tmp_path, single_file=True, max_size=500_000)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert len(text.encode()) <= 500_000
    listed = int(re.search(r"This page lists ([\d,]+) of 5,000 findings", text)[1].replace(",", ""))
    assert 100 < listed < 5000


def test_the_command_says_how_large_it_must_be(tmp_path, capsys):
    (tmp_path / "labels.json").write_text('{"images": [], "annotations": [], "categories": []}')
    (tmp_path / "small.toml").write_text("[report]\nsingle_file = true\nmax_size_mb = 0.02\n")
    config, out = str(tmp_path / "small.toml"), tmp_path / "out"
    code = main(["scan", str(tmp_path / "labels.json"), "--config", config, "--out", str(out), "--quiet"])
    assert code == 2
    assert re.search(r"--max-size: the report needs at least 0\.\d+ MB, not 0\.02", capsys.readouterr().err)
    assert not (out / "index.html").exists()
    assert not list(out.glob("*.json"))


def test_the_smallest_size_is_that_of_the_report_without_pages(large):
    """One byte less, and there is no report."""
    report = ReportData.of(large, 200)
    smallest = len(_SingleFileRenderer(report, 10**6).render_document([]))
    assert len(_render_within_size(report, smallest)) == smallest
    with pytest.raises(TooSmallError, match=r"needs at least 0\.\d MB, not 0\.\d+"):
        _render_within_size(report, smallest - 1)
