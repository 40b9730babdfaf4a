"""The demo dataset: clean where nothing was planted, wrong exactly where the answers say so, always the same."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from audit.detectors.registry import all_rules
from audit.pipeline.run import scan
from audit.synthetic import error_types_mask, error_types_overlap, error_types_polygon, error_types_record
from audit.synthetic.cells import CATEGORIES
from audit.synthetic.image_assignment import MIN_PICTURES
from audit.synthetic.make import ERROR_TYPES, make_demo
from audit.synthetic.planted import read_planted
from audit.synthetic.score import score_rules


def digest(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_same_bytes_other_seed_other_pictures(tmp_path):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        make_demo(tmp_path / name, seed=seed, images=2, planted=False)
    a, b, c = (digest(tmp_path / name) for name in "abc")
    assert a == b
    assert not set(a.values()) & set(c.values()) - {a["planted.json"]}


def test_planting_changes_no_clean_picture(tmp_path, spoiled):
    plain = make_demo(tmp_path, images=20, planted=False)
    for name in spoiled.demo.clean_pictures:
        assert (plain.pictures / name).read_bytes() == (spoiled.demo.pictures / name).read_bytes()


def test_too_few_pictures_for_all_errors(tmp_path):
    with pytest.raises(ValueError, match=f"at least {MIN_PICTURES}"):
        make_demo(tmp_path, images=MIN_PICTURES - 1)
    assert make_demo(tmp_path, images=0, planted=False).annotation_count == 0


def test_clean_means_clean(clean):
    result = scan(clean.demo.instances, images=clean.demo.pictures)
    loud = [f for f in result.findings if f.severity != "info"]
    assert len(loud) < 0.01 * clean.demo.annotation_count
    assert not [
        f
        for f in loud
        if f.rule.startswith(("overlap", "polygon", "rle", "bbox", "area", "id", "ref", "image"))
    ]


def test_clean_masks_are_exclusive_with_right_boxes_and_areas(clean, pixels):
    for image in clean.document["images"]:
        taken = np.zeros((image["height"], image["width"]), dtype=int)
        for record in clean.document["annotations"]:
            if record["image_id"] == image["id"]:
                mask = pixels(record["segmentation"], image["height"], image["width"])
                taken += mask
                assert record["area"] == mask.sum() > 0
                ys, xs = np.nonzero(mask)
                assert record["bbox"] == [xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1]
        assert taken.max() == 1


def test_pictures_have_their_declared_size(clean):
    for image in clean.document["images"]:
        with Image.open(clean.demo.pictures / image["file_name"]) as picture:
            assert picture.size == (image["width"], image["height"])
            values = np.asarray(picture)
        assert values.dtype == np.uint8
        assert values.std() > 5  # there is something to see


def test_cells_can_be_seen(clean):
    """A picture's grey inside of the cells differs from that around them."""
    image = clean.document["images"][0]
    with Image.open(clean.demo.pictures / image["file_name"]) as picture:
        grey = np.asarray(picture.convert("L")).astype(float)
    inside = np.zeros(grey.shape, dtype=bool)
    for record in clean.document["annotations"]:
        if record["image_id"] == image["id"]:
            x, y, w, h = map(int, record["bbox"])
            inside[y + h // 4 : y + h - h // 4, x + w // 4 : x + w - w // 4] = True
    assert abs(grey[inside].mean() - grey[~inside].mean()) > 0.5 * grey[~inside].std()


def test_ids_are_unique_but_where_one_was_planted(clean, spoiled):
    assert len({a["id"] for a in clean.document["annotations"]}) == clean.demo.annotation_count
    doubled = spoiled.demo.annotation_count - len({a["id"] for a in spoiled.document["annotations"]})
    assert doubled == len(spoiled.of("id.duplicate"))


def test_answers_are_on_disk(spoiled):
    assert read_planted(spoiled.demo.answers) == spoiled.demo.planted
    assert spoiled.demo.planted == tuple(
        sorted(spoiled.demo.planted, key=lambda p: (p.rule, p.file_name or "", p.annotation_ids))
    )


def test_every_kind_is_planted_and_is_a_rule(spoiled):
    planted = {p.rule for p in spoiled.demo.planted}
    assert planted >= {kind.rule for kind in ERROR_TYPES}
    assert planted <= set(all_rules())
    families = (error_types_overlap, error_types_mask, error_types_polygon, error_types_record)
    assert len(ERROR_TYPES) == sum(len(module.ERROR_TYPES) for module in families) > 30


def test_no_error_lies_on_a_clean_picture_and_no_annotation_has_two(spoiled):
    clean = set(spoiled.demo.clean_pictures)
    assert clean
    assert not {p.file_name for p in spoiled.demo.planted} & clean
    ids = [(p.file_name, identity) for p in spoiled.demo.planted for identity in p.annotation_ids]
    assert len(ids) == len(set(ids))


def test_planted_annotations_exist(spoiled):
    written = {a["id"] for a in spoiled.document["annotations"]}
    for planted in spoiled.demo.planted:
        assert set(planted.annotation_ids) <= written, planted
        assert planted.note


def test_all_structural_errors_are_found(spoiled):
    """A picture with many instances stands out only among more pictures than these."""
    result = scan(spoiled.demo.instances, images=spoiled.demo.pictures)
    scores = score_rules(spoiled.demo.planted, result.findings, instances=len(result.measurements.instances))
    missed = {s.rule for s in scores if s.checked and s.found < s.planted}
    assert missed <= {"dataset.count_outlier"}
    assert sum(s.false_flags for s in scores) < 0.01 * spoiled.demo.annotation_count


def test_categories(clean, spoiled):
    assert {c["id"]: c["name"] for c in clean.document["categories"]} == dict(CATEGORIES)
    assert {c["name"] for c in spoiled.document["categories"]} - set(CATEGORIES.values()) == {
        "cells",
        "mitosis",
    }
