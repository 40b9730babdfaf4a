from evidence import hits
from pictures import picture


def test_spurious_label():
    known = picture(**{name: (5, 5 + 11 * k, 15, 15 + 11 * k) for k, name in enumerate("abcdefghij")})
    found = picture(**{name: (5, 5 + 11 * k, 15, 15 + 11 * k) for k, name in enumerate("abcdefghi")})
    (hit,) = hits("spurious_label", (known, found))
    assert hit.instances == (9,)
    assert hit.evidence["recall_of_kind"] == 0.9
    assert hit.evidence["labels_of_kind"] == 10
    assert hits("spurious_label", (known, found), min_recall=0.95) == []
    assert hits("spurious_label", (known, found), least=11) == []


def test_a_label_that_any_prediction_comes_near_is_not_spurious():
    known = picture(**{name: (5, 5 + 11 * k, 15, 15 + 11 * k) for k, name in enumerate("abcdefghij")})
    near = {name: (5, 5 + 11 * k, 15, 15 + 11 * k) for k, name in enumerate("abcdefghi")}
    assert hits("spurious_label", (known, picture(**near, j=(5, 107, 15, 117)))) == []
