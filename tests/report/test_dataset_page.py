from dataclasses import replace

import pytest

from audit.findings.finding import Severity
from audit.findings.reviews import RuleReview
from audit.report.dataset_page import MAX_CATEGORIES, build_dataset_page, describe_precision
from audit.report.scan_summary import summarize_scan
from audit.testing import scene


def page_of(result, with_page=1, with_findings=1):
    return build_dataset_page(
        result, summarize_scan(result), with_page=with_page, with_findings=with_findings
    )


def test_categories_with_errors_come_before_those_with_warnings(result, said):
    cells = scene("ab.", "..c", categories={"a": "warned", "b": "wrong", "c": "clean"})
    findings = (
        *(said("mask.tiny", 1, image=1, message=f"{k}") for k in range(3)),
        said("mask.tiny", 2, image=1, severity=Severity.ERROR),
    )
    lines = page_of(result(cells, findings=findings)).categories
    assert [(line.name, line.n_errors, line.n_warnings, line.n_infos) for line in lines] == [
        ("wrong", 1, 0, 0), ("warned", 0, 3, 0), ("clean", 0, 0, 0),
    ]  # fmt: skip
    assert [line.median_area_px for line in lines] == [1, 1, 1]


def test_a_finding_about_a_category_itself_counts_for_it(result, said):
    found = result(scene("a", categories={"a": "cell"}), findings=(said("dataset.small", category_ids=(1,)),))
    assert page_of(found).categories[0].n_warnings == 1


def test_masks_without_pixels_have_no_part_in_the_median(result):
    scanned = result(scene("aabbb", categories={"a": "cell", "b": "cell"}))
    tables = scanned.measurements
    for areas, median in (((2, 4), 3), ((0, 4), 4)):
        measured = replace(tables, instances=tables.instances.assign(area_px=areas))
        (line,) = page_of(replace(scanned, measurements=measured)).categories
        assert line.median_area_px == median


def test_categories_beyond_the_limit_are_counted(result):
    names = {chr(0x4E00 + k): f"c{k}" for k in range(MAX_CATEGORIES + 2)}
    shown = page_of(result(scene("".join(names), categories=names)))
    assert (len(shown.categories), shown.n_categories_left_out) == (MAX_CATEGORIES, 2)


@pytest.mark.parametrize(("with_page", "is_said"), [(3, True), (4, False)])
def test_images_without_a_page_are_named_as_a_limit(result, with_page, is_said):
    shown = page_of(result(scene("a")), with_page, 4)
    assert [text.startswith(f"Drawn are {with_page} of the 4 images") for text in shown.not_checked] == [
        True
    ] * is_said


def test_the_title_is_the_files_name_without_folders(result):
    found = result(scene("a"))
    sources = ("C:\\data\\labels.json", "/data/more.json/")
    summary = replace(summarize_scan(found), sources=sources)
    assert build_dataset_page(found, summary, with_page=0, with_findings=0).title == "labels.json, more.json"


def test_precision_is_of_decided_findings():
    assert (
        describe_precision(RuleReview("mask.tiny", 1, 0, 0, 0.2, 1.0))
        == "1 of 1 reviewed were real (20 % to 100 %)"
    )
    assert describe_precision(RuleReview("mask.tiny", 0, 0, 0, 0.0, 1.0)) == ""
