from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audit.detectors import hit_findings
from audit.detectors.base import Hit, HitTable, list_hits
from audit.detectors.hit_columns import round_numbers
from audit.detectors.hit_findings import HitConverter, convert_hits
from audit.findings.finding import Severity
from audit.findings.text_columns import code_texts, fill_template
from audit.testing import measured, scene

PAIR_HITS = [
    Hit("one mask", instances=(0,)),
    Hit("a pair of two categories", instances=(1, 0), field=""),
    Hit("a pair of one category", instances=(0, 2), field="bbox"),
]


@pytest.fixture
def measurements():
    return measured(scene("aa.bb.cc", categories={"a": "cell", "b": "disc", "c": "cell"}))


def test_masks_and_pairs_name_each_category_once(measurements):
    findings = convert_hits("mask.tiny", Severity.INFO, PAIR_HITS, measurements)
    table = measurements.instances
    of_row = table["category_id"].to_numpy().tolist()
    assert [finding.category_ids for finding in findings] == [
        (of_row[0],),
        (of_row[1], of_row[0]),
        (of_row[0],),
    ]
    # One hit with three masks makes the whole batch go the general way, which says the same.
    general = convert_hits(
        "mask.tiny", Severity.INFO, [*PAIR_HITS, Hit("three", instances=(0, 1, 2))], measurements
    )
    assert list(general)[:3] == list(findings)


def test_places_in_coco_files_are_those_of_the_general_way(measurements, monkeypatch):
    locator = HitConverter(measurements)._locator
    first_rows, image_rows = np.array([0, 1, 0]), np.array([0, 0, 0])
    assert locator.are_in_coco_files(first_rows)
    assert not locator.are_in_coco_files(np.array([0, -1]))
    for field in ("segmentation", ""):
        places = ([field] * 3, [-1] * 3, first_rows, image_rows)
        quick = [array.to_pylist() for array in locator.locate(*places)]
        with monkeypatch.context() as patch:
            patch.setattr(locator, "are_in_coco_files", lambda _: False)
            assert quick == list(locator.locate(*places))
        assert quick[1][1].count("/") == (3 if field else 2), "an empty field is the record itself"


def _make_table(instances, **columns):
    """Make a table of hits with all kinds of evidence, in an order that is not that of the names."""
    n_rows = len(instances)
    number = np.arange(n_rows)
    names = code_texts(number % 2, ['a "cell"', "größe\n"])
    return HitTable(
        fill_template("This {name} is number {number}.", {"name": names, "number": number}),
        np.array(instances),
        evidence={
            "share": np.linspace(0.0, 1.0, n_rows) / 3,
            "count": number - 1,
            "is_even": number % 2 == 0,
            "name": names,
            "unknown": np.full(n_rows, np.nan),
        },
        **columns,
    )


@pytest.mark.parametrize("file_name", ["a.png", 'q"\\.png', "a\ud800.png"])
@pytest.mark.parametrize("formats", ["coco", "yolo"])
def test_a_table_of_hits_says_what_single_ones_say(measurements, file_name, formats):
    images = measurements.images.assign(file_name=[file_name])
    measurements = replace(measurements, images=images, sources=("x",), formats=(formats,))
    severity = np.array(["error", "", "info"])
    tables = [
        _make_table([2, 0, 1], score=np.array([1 / 3, 0.1234565, 1.0])),
        _make_table([[2, 0], [0, 1], [1, 1]], severity=severity, field="bbox"),
        _make_table([1], field=""),
        HitTable(fill_template("{n}", {"n": np.array([1, 2])}), np.array([0, 2])),
    ]
    mixed = [tables[0], Hit("single", image=0), *tables[1:], _make_table(np.zeros(0, np.int64))]
    findings = convert_hits("mask.tiny", Severity.WARNING, mixed, measurements)
    expected = convert_hits("mask.tiny", Severity.WARNING, list_hits(mixed), measurements)
    assert list(findings) == list(expected)
    for name in findings.columns.column_names:  # objects do not tell the order of evidence
        assert findings.cells(name) == expected.cells(name), name
    assert len(findings) == 10


def test_tables_of_an_image_that_is_not_there(measurements):
    unknown = replace(measurements, instances=measurements.instances.assign(image=-1))
    table = _make_table([2, 0])
    (finding, _) = convert_hits("mask.tiny", Severity.INFO, [table], unknown)
    assert (finding.image_id, finding.file_name, finding.image_row) == (None, None, -1)
    assert convert_hits("mask.tiny", Severity.INFO, list_hits([table]), unknown)[0] == finding


def test_many_tables_go_to_disk_piece_by_piece(measurements, monkeypatch):
    monkeypatch.setattr(hit_findings, "ROWS_STORED", 3)
    tables = [_make_table([2, 0]) for _ in range(5)]
    findings = convert_hits("mask.tiny", Severity.INFO, tables, measurements)
    assert [finding.instance_rows for finding in findings] == [(2,), (0,)] * 5


@example([0.0000005, 0.1234565, 0.9999995, 1.0])
@given(st.lists(st.floats(0, 1) | st.integers(0, 2_000_000).map(lambda n: n / 2e6), max_size=9))
def test_numbers_are_rounded_as_python_does(values):
    assert round_numbers(np.array(values, dtype=np.float64), 6).tolist() == [round(v, 6) for v in values]
