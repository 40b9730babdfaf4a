"""How pages name the numbers behind findings: the field's terms and units, in one place.

The keys themselves are stored in ``findings.json`` and stay as they are; only what is shown is named here. A
key that is not listed is written as it reads: ``rings_px`` as "rings", in pixels.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from audit.findings.finding import EvidenceValue
from audit.findings.number_format import format_percent
from audit.report.text_format import shorten_text

PERCENT = "%"
PIXELS = "px"

DRAWN = ("outline",)
"""Evidence that is drawn on the picture: as numbers it tells nobody anything."""
EVIDENCE_NAMES: Mapping[str, tuple[str, str]] = {
    # Two masks
    "iou": ("IoU", ""),
    "ioa": ("IoA", ""),
    "box_iou": ("IoU of the boxes", ""),
    "share_of_smaller": ("IoS: share of the smaller mask", PERCENT),
    "intersection_px": ("intersection", PIXELS),
    "union_px": ("union", PIXELS),
    "overlap_px": ("intersection", PIXELS),
    "depth_px": ("depth of the intersection: side of its largest square", PIXELS),
    "median_depth_px": ("median depth of the intersections", PIXELS),
    "gap_px": ("gap between the masks", PIXELS),
    "contact_px": ("length of the shared border", PIXELS),
    "union_solidity": ("solidity of the union", ""),
    "both_crowd": ("both are crowd regions", ""),
    "masks": ("masks", ""),
    "pairs": ("pairs of masks that were measured", ""),
    "hole_share": ("share of the hole that is filled", PERCENT),
    "hole_px": ("area of the holes", PIXELS),
    "smallest_hole_px": ("area of the smallest hole", PIXELS),
    # A place without a mask
    "category_separation": ("median separation of the category", PERCENT),
    "contrast_share": ("contrast, by that of the dimmer labelled objects", PERCENT),
    "local_contrast_share": ("contrast to its surroundings, by the same", PERCENT),
    "size_by_median": ("area by the median labelled object's", ""),
    # One mask
    "area_px": ("mask area", PIXELS),
    "parts": ("connected components", ""),
    "part_px": ("areas of the parts", PIXELS),
    "largest_part_px": ("area of the largest component", PIXELS),
    "smallest_part_px": ("area of the smallest component", PIXELS),
    "smallest_share": ("share of the smallest component", PERCENT),
    "small_part_gap_px": ("gap from a small component to the rest", PIXELS),
    "part_gap_px": ("gap between the components", PIXELS),
    "gap_per_size": ("gap by the size of the object", ""),
    "perimeter_px": ("perimeter in unit edges", PIXELS),
    "excess": ("perimeter by that of the box", ""),
    "category_excess": ("median of the category", ""),
    "notch_px": ("mean width of the notches", PIXELS),
    "length_px": ("length", PIXELS),
    "mean_width_px": ("mean width", PIXELS),
    "length_per_width": ("aspect ratio", ""),
    "category_length_per_width": ("median aspect ratio of the category", ""),
    "category_median_px": ("median mask area of the category", PIXELS),
    "at_border": ("touches the image border", ""),
    "outline_px": ("length of the outline", PIXELS),
    "longest_edge_px": ("longest edge of the polygon", PIXELS),
    "corners": ("vertices per polygon", ""),
    "usual_corners": ("vertices expected at this length", ""),
    "category_longest_edge_share": ("longest edge by the outline, 90th percentile of the category", PERCENT),
    "missed_share": ("contrast missed at the outline", PERCENT),
    "separation": ("contrast at the outline", ""),
    "best_separation": ("contrast at the best shift", ""),
    "shift_px": ("best shift (x, y)", PIXELS),
    "distance_px": ("length of the best shift", PIXELS),
    # Boxes and areas as written
    "off_px": ("largest distance of a box edge from the mask", PIXELS),
    "outside_px": ("outside the image", PIXELS),
    "outside_vertices": ("vertices outside the image", ""),
    "written": ("fits when read as", ""),
    "declared_area": ("declared area", PIXELS),
    "declared_w": ("declared width of the box", PIXELS),
    "declared_h": ("declared height of the box", PIXELS),
    "is_box_area": ("equals the area of the box", ""),
    "x": ("x", PIXELS),
    "y": ("y", PIXELS),
    "w": ("width", PIXELS),
    "h": ("height", PIXELS),
    "width": ("image width", PIXELS),
    "height": ("image height", PIXELS),
    "declared_width": ("declared image width", PIXELS),
    "declared_height": ("declared image height", PIXELS),
    "picture_width": ("width of the picture", PIXELS),
    "picture_height": ("height of the picture", PIXELS),
    "factor": ("scale factor", ""),
    "exif_orientation": ("EXIF orientation", ""),
    "max_abs_coordinate": ("largest absolute coordinate", ""),
    # Conventions of the dataset
    "contacts": ("contacts of two objects", ""),
    "drawn_as_one": ("drawn as one against the convention", ""),
    "one_drawn_as_two": ("cut in two against the convention", ""),
    "odd_share": ("share against the convention", PERCENT),
    "elsewhere_share": ("share against the convention elsewhere", PERCENT),
    "probability": ("probability that it breaks the convention", PERCENT),
    "neck_px": ("width of the neck", PIXELS),
    "typical_single_px": ("median area of isolated objects", PIXELS),
    "gap_pairs": ("pairs with a gap", ""),
    "border_pairs": ("pairs that share a border", ""),
    "overlap_pairs": ("pairs that overlap", ""),
    "images_together": ("images with both categories", ""),
    "images_overlapping": ("images where they overlap", ""),
    "deviations": ("robust z-score", ""),
    "rate": ("share", PERCENT),
    "rate_low": ("95 % interval from", PERCENT),
    "rate_high": ("95 % interval to", PERCENT),
    "low": ("95 % interval from", PERCENT),
    "high": ("95 % interval to", PERCENT),
    "elsewhere_low": ("95 % interval elsewhere from", PERCENT),
    "elsewhere_high": ("95 % interval elsewhere to", PERCENT),
    "share": ("share", PERCENT),
    "of": ("out of", ""),
    "by": ("the same by", ""),
    # Predictions
    "prediction_score": ("score of the prediction", ""),
    "single_score": ("score of the best prediction of one label", ""),
    "own_category_score": ("score for the label's category", ""),
    "best_iou": ("best IoU of any prediction", ""),
    "usual_iou": ("median IoU of the category", ""),
    "covered": ("share of the prediction that the labels fill", PERCENT),
    "recall_of_kind": ("recall of labels of this category and size", PERCENT),
    "labels_of_kind": ("labels of this category and size", ""),
    "share_in_labels": ("share of the prediction inside a label", PERCENT),
    "share_right_at_this_score": ("precision at this score", PERCENT),
}
"""Stored key to the name that is shown and its unit: `PIXELS`, `PERCENT` (the value is a share) or none."""

_ACRONYMS = {"iou": "IoU", "ioa": "IoA", "ios": "IoS", "rle": "RLE", "json": "JSON"}


def format_evidence(evidence: Mapping[str, EvidenceValue]) -> tuple[tuple[str, str], ...]:
    """Write the numbers behind a finding for reading: names of the field, units, four digits.

    Parameters
    ----------
    evidence : mapping
        Stored key to value.

    Returns
    -------
    tuple of (str, str)
        Name and value of each, in the same order.

    Examples
    --------
    >>> format_evidence({"intersection_px": 412, "iou": 0.98765432, "share_of_smaller": 0.6})
    (('intersection', '412 px'), ('IoU', '0.9877'), ('IoS: share of the smaller mask', '60.0 %'))
    >>> format_evidence({"ring_gap_px": 3, "is_open": True})
    (('ring gap', '3 px'), ('is open', 'yes'))
    >>> format_evidence({})
    ()
    """
    return tuple(_format_item(key, value) for key, value in evidence.items() if key not in DRAWN)


def _format_item(key: str, value: EvidenceValue) -> tuple[str, str]:
    name, unit = EVIDENCE_NAMES.get(key) or _name_unlisted(key)
    if unit == PERCENT and isinstance(value, float | np.floating):
        return name, format_percent(float(value), 1)
    return name, _format_value(value) + (f" {PIXELS}" if unit == PIXELS and value is not None else "")


def _name_unlisted(key: str) -> tuple[str, str]:
    words = key.split("_")
    is_pixels = len(words) > 1 and words[-1] == PIXELS
    words = words[:-1] if is_pixels else words
    name = " ".join(_ACRONYMS.get(word, word) for word in map(shorten_text, words))
    return name, PIXELS if is_pixels else ""


def _format_value(value: EvidenceValue) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{int(value):,}"
    if isinstance(value, float | np.floating):
        return f"{float(value):,.4g}" if abs(value) < 10_000 else f"{float(value):,.0f}"
    if isinstance(value, str):
        return shorten_text(value, 300)
    return shorten_text(", ".join(_format_value(item) for item in value), 300)
