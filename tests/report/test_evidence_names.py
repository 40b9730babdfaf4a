import numpy as np
import pytest

from audit.report.evidence_names import EVIDENCE_NAMES, PERCENT, PIXELS, format_evidence


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("iou", 0.98765432, ("IoU", "0.9877")),
        ("iou", np.float64(0.5), ("IoU", "0.5")),
        ("intersection_px", 1234, ("intersection", "1,234 px")),
        ("area_px", 9999.4, ("mask area", "9,999 px")),
        ("area_px", 12345.6, ("mask area", "12,346 px")),
        ("perimeter_px", 1234.5, ("perimeter in unit edges", "1,234 px")),
        ("excess", 1234.56, ("perimeter by that of the box", "1,235")),
        ("factor", 10_000.4, ("scale factor", "10,000")),
        ("factor", -12_345.6, ("scale factor", "-12,346")),
        ("share_of_smaller", 0.6, ("IoS: share of the smaller mask", "60.0 %")),
        ("share_of_smaller", None, ("IoS: share of the smaller mask", "none")),
        ("category_median_px", None, ("median mask area of the category", "none")),
        ("shift_px", [3, -2], ("best shift (x, y)", "3, -2 px")),
        ("both_crowd", True, ("both are crowd regions", "yes")),
        ("both_crowd", np.bool_(False), ("both are crowd regions", "no")),
        ("new_rings_px", 3, ("new rings", "3 px")),
        ("px", 3, ("px", "3")),
        ("ring_iou", 0.25, ("ring IoU", "0.25")),
        ("detail", "a\nb", ("detail", "a\\nb")),
    ],
)
def test_numbers_have_the_fields_names_and_units(key, value, shown):
    assert format_evidence({key: value}) == (shown,)


def test_large_fractions_are_written_whole_and_small_ones_with_four_digits():
    assert format_evidence({"x_of_y": 1234.4})[0][1] == "1,234"
    assert format_evidence({"x_of_y": 9_999.6})[0][1] == "1e+04"
    assert format_evidence({"x_of_y": 1_234.9, "y": 10_001.2})[1][1] == "10,001 px"


def test_every_listed_key_has_a_name_in_words_and_a_known_unit():
    for key, (name, unit) in EVIDENCE_NAMES.items():
        assert name and "_" not in name, key
        assert unit in ("", PERCENT, PIXELS), key
        assert not key.endswith("_px") or unit == PIXELS, key


def test_hostile_keys_and_values_are_printable():
    ((name, value),) = format_evidence({"a\u202e": "\x1b[31m"})
    assert name.isprintable() and value.isprintable()
