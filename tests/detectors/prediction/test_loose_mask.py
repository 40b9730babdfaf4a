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
