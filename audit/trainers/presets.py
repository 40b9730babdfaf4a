"""The trainers that can be simulated: their numbers, and where each of them is published.

Numbers are those of the trainers' own source, in the file that each `Fact` names. Augmentation is left out:
what is simulated is a picture that is shown whole, as in validation and in the last epochs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from audit.carriers import dataclass


class TargetKind(StrEnum):
    """How a mask becomes a target."""

    STRIDE_GRID = "stride_grid"
    """Cells of a coarse grid over the whole picture."""
    BOX_POLYGON = "box_polygon"
    """Cells of the label's box; polygons are drawn in the box's frame, other masks averaged."""
    BOX_AVERAGE = "box_average"
    """Cells of the label's box, averaged, then 0 or 1."""
    BOX_SHARE = "box_share"
    """Cells of the label's box, averaged; shares stay."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a trainer does, and where that stands."""

    does: str
    source: str


@dataclass(frozen=True, slots=True)
class Trainer:
    """What a trainer does to labels."""

    name: str
    title: str
    target: TargetKind
    image_size: int
    """Pixels: the side of the square input, or the short side that pictures are resized to."""
    largest_size: int
    """Pixels: the long side at most; 0 where the input is square."""
    mask_stride: int = 0
    """Pixels of the input a cell is wide; 0 where cells divide a box."""
    mask_cells: int = 0
    """Cells a side of a box."""
    smallest_image: int = 0
    """Pixels: pictures with a shorter side are left out."""
    smallest_box: float = 0.0
    """Pixels: boxes with a shorter side are left out."""
    drops_repeated_boxes: bool = False
    """Whether labels of one picture with the same category and box count once."""
    facts: tuple[Fact, ...] = ()


_YOLO = Trainer(
    name="yolo-seg",
    title="Ultralytics YOLO, segment",
    target=TargetKind.STRIDE_GRID,
    image_size=640,
    largest_size=0,
    mask_stride=4,
    drops_repeated_boxes=True,
    facts=(
        Fact("imgsz 640, mask_ratio 4, overlap_mask true", "ultralytics/cfg/default.yaml"),
        Fact(
            "crowds, boxes without area, and a category and box that are in the picture already are skipped",
            "ultralytics/data/converter.py, convert_coco",
        ),
        Fact(
            "the parts of a label are joined at their nearest vertices into one polygon",
            "ultralytics/data/converter.py, merge_multi_segment",
        ),
        Fact(
            "the picture is resized by its long side and padded to a square",
            "ultralytics/data/augment.py, LetterBox",
        ),
        Fact(
            "polygons are resampled to 1000 points, or to one more than the longest has",
            "ultralytics/data/dataset.py, YOLODataset.update_labels_info",
        ),
        Fact(
            "coordinates are cut to whole pixels, filled with their rim by cv2.fillPoly, and reduced",
            "ultralytics/data/utils.py, polygon2mask",
        ),
        Fact(
            "all labels share one map of indices, sorted by area: the smaller one keeps a shared cell; "
            "8 bits hold 255 labels, 32 bits are taken beyond",
            "ultralytics/data/utils.py, polygons2masks_overlap",
        ),
        Fact(
            "masks are enlarged by bilinear interpolation and cut at the box",
            "ultralytics/utils/ops.py, process_mask_native",
        ),
    ),
)
_DETECTRON2 = Trainer(
    name="detectron2",
    title="Detectron2, Mask R-CNN",
    target=TargetKind.BOX_POLYGON,
    image_size=800,
    largest_size=1333,
    mask_cells=28,
    facts=(
        Fact(
            "short side 800, long side at most 1333, mask format polygon, mask pooler 14 (doubled to 28)",
            "detectron2/config/defaults.py",
        ),
        Fact("crowds are dropped", "detectron2/data/dataset_mapper.py"),
        Fact("pictures with crowds alone are left out", "detectron2/data/build.py"),
        Fact("labels without a polygon of three points are left out", "detectron2/data/datasets/coco.py"),
        Fact(
            "labels whose clipped box or mask is empty are dropped",
            "detectron2/data/detection_utils.py, filter_empty_instances",
        ),
        Fact(
            "polygons are drawn on 28 x 28 cells of the box; bitmaps go through RoIAlign, from .5 on",
            "detectron2/structures/masks.py",
        ),
        Fact(
            "masks are pasted by bilinear interpolation, from .5 on",
            "detectron2/layers/mask_ops.py, paste_masks_in_image",
        ),
    ),
)
_TORCHVISION = Trainer(
    name="torchvision",
    title="torchvision references, Mask R-CNN",
    target=TargetKind.BOX_SHARE,
    image_size=800,
    largest_size=1333,
    mask_cells=28,
    facts=(
        Fact(
            "crowds and boxes without area are dropped",
            "references/detection/coco_utils.py, ConvertCocoPolysToMask",
        ),
        Fact(
            "pictures all of whose boxes have a side of at most 1 px are left out",
            "references/detection/coco_utils.py, _coco_remove_images_without_annotations",
        ),
        Fact(
            "short side 800, long side at most 1333; mask pooler 14, doubled to 28",
            "torchvision/models/detection/mask_rcnn.py",
        ),
        Fact(
            "masks go through RoIAlign; the shares are the target",
            "torchvision/models/detection/roi_heads.py, project_masks_on_boxes",
        ),
        Fact(
            "masks are pasted by bilinear interpolation, above .5",
            "torchvision/models/detection/roi_heads.py, paste_mask_in_image",
        ),
    ),
)
_MMDET = Trainer(
    name="mmdet",
    title="MMDetection, Mask R-CNN",
    target=TargetKind.BOX_AVERAGE,
    image_size=800,
    largest_size=1333,
    mask_cells=28,
    smallest_image=32,
    smallest_box=1.0,
    facts=(
        Fact(
            "scale (1333, 800); pictures with a side below 32 px are left out",
            "configs/_base_/datasets/coco_instance.py, filter_cfg",
        ),
        Fact(
            "boxes outside the picture, with a side below 1 px or no area are skipped; crowds are ignored",
            "mmdet/datasets/coco.py, parse_data_info",
        ),
        Fact("mask_size 28", "configs/_base_/models/mask-rcnn_r50_fpn.py"),
        Fact(
            "masks go through RoIAlign, from .5 on",
            "mmdet/structures/mask/structures.py, BitmapMasks.crop_and_resize",
        ),
        Fact(
            "masks are pasted by bilinear interpolation, from .5 on",
            "mmdet/models/roi_heads/mask_heads/fcn_mask_head.py",
        ),
    ),
)
TRAINERS: Mapping[str, Trainer] = {
    trainer.name: trainer for trainer in (_YOLO, _DETECTRON2, _TORCHVISION, _MMDET)
}
"""By name."""


