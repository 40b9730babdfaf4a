"""A box that does not fit its mask.

What it finds
-------------
Declared boxes of which an edge lies farther from the mask's own box than ``max_px`` plus ``max_share``
of the mask's width or height. The score is 1 - IoU of the two boxes. A box that fits when it is read in
another way of writing boxes is an error, and the finding says which: two corners, the centre, y from
the bottom, x and y swapped, shares of the image. Where x and y are swapped, either the box or the mask may
be wrong: what reaches out of the images is, or, over many annotations in images that are not square, what
spreads over one side of them and not the other. Boxes of predictions are not compared: a model
predicts box and mask apart. Where no box of a file fits, and it has at least 10, that is said once.

Why it matters
--------------
Mask R-CNN learns where an object is from its box, and what it looks like from the mask inside. Where
the two disagree it learns neither. A whole dataset of boxes written as corners trains without a
warning, and badly.

When it is wrong
----------------
Amodal boxes that enclose hidden parts on purpose, and boxes drawn by hand apart from the masks: raise
``max_share``.

Example
-------
The box of annotation 17 is [17, 12, 43, 36]; its mask lies at [17, 12, 26, 24]. It fits when read as
two corners [x1, y1, x2, y2].

Reference
---------
COCO data format: ``bbox`` is [x, y, width, height] of the mask.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import (
    MIN_ANNOTATIONS,
    MIN_OF_ALL,
    aggregate_above_option,
    report_table_or_aggregate,
)
from audit.detectors.base import Hit, HitTable, option
from audit.detectors.classify_boxes import (
    BOX_FORMATS,
    MISMATCH_PX,
    MISMATCH_SHARE,
    BoxClassification,
    Boxes,
    BoxKind,
    BoxThresholds,
    classify_boxes,
    declared_boxes,
)
from audit.detectors.hit_columns import write_boxes
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.findings.text_columns import code_texts, fill_template, format_numbers
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
_EITHER_SWAPPED = "; or the masks are the ones that have x and y swapped: look at one picture"
_BOXES_SWAPPED = ", for the boxes {why}"
_MASKS_SWAPPED = "have a mask with x and y swapped, whose box is right, for the masks {why}"
_MIN_SPREAD_RATIO = 1.25
"""How much more evenly the one reading must spread over both sides of the images than the other."""


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_px: float = option(MISMATCH_PX, unit="px", help="how far an edge may lie off, plus max_share")
    max_share: float = option(
        MISMATCH_SHARE, unit="share", help="of the mask's width or height that an edge may lie off besides"
    )
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every box that does not fit its mask.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : Options
        Of this rule.

    Yields
    ------
    Hit or HitTable
    """
    boxes = classify_boxes(
        measurements, BoxThresholds(mismatch_px=options.max_px, mismatch_share=options.max_share)
    )
    swapped_side, why = _tell_swapped_side(measurements, boxes, declared_boxes(measurements))

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        kind = BoxKind(boxes.kind[rows[0]])  # one kind is reported at a time
        explanation = _explain_kind(kind, swapped_side, why)
        yield _report_boxes(measurements, boxes, rows, explanation, BOX_FORMATS.get(kind))

    for kind, format_text in BOX_FORMATS.items():
        trait = f"have a box written {format_text}, where COCO has [x, y, width, height] in pixels"
        if kind == BoxKind.SWAPPED:
            trait += _BOXES_SWAPPED.format(why=why) if why else _EITHER_SWAPPED
            trait = _MASKS_SWAPPED.format(why=why) if swapped_side == "masks" else trait
        is_flagged = boxes.kind == kind
        yield from report_table_or_aggregate(
            measurements, is_flagged, boxes.compared, options.once_above, trait, make_tables, Severity.ERROR
        )
    trait = "have a box that does not fit the mask"
    is_flagged = boxes.kind == BoxKind.MISMATCH
    yield from report_table_or_aggregate(
        measurements,
        is_flagged,
        boxes.compared,
        options.once_above,
        trait,
        make_tables,
        Severity.WARNING,
        MIN_OF_ALL,
    )


def _explain_kind(kind: BoxKind, swapped_side: str, why: str) -> str:
    """Say why a box does not fit; a template for a row's columns."""
    if kind not in BOX_FORMATS:
        return "an edge lies {off_px} px off inside the image"
    explanation = f"it fits when it is read {BOX_FORMATS[kind]}"
    if kind == BoxKind.SWAPPED:
        explanation += f"; the {swapped_side} are wrong, for they {why}" if why else _EITHER_SWAPPED
    return explanation.replace("{", "{{").replace("}", "}}")


def _report_boxes(
    measurements: Measurements,
    boxes: BoxClassification,
    rows: NDArray[np.int64],
    explanation: str,
    box_format: str | None,
) -> HitTable:
    """Report boxes of one kind one by one."""
    box_iou, off_px = boxes.iou[rows], boxes.off_px[rows]
    mask_box = {name: measurements.instances[name].to_numpy()[rows] for name in "xywh"}
    message = fill_template(
        f"The box {{box}} does not fit the mask, which lies at [{{x}}, {{y}}, {{w}}, {{h}}]: {explanation}.",
        {
            **mask_box,
            "box": write_boxes(declared_boxes(measurements)[rows]),
            "off_px": format_numbers(off_px, ".4g"),
        },
    )
    evidence = {
        "box_iou": box_iou,
        "off_px": off_px,
        "written": code_texts(np.zeros(len(rows), np.int64), [box_format], can_be_none=True),
    }
    severity = np.full(len(rows), Severity.ERROR if box_format else "")
    return HitTable(message, rows, 1.0 - box_iou, evidence, severity, field="bbox")


def _tell_swapped_side(
    measurements: Measurements, boxes: BoxClassification, declared: Boxes
) -> tuple[str, str]:
    """Say whether the boxes or the masks have x and y swapped, and why; two empty texts where nothing tells.

    Swapped coordinates leave an image that is not square, or crowd on one side of it.
    """
    rows = np.flatnonzero(boxes.kind == BoxKind.SWAPPED)
    boxes_out = int((boxes.outside_px[rows] > MISMATCH_PX).sum())
    masks_out = int((measurements.instances["outside_px"].to_numpy()[rows] > MISMATCH_PX).sum())
    if (boxes_out > 0) != (masks_out > 0):
        return "boxes" if boxes_out else "masks", "reach out of the image"
    if len(rows) < MIN_ANNOTATIONS:
        return "", ""
    image = measurements.instances["image"].to_numpy()[rows]
    sizes = np.stack([measurements.images[name].to_numpy()[image] for name in ("width", "height")], axis=1)
    far_edges = declared[rows, :2] + declared[rows, 2:]
    # Objects lie about as far along the width as along the height, in shares of the image.
    of_boxes, of_masks = (
        np.percentile(edges / np.maximum(sizes, 1), 95, axis=0) for edges in (far_edges, far_edges[:, ::-1])
    )
    box_ratio, mask_ratio = (float(max(reach) / max(min(reach), 1e-9)) for reach in (of_boxes, of_masks))
    if max(box_ratio, mask_ratio) < _MIN_SPREAD_RATIO * min(box_ratio, mask_ratio):
        return "", ""
    side, (across, down) = ("boxes", of_boxes) if box_ratio > mask_ratio else ("masks", of_masks)
    reach_text = (
        f"{format_percent(float(across))} of the width and {format_percent(float(down))} of the height"
    )
    return side, f"reach to {reach_text} of the images, and evenly when swapped"
