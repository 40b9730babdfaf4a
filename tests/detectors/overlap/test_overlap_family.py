"""What holds for the rules together: every overlap is said once, in whatever order the file lists it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.detectors.registry import dataset_rules
from audit.testing import Scene, hits, scene

# Every overlap of a pair must be said by exactly one of these, with these options.
SAID = {
    "overlap.duplicate": {},
    "overlap.duplicate_other_category": {},
    "overlap.contained": {"learn_habits": False},
    "overlap.partial": {"learn_habits": False},
    "overlap.sliver": {"list_all": True},
    "overlap.fills_hole": {},
    "overlap.crowd": {"min_share": 0.0, "other_categories": True},
}

SCENES = (
    scene("aaaa..\n" * 5, "bbbb..\n" * 5),
    scene("aaaa..\n" * 5, "bbbb..\n" * 5, categories={"a": "cell"}),
    scene("aaaaaaaaaa\n" * 10, ".....bb...\n" * 2 + "..........\n" * 8),
    scene("aaaaaaaaaa......\n" * 8, "......bbbbbbbbbb\n" * 8),
    scene("aaaaaaaaaa.........\n" * 6, ".........bbbbbbbbb.\n" * 6),
    scene("aaaaaaaaaa\n" * 10, ".....bbb..\n" * 2 + "..........\n" * 8, categories={"a": "cell"}),
    scene("aaaaaa\n" + "abbbba\n" * 4 + "aaaaaa\n"),
    scene("aaaaaaaaaa\n" * 3, "..bb......\n" * 3, crowd="a"),
)


@st.composite
def two_boxes(draw):
    size = 24
    masks = {}
    for name in "ab":
        y0, x0 = draw(st.tuples(st.integers(0, 18), st.integers(0, 18)))
        h, w = draw(st.tuples(st.integers(1, size - y0), st.integers(1, size - x0)))
        masks[name] = np.zeros((size, size), dtype=bool)
        masks[name][y0 : y0 + h, x0 : x0 + w] = True
    if draw(st.booleans()):  # a ring, so that holes occur
        inner = np.zeros((size, size), dtype=bool)
        inner[8:14, 8:14] = True
        masks["a"] &= ~inner
        if not masks["a"].any():
            masks["a"][0, 0] = True
    categories = draw(st.sampled_from([{}, {"a": "cell"}]))
    return Scene(size, size, masks, categories, crowd=draw(st.sampled_from(["", "a", "ab"])))


@settings(max_examples=60, deadline=None)
@given(two_boxes())
def test_every_overlap_is_said_exactly_once(drawing):
    said = [rule for rule, options in SAID.items() if hits(rule, drawing, **options)]
    overlap = bool((drawing.masks["a"] & drawing.masks["b"]).any())
    assert len(said) == 1 if overlap else said in ([], ["overlap.fills_hole"])


@pytest.mark.parametrize("rule", SAID)
def test_each_kind_of_scene_has_its_rule(rule):
    assert len(hits(rule, *SCENES)) == (2 if rule == "overlap.contained" else 1)


def _said(rule, *scenes):
    options = {"min_rate": 0.1, "min_rate_same": 0.1} if rule == "overlap.habitual" else {}
    return sorted(
        (h.message, h.score, str(h.severity), repr(h.evidence)) for h in hits(rule, *scenes, **options)
    )


def _swapped(s):
    other = {"a": "b", "b": "a"}
    return Scene(
        s.height,
        s.width,
        {other[name]: mask for name, mask in reversed(s.masks.items())},
        {other[name]: category for name, category in s.categories.items()},
        "".join(other[name] for name in s.crowd),
    )


@pytest.mark.parametrize("rule", [rule for rule in dataset_rules() if rule.startswith("overlap.")])
def test_order_of_images_and_ids_does_not_count(rule):
    scenes = SCENES * 8
    expected = _said(rule, *scenes)
    assert expected
    assert _said(rule, *reversed(scenes)) == expected
    assert _said(rule, *map(_swapped, scenes)) == expected
