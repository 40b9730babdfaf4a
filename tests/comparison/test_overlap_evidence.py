"""Evidence about all images: every number counted on paper."""

from dataclasses import replace

import numpy as np
import pytest
from pictures import picture

from audit.comparison.conventions import unknown_conventions
from audit.comparison.options import CompareOptions
from audit.comparison.run import compare_datasets
from audit.comparison.usual_values import USUAL_VALUES
from audit.testing import compared

NO_WHAT_IFS = CompareOptions(what_ifs=False)


def found(*pairs, scores=None, proposals=None, conventions=unknown_conventions):
    data = compared(*pairs, scores=scores)
    evidence = compare_datasets(*data, conventions, NO_WHAT_IFS, proposals).evidence
    assert [one.name for one in evidence] == list(USUAL_VALUES)
    return {one.name: one for one in evidence}


PARTS = {"a": (5, 5, 25, 25), "b": (5, 25, 25, 45)}
WHOLE = {"a": (5, 5, 25, 45)}
ALL_THREE = picture(w=(5, 5, 25, 45), p=(5, 5, 25, 25), q=(5, 25, 25, 45))


@pytest.mark.parametrize(("labels", "take_whole"), [(PARTS, 0), (WHOLE, 1)])
def test_a_whole_and_its_parts_are_counted_with_the_side_of_the_labels(labels, take_whole):
    evidence = found((picture(**labels), ALL_THREE))
    assert (evidence["whole_and_parts"].count, evidence["whole_and_parts"].of) == (1, 3)
    sides = evidence["labels_take_whole"]
    assert (sides.count, sides.of, sides.value) == (take_whole, 1, take_whole)


def test_labels_that_fit_neither_take_no_side():
    evidence = found((picture(a=(5, 5, 15, 60)), ALL_THREE))
    assert evidence["whole_and_parts"].count == 1 and evidence["labels_take_whole"].of == 0
    assert np.isnan(evidence["labels_take_whole"].value)


def test_wholes_and_parts_between_labels_and_predictions():
    evidence = found((picture(**PARTS), picture(w=(5, 5, 25, 45))))
    assert (evidence["unites_labels"].count, evidence["divides_labels"].count) == (1, 0)
    evidence = found((picture(**WHOLE), picture(p=(5, 5, 25, 25), q=(5, 25, 25, 45))))
    assert (evidence["unites_labels"].count, evidence["divides_labels"].count) == (0, 1)
    assert evidence["divides_labels"].value == 50.0  # per 100 predictions


def test_parts_of_another_category_are_no_parts():
    wheels = picture(categories={"p": "wheel", "q": "wheel"}, **{n: ALL_THREE.masks[n] for n in ()})
    predictions = replace(ALL_THREE, categories={"p": "wheel", "q": "wheel"})
    assert wheels.masks == {}
    assert found((picture(**WHOLE), predictions))["whole_and_parts"].count == 0


def test_what_nms_at_its_usual_threshold_removes_is_left_out_but_counted():
    labels = picture(a=(5, 5, 25, 45))
    evidence = found((labels, picture(p=(5, 5, 25, 45), q=(5, 7, 25, 45))))
    assert evidence["missed_by_nms"].count == 1
    assert evidence["overlapping_pairs"].count == 1
    assert evidence["concentric_twins"].of == 1  # predictions that survive
    evidence = found((picture(), picture(p=(5, 5, 25, 45), q=(5, 7, 25, 45))))
    assert evidence["missed_by_nms"].count == 0  # on background: no object twice
    assert (evidence["nothing_there"].count, evidence["nothing_there"].of) == (1, 2)


def test_two_categories_of_one_object():
    predictions = picture(categories={"q": "other"}, p=(5, 5, 25, 45), q=(5, 7, 25, 45))
    evidence = found((picture(a=(5, 5, 25, 45)), predictions))
    assert (evidence["two_categories"].count, evidence["missed_by_nms"].count) == (1, 0)


def test_boxes_that_disagree_about_one_object():
    labels = picture(a=(5, 5, 25, 25))
    far = {"q": (16.0, 5.0, 40.0, 20.0)}
    predictions = replace(picture(p=(5, 5, 25, 25), q=(5, 6, 25, 26)), boxes=far)
    evidence = found((labels, predictions))
    assert evidence["boxes_apart"].count == 1 and evidence["missed_by_nms"].count == 0
    assert evidence["box_fit"].value < 0.3


def test_twins_have_one_centre():
    labels = picture(a=(10, 10, 40, 40))
    assert found((labels, picture(p=(10, 10, 40, 40), q=(16, 16, 34, 34))))["concentric_twins"].count == 1
    assert found((labels, picture(p=(10, 10, 40, 40), q=(10, 10, 28, 28))))["concentric_twins"].count == 0
    assert found((labels, picture(p=(10, 10, 40, 40), q=(12, 12, 38, 38))))["concentric_twins"].count == 0


