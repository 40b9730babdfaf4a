"""What a notebook shows of a scan and of a comparison."""

import re
from html.parser import HTMLParser

import pytest

import audit
from audit.report.report_data import ReportData

SQUARE = [[2, 2, 8, 2, 8, 8, 2, 8]]


def annotation(number, image, ring=SQUARE, **fields):
    box = {"bbox": [2, 2, 6, 6], "area": 36, "iscrowd": 0}
    return {"id": number, "image_id": image, "category_id": 1, "segmentation": ring, **box, **fields}


@pytest.fixture(scope="module")
def labels():
    """Nine images, each with one label of a wrong area; in the last one an object is labelled twice."""
    images = [{"id": n, "file_name": f"{n}.png", "height": 12, "width": 12} for n in range(1, 10)]
    annotations = [annotation(n, n, area=99) for n in range(1, 10)] + [annotation(10, 9)]
    return {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "cell"}]}


@pytest.fixture(scope="module")
def found(labels):
    return audit.scan(labels)


class Tags(HTMLParser):
    """Checks that every element is closed."""

    def __init__(self, cell):
        super().__init__()
        self.open, self.names = [], []
        self.feed(cell)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.names.append(tag)
        if tag not in ("br", "meta"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.names.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_scan_shows_the_worst_images_in_the_order_of_the_report(found):
    cell = found._repr_html_()
    names = re.findall(r"</svg>([^<]+)</li>", cell)
    assert names == [page.name for page in ReportData.of(found.result, 200).pages[:6]]
    assert names[0] == "9.png"
    assert "script" not in Tags(cell).names


def test_a_scan_says_what_to_look_at_first(found):
    first = re.search(r"<ol>\s*<li>([^<]+) <code>([^<]+)</code>: ([^<]+)</li>", found._repr_html_())
    assert first[2] == "overlap.duplicate"
    assert first[3] == "1 finding in 1 image"


def test_one_image_is_not_many(labels):
    one = {**labels, "images": labels["images"][:1], "annotations": labels["annotations"][:1]}
    assert repr(audit.scan(one)).startswith("<Scan of <memory>: 1 image, 1 annotation; ")


def test_evidence_is_a_dictionary_a_row(found):
    twice = found.findings.set_index("rule").loc["overlap.duplicate"]
    assert twice["evidence"]["iou"] == 1.0


@pytest.fixture(scope="module")
def comparison(labels):
    results = [
        {"image_id": n, "category_id": 1, "segmentation": SQUARE, "bbox": [2, 2, 6, 6], "score": score}
        for n in range(1, 10)
        for score in (0.9, 0.8)
    ]
    return audit.compare(labels, results)


def test_a_comparison_shows_its_answer_and_pictures(comparison):
    cell = comparison._repr_html_()
    from audit.findings.number_format import join_percent_signs
    from audit.report.blame_wording import summarize_blame

    assert join_percent_signs(summarize_blame(comparison.result.comparison)) in cell
    tags = Tags(cell)
    assert tags.names.count("svg") == 4, (
        "three pairs of what most show, and one that overlaps as its labels do"
    )
    assert "script" not in tags.names
    assert "<td>AP</td>" in cell


def test_a_comparison_writes_a_report(comparison, tmp_path):
    index = comparison.report(tmp_path / "report")
    assert index == tmp_path / "report" / "index.html"
    assert (tmp_path / "report" / "comparison.html").is_file()
    one = comparison.report(tmp_path / "one", single_file=True)
    assert "overlapping pairs per 100 predictions" in one.read_text(encoding="utf-8").replace("\u00a0", " ")


def test_a_comparison_of_nothing_has_a_face():
    nothing = {"images": [], "annotations": [], "categories": []}
    compared_nothing = audit.compare(nothing, [])
    assert "No two predictions overlap." in compared_nothing._repr_html_()
    assert repr(compared_nothing).startswith("<Comparison: 0 predictions, 0 labels")
