"""What a comparison may be asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """What counts as an overlapping pair, how its cause is decided, and what is worked out.

    The first three set what is asked about; none of them decides between causes.
    """

    score_floor: float = 0.3
    """Least score of a prediction that is looked at."""
    min_iou: float = 0.15
    """Least mask IoU of a pair, or ..."""
    min_ios: float = 0.3
    """... least share of the smaller mask."""
    label_overlap_ratio: float = 0.25
    """Labels overlap about as much where their share of the smaller is this part of the predictions' or more.
    A model that has learned from overlapping labels overlaps more than these, as its masks are smoother."""
    duplicate_iou: float = 0.5
    """Mask IoU from which on two predictions of one label are the same thing twice, as in COCO's matching."""
    box_mask_ratio: float = 0.6
    """Boxes tell far less than masks where their IoU is below this part of the masks'."""
    nms_threshold: float | None = None
    """Box IoU that the model's NMS allowed; None = estimated from the results."""
    max_detections: int | None = None
    """Predictions of one image that are compared, the best; None = all, but fewer where so many lie on each
    other that they make too many pairs (`audit.comparison.detection_limit`)."""
    max_label_loss: float = 0.01
    """Share of the labels that a safe NMS threshold may lose at most."""
    what_ifs: bool = True
    """Whether other settings of NMS and other masks are tried."""
