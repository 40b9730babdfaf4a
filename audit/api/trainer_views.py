"""What a trainer makes of labels, for Python programs and notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.loaders.memory import GroundTruth, collect_labels

if TYPE_CHECKING:
    from audit.trainers.trainer_view import TrainerView


def trainer_view(
    ground_truth: GroundTruth,
    trainer: str = "yolo-seg",
    *,
    image_size: int | None = None,
    mask_stride: int | None = None,
    salvage: bool = False,
    input_format: str | None = None,
) -> TrainerView:
    """Put labels through what a trainer does before its loss, and say which vanish or change.

    Parameters
    ----------
    ground_truth : path, mapping, COCO object, or a sequence of these
        COCO JSON files, folders of label images, COCO dictionaries, `pycocotools.coco.COCO`.
    trainer : {"yolo-seg", "detectron2", "torchvision", "mmdet"}
        Whose published preprocessing is simulated.
    image_size : int, optional
        Pixels, other than the trainer's own: ``imgsz`` of YOLO, the short side of Mask R-CNN.
    mask_stride : int, optional
        ``mask_ratio`` of YOLO, other than 4.
    salvage : bool
        Take what a damaged file still holds.
    input_format : str, optional
        Format of the labels (``yolo``, ``cvat`` ...), where their content does not tell it rightly.

    Returns
    -------
    TrainerView
        Tables of labels, categories and images, and the recall and AP that the targets allow.

    Raises
    ------
    ValueError
        If there is no such trainer, or it cannot be set so.
    UnreadableError
        If there is no dataset to read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> file = Path(tempfile.mkdtemp()) / "none.json"
    >>> _ = file.write_text('{"images": [], "annotations": [], "categories": []}')
    >>> trainer_view(file, "mmdet").counts()["lost"]
    0
    """
    from audit.geometry.native_runs import thread_count
    from audit.loaders.read import read_dataset
    from audit.trainers.presets import choose_trainer
    from audit.trainers.trainer_view import view_as_trainer

    settings = choose_trainer(trainer, image_size=image_size, mask_stride=mask_stride)
    dataset = read_dataset(collect_labels(ground_truth), salvage=salvage, input_format=input_format).dataset
    return view_as_trainer(dataset, settings, threads=thread_count())
