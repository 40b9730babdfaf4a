"""What is usual for a healthy model: the limits of every piece of evidence, each with its origin.

The study: one Mask R-CNN, trained from scratch on fluorescent nuclei (DSB 2018), one thing changed at a time.
Its four healthy models and three models of mended labels set the usual side of each limit, its broken models
the other side; limits lie in the gap between the two, near its geometric mean. The ends of the gap are given
as "usual / broken". The same conditions were then trained on two other sets, stained tissue (54 pictures) and
grains (7): models that are weak for want of data. What only separated the first set was let go.
A limit is passed only where the whole 95 % interval lies beyond it, so few predictions convict nobody.
"""

from __future__ import annotations

from collections.abc import Mapping

from audit.carriers import dataclass

MIN_CASES = 5
"""Cases below which nothing is called unusual, however narrow an interval calls itself."""
USUAL_NMS_IOU = 0.5
"""Box IoU that NMS allows by default in Detectron2, torchvision and MMDetection's two-stage models."""
LAX_NMS_IOU = 0.55
"""Box IoU that NMS at the usual threshold never leaves: the threshold, and what rounding of boxes may add."""
MIXED_SIDES = 0.2
"""Share of whole-and-parts conflicts in which the labels take the whole (lower bound) from which on labels
take now one side, now the other. Study: .28 to .57 with merged or split labels, .05 to .16 where a model
unites objects that consistent labels keep apart."""
ONE_SIDE = 0.3
"""The same share (upper bound) below which the labels keep the parts throughout."""
MIN_LABEL_OVERLAPS = 1.0
"""Overlapping labels per 100 (lower bound) from which on twins are laid to labels of two outlines. Study:
7.6, and none in clean or mended labels."""


@dataclass(frozen=True, slots=True)
class UsualValue:
    """The range of one piece of evidence in healthy models."""

    low: float
    high: float
    per_100: bool
    """A rate per 100 predictions (of labels: per 100 labels); else a share or a ratio."""
    origin: str
    """Usual values / values of broken models, and where they come from."""


USUAL_VALUES: Mapping[str, UsualValue] = {
    "overlapping_pairs": UsualValue(0, 5, True, "study: 2.7 to 3.7 / 6.4 to 190; beyond the labels' own"),
    "overlaps_as_labels": UsualValue(0, 5, True, "as all overlapping pairs; study: 0 to 0.7; COCO 8.5"),
    "at_tile_seams": UsualValue(
        0, 0.5, True, "study: 0 / 50 in a case of two tiles an image; between, by reasoning"
    ),
    "missed_by_nms": UsualValue(0, 3, True, "study: 0 / 13 with NMS at .7; Detectron2 on blood cells: 0"),
    "two_categories": UsualValue(0, 2, True, "study: 0 / 6.4 with arbitrary categories; coco_val2014: 0.4"),
    "hidden_from_boxes": UsualValue(
        0, 0.5, True, "study: 0 to .05 / 2 with bad boxes; planted spurs: as many as planted"
    ),
    "boxes_apart": UsualValue(0, 8, True, "study: 0.8 to 2.7 / 39 with bad boxes"),
    "box_fit": UsualValue(
        0.8, 1, False, "study: .83 to .86 / .56 to .76 with bad boxes; Detectron2 on blood cells: .91"
    ),
    "proposal_reach": UsualValue(
        0.5, 1, False, "three sets: .55 to .95 / .06 to .43 with anchors of five times the size"
    ),
    "proposal_recall": UsualValue(
        0.6, 1, False, "study, histology: .62 to .90 / .03 to .48 with bad regions or too little training"
    ),
    "whole_and_parts": UsualValue(0, 0.6, True, "study: .26 to .43 / .97 to 3.3 with merged labels"),
    "labels_take_whole": UsualValue(0, 1, False, "says which side the labels take; see MIXED_SIDES"),
    "unites_labels": UsualValue(0, 2, True, "study: 1.1 to 1.3 / 2.5 to 11"),
    "divides_labels": UsualValue(0, 1, True, "study: .3 to .8 / 3.1 with merged labels"),
    "concentric_twins": UsualValue(
        0, 0.5, True, "study: .2, mended labels .3 to .5 / .9 to 1.9 with labels of two outlines"
    ),
    "spills": UsualValue(0, 0.5, True, "study: .1 to .4 / .6 to 1.0 with a weak mask head"),
    "parts_of_object": UsualValue(0, 2, True, "study: .5 to 1.2 / 2.4 to 5.9 with bad regions"),
    "nothing_there": UsualValue(0, 0.5, True, "study: .05 to .2 / .4 to 1.4 with bad regions"),
    "cut_by_box": UsualValue(-1, 0.02, False, "study: 0 to .009 more than the labels / .036 to .3"),
    "straight_sides": UsualValue(
        -1, 0.045, False, "where results lack the model's boxes; study: .025 to .031 / .066 to .32"
    ),
    "mask_size": UsualValue(0.9, 1.06, False, "study: .95 to 1.00 of the label's pixels"),
    "size_recall": UsualValue(0.55, float("inf"), False, "study: .87 to .98 / .47 with anchors too large"),
    "label_duplicates": UsualValue(0, 2, True, "study: 0 / 12; COCO .4"),
    "label_overlaps": UsualValue(
        0, 5, True, "seven sets, COCO, LVIS and TACO among them: 0 to 3 / 7.6 to 46 with dilated neighbours"
    ),
    "label_conventions": UsualValue(
        0, 0.16, False, "nine sets: 0 to .14 / .17 to .57 where 15 % of the touching are merged or 10 % split"
    ),
    "training_duplicates": UsualValue(0, 2, True, "as label_duplicates"),
    "training_overlaps": UsualValue(0, 5, True, "as label_overlaps"),
    "training_conventions": UsualValue(0, 0.16, False, "as label_conventions"),
    "loss_rise": UsualValue(0, 1.3, False, "by reasoning: a loss ends near its lowest; 34 trainings: 1.0"),
    "loss_swings": UsualValue(0, 0.15, False, "by reasoning: medians of a twentieth hardly differ; no logs"),
    "loss_spikes": UsualValue(0, 0.02, False, "by reasoning: three times the median around it; no logs"),
    "loss_fall": UsualValue(
        -1, 0.08, False, "by reasoning: a converged loss has stopped falling; .2 where the rate drops late"
    ),
    "mask_loss": UsualValue(
        0,
        0.4,
        False,
        "Mask R-CNN on COCO ends near .27; 32 trainings: .19 to .37 / .50 at ten times the rate",
    ),
}
"""Every piece of evidence, in the order in which it is shown."""
