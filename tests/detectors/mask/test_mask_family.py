"""What holds for the rules of the family together: habits are said once, crowds and nothing not at all."""

from dataclasses import replace

import pytest

from audit.detectors.registry import dataset_rules
from audit.findings.finding import Severity
from audit.testing import drawn, hits, scene

# One image that the rule speaks about, and options that switch off what it learns of a category.
ONE = {
    "mask.fragments": (scene("aaaaaaaaaa....a\n" + "aaaaaaaaaa.....\n" * 9), {}),
    "mask.holes": (scene("aaaaaa\naa.aaa\naaaaaa\naaaaaa"), {}),
    "mask.jagged": (scene(f"{'a' * 40}\n" * 6 + f"{'a.' * 20}\n" * 6), {"min_instances": 99}),
    "mask.scattered": (scene("aaaa..........aaaa\n" * 4), {}),
    "mask.sliver_shape": (scene(f"{'a' * 40}\n{'.' * 40}"), {"min_instances": 99}),
    "mask.tiny": (scene("a..."), {}),
}
NAMES = pytest.mark.parametrize("rule", ONE)


@NAMES
def test_a_habit_is_said_once(rule):
    image, options = ONE[rule]
    assert len(hits(rule, *[image] * 19, **options)) == 19
    (hit,) = hits(rule, *[image] * 20, **options)
    assert hit.severity is Severity.INFO
    assert hit.evidence == {
        "annotations": 20,
        "of": 20,
        "share": 1.0,
        "example_annotation_ids": [1, 2, 3, 4, 5],
    }
    assert hit.instances == hit.categories == ()


@NAMES
def test_the_share_of_a_habit_is_an_option(rule):
    image, options = ONE[rule]
    assert len(hits(rule, *[image] * 20, once_above=1.0, **options)) == 20
    mixed = [image] * 20 + [scene("aaaaaaaaaaaa\n" * 12)] * 20
    assert len(hits(rule, *mixed, once_above=0.5, **options)) == 20
    assert len(hits(rule, *mixed, once_above=0.49, **options)) == 1


@NAMES
def test_silent_on_crowds_and_nothing(rule):
    image, options = ONE[rule]
    assert len(hits(rule, image, **options)) == 1
    assert hits(rule, replace(image, crowd="a"), **options) == []
    assert hits(rule) == hits(rule, scene("....")) == []


def test_masks_without_pixels_are_said_once_and_stay_an_error():
    (hit,) = hits("mask.tiny", *[drawn(9, 9, {"a": [[(20, 20), (30, 20), (30, 30)]]})] * 20)
    assert hit.severity is Severity.ERROR
    assert "20 of the 20 annotations of this dataset have a mask without a single pixel" in hit.message


@pytest.mark.parametrize("rule", [r for r in dataset_rules() if r.startswith("mask.")])
def test_masks_without_pixels_disturb_no_rule(rule):
    nothing = drawn(9, 9, {"a": [[(20, 20), (30, 20), (30, 30)]]})
    assert len(hits(rule, nothing)) == (rule == "mask.tiny")
