"""Fingerprints survive a re-export, and nothing else is taken for the same."""

import copy
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.findings.fingerprint import hash_finding
from audit.pipeline.run import scan

SQUARE = [[2.0, 2.0, 8.0, 2.0, 8.0, 8.0, 2.0, 8.0]]
NEARLY = [[2.0, 2.0, 9.0, 2.0, 9.0, 8.0, 2.0, 8.0]]
BOW_TIE = [[12.0, 2.0, 18.0, 12.0, 18.0, 2.0, 12.0, 12.0]]
COPIED = [[12.0, 13.0, 18.0, 13.0, 18.0, 19.0, 12.0, 19.0]]
POINTS = [[1.0, 1.0, 2.0, 2.0]]


def box(mask):
    xs, ys = mask[0][::2], mask[0][1::2]
    return [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]


def document():
    masks = [SQUARE, NEARLY, BOW_TIE, POINTS, COPIED, COPIED]
    images = [{"id": k, "file_name": f"{k}.png", "height": 20, "width": 20} for k in (1, 2, 3)]
    annotations = [
        {
            "id": 10 * i["id"] + k,
            "image_id": i["id"],
            "category_id": 1,
            "segmentation": m,
            "iscrowd": 0,
            "area": 36.0,
            "bbox": box(m),
        }
        for i in images
        for k, m in enumerate(masks)
    ]
    return {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "cell"}]}


def prints(tmp_path, whole):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(whole))
    return sorted((f.rule, f.fingerprint) for f in scan(path).findings)


@pytest.fixture
def base(tmp_path):
    found = prints(tmp_path, document())
    assert {"overlap.duplicate", "polygon.too_few", "annotation.duplicate", "polygon.self_intersection"} <= {
        r for r, _ in found
    }
    assert len({p for _, p in found}) == len(found)
    return found


def test_new_ids(tmp_path, base):
    whole = document()
    for record in whole["images"]:
        record["id"] += 100
    for k, record in enumerate(whole["annotations"]):
        record["id"] = 7 * (1000 - k)
        record["image_id"] += 100
        record["category_id"] = 5
    whole["categories"][0]["id"] = 5
    assert prints(tmp_path, whole) == base


def test_another_order(tmp_path, base):
    whole = document()
    for name in ("images", "annotations"):
        random.Random(5).shuffle(whole[name])
    assert prints(tmp_path, whole) == base


def test_another_way_of_writing_json(tmp_path, base):
    path = tmp_path / "b.json"
    reversed_keys = [dict(reversed(list(a.items()))) for a in document()["annotations"]]
    path.write_text("\n " + json.dumps(document() | {"annotations": reversed_keys}, indent=3))
    assert sorted((f.rule, f.fingerprint) for f in scan(path).findings) == base


def test_more_pictures_do_not_matter(tmp_path, base):
    whole = document()
    whole["images"].insert(0, {"id": 9, "file_name": "9.png", "height": 20, "width": 20})
    more = copy.deepcopy(whole["annotations"][0]) | {"id": 999, "image_id": 9}
    whole["annotations"].insert(0, more)
    after = set(prints(tmp_path, whole))
    assert {one for one in base if not one[0].startswith(("dataset", "image"))} <= after


def test_another_mask_is_another_finding(tmp_path, base):
    whole = document()
    whole["annotations"][1]["segmentation"] = [[2.0, 2.0, 8.0, 2.0, 8.0, 9.0, 2.0, 9.0]]
    gone = set(base) - set(prints(tmp_path, whole))
    assert "overlap.duplicate" in {rule for rule, _ in gone}


def test_another_picture_is_another_finding(tmp_path, base):
    whole = document()
    whole["images"][0]["file_name"] = "new.png"
    assert set(base) - set(prints(tmp_path, whole))


texts = st.text(st.characters(exclude_categories=[], exclude_characters="\0\1"), max_size=4)


@given(texts, st.none() | texts, st.lists(texts, max_size=3))
def test_sixteen_digits_whatever_the_text(rule, file_name, parts):
    one = hash_finding(rule, file_name, parts)
    assert len(one) == 16
    assert set(one) <= set("0123456789abcdef")
    assert one == hash_finding(rule, file_name, reversed(parts))


@given(
    st.lists(
        st.tuples(texts, st.none() | texts, st.lists(texts, max_size=2).map(sorted).map(tuple)),
        max_size=6,
        unique=True,
    )
)
def test_different_things_differ(things):
    assert len({hash_finding(*thing) for thing in things}) == len(things)
