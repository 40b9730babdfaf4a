import base64
import gzip
import json

import numpy as np
import pytest

from audit.report import image_page_builder
from audit.report.page_layers import LayerTracer
from audit.report.report_data import ReportData
from audit.report.report_writer import write_report
from audit.testing import drawn, scene


def page_of(result):
    (page,) = ReportData.of(result, 200).pages
    return page


def blob(k: int, corners: int, radius: float = 14.0):
    """A round outline with many corners."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    reach = radius * (1 + 0.3 * np.sin(angle * corners / 3))
    x, y = 20 + 36 * (k % 55), 20 + 36 * (k // 55)
    return [list(zip(x + reach * np.cos(angle), y + reach * np.sin(angle), strict=True))]


def test_masks_findings_and_overlap_are_as_drawn(full):
    page = ReportData.of(full(), 200).pages[0]
    assert [(m.annotation_id, m.category, m.severity) for m in page.masks] == [
        (1, "<cell>", "error"), (2, "<cell>", "error"), (3, "nucleus", "warning"),
    ]  # fmt: skip
    assert page.masks[0].path == "M0 0v3h6v-3z"
    assert page.findings[0].overlap == "M3 1v2h3v-2z"
    assert page.findings[0].masks == (0, 1)


def test_a_declared_box_is_drawn_where_a_finding_is_about_it(full):
    (page,) = (page for page in ReportData.of(full(), 200).pages if page.name == "last.png")
    assert page.findings[0].declared == "M0 0h4v2h-4z"


@pytest.mark.parametrize("box", [(np.nan, 0, 1, 1), (0, np.inf, 1, 1), (0, 0, 1e300, 1), (5, 5, -3, -2)])
def test_impossible_boxes_break_nothing(result, said, box):
    found = result(scene("a..\n...", boxes={"a": box}), findings=(said("bbox.wrong", 1, image=1),))
    declared = page_of(found).findings[0].declared
    assert declared == ("M5 5h-3v-2h3z" if box[0] == 5 else "")


def test_the_zoom_is_the_part_around_the_masks_with_a_margin_inside_the_image(result, said):
    mask = {"a": [[(50, 40), (70, 40), (70, 50), (50, 50)]], "b": [[(0, 0), (9, 0), (9, 9), (0, 9)]]}
    found = result(
        drawn(100, 200, mask), findings=(said("mask.tiny", 1, image=1), said("mask.tiny", 2, image=1))
    )
    first, second = page_of(found).findings
    assert first.zoom == (42, 32, 36, 26)
    assert second.zoom == (0, 0, 17, 17)


def test_what_no_mask_covers_is_shown_by_its_box(result, said):
    place = {"x": 50.0, "y": 40.0, "w": 20.0, "h": 10.0, "area_px": 150}
    found = result(
        drawn(100, 200, {}),
        findings=(
            said("prediction.missing", image=1, evidence=place),
            said("prediction.missing", image=1, evidence=place | {"w": float("nan")}),
        ),
    )
    first, second = page_of(found).findings
    assert (first.proposal, first.zoom) == ("M50 40h20v10h-20z", (42, 32, 36, 26))
    assert (second.proposal, second.zoom) == ("", None)


def test_what_is_about_the_image_has_no_zoom(result, said):
    assert page_of(result(scene("a"), findings=(said("image.size", image=1),))).findings[0].zoom is None


def test_too_many_findings_are_counted(result, said):
    n = image_page_builder.MAX_FINDINGS + 3
    found = result(
        scene("a"), findings=tuple(said("mask.tiny", 1, image=1, message=f"{k}") for k in range(n))
    )
    page = page_of(found)
    assert len(page.findings) == image_page_builder.MAX_FINDINGS
    assert page.notes == ("3 more findings of this image are in findings.csv.",)


def test_in_a_crowd_the_masks_of_findings_are_drawn_first(result, said, monkeypatch):
    monkeypatch.setattr(image_page_builder, "MAX_MASKS", 4)
    found = result(
        scene("abcdefgh"), findings=(said("mask.tiny", 8, image=1), said("mask.tiny", 6, 7, image=1))
    )
    page = page_of(found)
    assert [m.annotation_id for m in page.masks] == [1, 6, 7, 8]
    assert [f.masks for f in page.findings] == [(1, 2), (3,)]
    assert page.notes == ("4 of 8 masks are not drawn to keep this page small.",)


def test_a_crowded_image_keeps_its_page_small(result, said, tmp_path):
    """Thirteen hundred masks with ragged outlines that all overlap, more findings than fit, long texts."""
    masks = {f"{k:05}": blob(k, 60, 22) for k in range(1300)}
    findings = tuple(
        said(
            "overlap.partial", k, k + 1, image=1, message="m" * 900, evidence={f"number_{e}": e / 7 for e in range(9)},
            note="n" * 400,
        )
        for k in range(1, 400)
    )  # fmt: skip
    found = result(drawn(900, 2000, masks), findings=findings)
    write_report(found, tmp_path)
    assert (tmp_path / "images" / "000001.html").stat().st_size < 400_000
    assert (tmp_path / "index.html").stat().st_size < 300_000
    page = page_of(found)
    assert page.shift_px > 0
    assert "Outlines are simplified by at most" in (tmp_path / "images" / "000001.html").read_text()
    assert "300 of 1,300 masks are not drawn to keep this page small." in page.notes


def test_what_was_simplified_is_packed_exactly_for_readers_who_zoom_in(result, said, monkeypatch, tmp_path):
    found = result(drawn(90, 90, {"a": blob(1, 60, 22)}), findings=(said("mask.tiny", 1, image=1),))
    exact = page_of(found)
    assert (exact.shift_px, exact.fine_layers) == (0, "")
    monkeypatch.setattr(LayerTracer.trace_layers, "__defaults__", (110_000, 0))
    coarse = page_of(found)
    assert (coarse.shift_px, coarse.fine_shift_px) == (0.5, 0)
    masks, overlaps, proposals, predicted = json.loads(gzip.decompress(base64.b64decode(coarse.fine_layers)))
    assert masks == [exact.masks[0].path] != [coarse.masks[0].path]
    assert [len(layer) for layer in (overlaps, proposals, predicted)] == [1, 1, 1]
    write_report(found, tmp_path)
    assert "where you zoom in they are exact." in (tmp_path / "images" / "000001.html").read_text()
    write_report(found, tmp_path, single_file=True)
    assert "fine-layers" not in (tmp_path / "index.html").read_text().split("<main")[1]


def test_without_masks_the_page_says_why(full):
    page = page_of_stored(full)
    assert "Masks cannot be drawn: the scan judged stored measurements." in page.notes
    assert {m.path for m in page.masks} == {""}


def page_of_stored(full):
    return ReportData.of(full(dataset=None), 200).pages[0]
