import pytest

from audit.testing import drawn, hits, measured, scene


def copies(number, *more):
    """Annotations with one mask, 3 x 2 pixels, then others that are given as (left, right)."""
    boxes = [(0, 3)] * number + list(more)
    return drawn(5, 9, {f"c{k}": [[(x0, 0), (x1, 0), (x1, 2), (x0, 2)]] for k, (x0, x1) in enumerate(boxes)})


def test_many_copies_are_said_once():
    (hit,) = hits("limit.identical_masks", copies(60, (0, 2)), scene("aa"))
    assert hit.evidence == {"masks": 60, "area_px": 6}
    assert "60 masks" in hit.message
    assert hit.instances == tuple(range(60))


@pytest.mark.parametrize(("number", "found"), [(50, 0), (51, 1)])
def test_some_copies_are_compared_as_ever(number, found):
    assert len(hits("limit.identical_masks", copies(number))) == found
    assert len(measured(copies(number)).pairs) == (0 if found else number * (number - 1) // 2)


def test_each_image_and_each_mask_counts_alone():
    two = copies(51, *[(5, 8)] * 51)
    assert len(hits("limit.identical_masks", two, copies(51), scene("a"))) == 3
    assert not hits("limit.identical_masks", copies(30), copies(30))


def test_the_first_copy_stands_for_all():
    m = measured(copies(60, (2, 4)))
    assert list(zip(m.pairs["a"], m.pairs["b"], strict=True)) == [(0, 60)]
    assert m.instances["pairs_left_out"].tolist() == [1] * 60 + [0]
