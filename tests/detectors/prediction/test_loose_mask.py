import pytest
from evidence import CLEAN, hits
from pictures import picture


def test_loose_mask():
    loose = picture(a=(5, 5, 25, 25)), picture(p=(5, 5, 25, 17))
    (hit,) = hits("loose_mask", *[CLEAN] * 10, loose)
    assert hit.instances == (20,)
    assert hit.evidence["iou"] == 0.6
    assert hit.evidence["usual_iou"] == 1.0
    assert hits("loose_mask", *[CLEAN] * 10, loose, min_drop=0.5) == []
    assert hits("loose_mask", *[CLEAN] * 10, loose, scores={"p": 0.6}) == []
    assert hits("loose_mask", loose) == []  # one match tells no habit


@pytest.mark.parametrize(("n_leaves", "found"), [(9, 9), (10, 0)])
def test_a_category_with_ten_matches_is_judged_by_itself(n_leaves, found):
    """All leaves are outlined alike, but unlike the other things."""
    leaf = (
        picture({"a": "leaf"}, a=(5, 5, 25, 25)),
        picture({"p": "leaf"}, p=(5, 5, 25, 17)),
    )
    assert len(hits("loose_mask", *[CLEAN] * 10, *[leaf] * n_leaves)) == found
