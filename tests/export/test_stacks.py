"""A finding about all masks of an image: every rate counts them, and every line and page stays short."""

import pytest

from audit import scan
from audit.export.finding_lines import export_finding_lines
from audit.gates.rate_units import count_units
from audit.report.report_data import ReportData
from audit.report.scan_summary import summarize_scan

N_MASKS = 40


@pytest.fixture(scope="module")
def stacked():
    """Forty squares, each in the one before it."""
    squares = [[k, k, 100 - k, k, 100 - k, 100 - k, k, 100 - k] for k in range(N_MASKS)]
    annotations = [
        {"id": k + 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "segmentation": [square]}
        for k, square in enumerate(squares)
    ]
    image = {"id": 1, "file_name": "a.png", "height": 100, "width": 100}
    labels = {"images": [image], "annotations": annotations, "categories": [{"id": 1, "name": "cell"}]}
    return scan(labels, select=["overlap.duplicate"]).result


def test_rates_count_every_mask_of_the_stack(stacked):
    (stack,) = stacked.findings
    assert sorted(stack.annotation_ids) == list(range(1, N_MASKS + 1))
    assert stack.annotation_ids[:2] == (N_MASKS, 1), "the smallest and the largest come first"
    counts = count_units("annotation", stacked.measurements, stacked.findings)
    assert (counts.n_defective, counts.n_units) == (N_MASKS, N_MASKS)
    (line,) = (line for line in summarize_scan(stacked).severities if line.severity is stack.severity)
    assert line.annotations.count == N_MASKS


def test_lines_and_pages_name_the_first(stacked):
    assert " 40,1,2,3,4,5,+34 overlap." in export_finding_lines(stacked)
    (page,) = ReportData.of(stacked, 10).pages
    (finding,) = page.findings
    assert finding.annotations == tuple(f"#{k} cell" for k in (40, 1, 2, 3, 4, 5))
    assert len(finding.masks) == len(finding.annotations)
    assert finding.zoom == (0, 0, 100, 100)
    assert {mask.severity for mask in page.masks} == {stacked.findings[0].severity.value}