def choose_trainer(name: str, *, image_size: int | None = None, mask_stride: int | None = None) -> Trainer:
    """Return a trainer, with other settings than its own where these are wanted.

    Parameters
    ----------
    name : str
        One of `TRAINERS`.
    image_size : int, optional
        Pixels; ``imgsz`` of YOLO, the short side of Mask R-CNN.
    mask_stride : int, optional
        ``mask_ratio`` of YOLO; the others have none.

    Raises
    ------
    ValueError
        If there is no such trainer, or a setting that it does not have or cannot take.

    Examples
    --------
    >>> choose_trainer("yolo-seg", image_size=1280).image_size
    1280
    >>> choose_trainer("mmdet", mask_stride=2)
    Traceback (most recent call last):
    ValueError: mmdet divides boxes into 28 x 28 cells: it has no mask stride
    """
    if name not in TRAINERS:
        raise ValueError(f"no trainer '{name}': there are {', '.join(TRAINERS)}")
    trainer = TRAINERS[name]
    if image_size is not None:
        if not 32 <= image_size <= 8192:
            raise ValueError(f"an image size of {image_size} px: 32 to 8192 are possible")
        largest = trainer.largest_size * image_size // trainer.image_size
        trainer = replace(trainer, image_size=image_size, largest_size=largest)
    if mask_stride is not None:
        if not trainer.mask_stride:
            cells = trainer.mask_cells
            raise ValueError(f"{name} divides boxes into {cells} x {cells} cells: it has no mask stride")
        if not 1 <= mask_stride <= 32:
            raise ValueError(f"a mask stride of {mask_stride}: 1 to 32 are possible")
        trainer = replace(trainer, mask_stride=mask_stride)
    return trainer
