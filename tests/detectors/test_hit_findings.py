import numpy as np
import pytest

from audit.detectors.base import Hit
from audit.detectors.hit_findings import HitConverter, convert_hits
from audit.findings.finding import Severity
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


def test_places_in_coco_files_are_those_of_the_general_way(measurements):
    converter = HitConverter(measurements)
    first_rows, image_rows = np.array([0, 1, 0]), np.array([0, 0, 0])
    assert converter._are_in_coco_files(first_rows)
    assert not converter._are_in_coco_files(np.array([0, -1]))
    quick = converter._locate(PAIR_HITS, first_rows, image_rows)
    converter._are_in_coco_files = lambda _: False
    assert quick == converter._locate(PAIR_HITS, first_rows, image_rows)
    assert quick[1][1].count("/") == 2, "an empty field is the record itself"
