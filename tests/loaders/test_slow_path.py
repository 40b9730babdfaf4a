"""Records that are not as they should be: what is reported, and what is left to the caller."""

import pytest

from audit.loaders.defect_log import DefectLog
from audit.loaders.slow_path import parse_odd_record


@pytest.mark.parametrize(
    ("record", "reported"),
    [
        (b'{"area": Infinity, "bbox": NaN, "zoom": Infinity}', ["/area", "/zoom"]),
        (b'{"bbox": 1, "bbox": 2}', ["/bbox"]),
    ],
)
def test_numbers_of_one_field_are_the_callers_but_its_doubled_key_is_not(record, reported):
    defect_log = DefectLog("a.json")
    parse_odd_record(record, "annotations", 0, defect_log, "/bbox")
    assert [defect.field for defect in defect_log.defects] == reported