def test_labels_given_twice_and_labels_that_overlap():
    labels = picture(a=(5, 5, 25, 25), b=(5, 6, 25, 26), c=(35, 5, 55, 25), d=(35, 20, 55, 40))
    evidence = found((labels, picture()))
    assert (evidence["label_duplicates"].count, evidence["label_overlaps"].count) == (1, 1)
    assert evidence["label_duplicates"].value == 25.0  # per 100 labels
    of_two = replace(labels, categories={"b": "x", "d": "x"})
    evidence = found((of_two, picture()))
    assert (evidence["label_duplicates"].count, evidence["label_overlaps"].count) == (0, 0)


def test_masks_against_their_labels():
    evidence = found((picture(a=(10, 10, 30, 30)), picture(p=(10, 10, 30, 34))))
    assert evidence["mask_size"].value == 1.2
    sides = evidence["straight_sides"]
    assert sides.count == 1 and sides.value == 0  # as are the labels


def test_middling_objects_that_are_missed():
    sizes = range(2, 12)
    labels = [picture(**{f"l{size}": (5, 5, 5 + size, 5 + size)}) for size in sizes]
    shown = [picture(**{f"p{size}": (5, 5, 5 + size, 5 + size)} if size > 9 else {}) for size in sizes]
    evidence = found(*zip(labels, shown, strict=True))
    assert evidence["size_recall"].value == 0.0
    assert found((picture(), picture()))["size_recall"].of == 0


def test_flagged_labels_are_a_share_of_those_that_touch():
    def conventions(tables):
        known = unknown_conventions(tables)
        return replace(known, touching=np.array([True, True]), split=np.array([True, False]))

    evidence = found((picture(**PARTS), picture()), conventions=conventions)
    assert (evidence["label_conventions"].count, evidence["label_conventions"].of) == (1, 2)


def test_the_recall_of_proposals():
    _, regions = compared((picture(**PARTS), picture(x=(5, 5, 25, 25))))
    evidence = found((picture(**PARTS), picture(p=(5, 5, 25, 25))), proposals=regions)
    assert (evidence["proposal_recall"].count, evidence["proposal_recall"].of) == (1, 2)


def test_unsure_predictions_are_no_evidence():
    evidence = found((picture(**WHOLE), ALL_THREE), scores={"w": 0.1})
    assert evidence["whole_and_parts"].count == 0 and evidence["overlapping_pairs"].of == 2


def test_a_spur_hides_a_duplicate_from_boxes_that_fit():
    spur = {"p": (5, 5, 25, 25), "q": [(5, 5, 25, 25), (14, 25, 16, 70)]}
    evidence = found((picture(a=(5, 5, 25, 25)), picture(**spur)))
    assert (evidence["hidden_from_boxes"].count, evidence["boxes_apart"].count) == (1, 0)
    # The same two masks, but the large box is the model's fault.
    far = {"q": (5.0, 5.0, 65.0, 20.0)}
    predictions = replace(picture(p=(5, 5, 25, 25), q=(5, 6, 25, 26)), boxes=far)
    evidence = found((picture(a=(5, 5, 25, 25)), predictions))
    assert (evidence["hidden_from_boxes"].count, evidence["boxes_apart"].count) == (0, 1)


def test_masks_are_cut_by_boxes_only_where_the_model_gave_these():
    labels, shown = picture(a=(10, 10, 30, 30)), picture(p=(10, 10, 30, 34))
    evidence = found((labels, shown))
    assert (evidence["cut_by_box"].of, evidence["straight_sides"].of) == (0, 1)
    evidence = found((labels, replace(shown, boxes={"p": (9.0, 9.0, 26.0, 22.0)})))
    assert (evidence["cut_by_box"].of, evidence["straight_sides"].of) == (1, 0)


def tiles(n_images=12):
    """Draw objects that two tiles show, whole in the left one, cut off by the right one."""
    rng = np.random.default_rng(0)
    for _ in range(n_images):
        top, left = rng.integers(5, 20), rng.integers(20, 50)
        right = rng.integers(75, 100)
        yield (
            picture(a=(top, left, top + 20, right)),
            picture(p=(top, left, top + 20, 70), q=(top, 55, top + 20, right)),
        )


def test_pairs_at_the_seams_of_tiles_are_counted_apart():
    evidence = found(*tiles())
    assert (evidence["at_tile_seams"].count, evidence["at_tile_seams"].of) == (12, 24)
    assert evidence["at_tile_seams"].is_high
    assert evidence["overlapping_pairs"].count == 0  # nothing is left that a tile did not cut


def test_few_masks_that_end_in_one_line_are_no_seam():
    evidence = found(*tiles(9))
    assert (evidence["at_tile_seams"].count, evidence["overlapping_pairs"].count) == (0, 9)
