"""What a trainer makes of the labels, in words: the same in the terminal and on the page."""

from __future__ import annotations

import math
from collections.abc import Iterator

from audit.findings.number_format import format_count, format_percent
from audit.trainers.presets import TargetKind, Trainer
from audit.trainers.trainer_view import Outcome, TrainerView

MEANINGS = {
    Outcome.SEEN: "its target, drawn back, is the same object (IoU .5 or more)",
    Outcome.CHANGED: "its target, drawn back, has an IoU below .5 with it",
    Outcome.HIDDEN: "smaller labels take all its cells",
    Outcome.LOST: "no cell of its target is set",
    Outcome.LEFT_OUT: "the trainer drops the record",
}


def name_outcome(outcome: Outcome) -> str:
    """Write an outcome as words.

    Examples
    --------
    >>> name_outcome(Outcome.LEFT_OUT)
    'left out'
    """
    return outcome.value.replace("_", " ")


def format_ceiling(value: float) -> str:
    """Write a recall or AP with three digits; a dash where there are no labels.

    Examples
    --------
    >>> format_ceiling(0.6469), format_ceiling(float("nan"))
    ('0.647', '-')
    """
    return "-" if math.isnan(value) else f"{value:.3f}"


def describe_settings(trainer: Trainer) -> str:
    """Say in one line how a trainer is set.

    Examples
    --------
    >>> from audit.trainers.presets import TRAINERS
    >>> describe_settings(TRAINERS["yolo-seg"])
    'Ultralytics YOLO, segment: pictures of 640 x 640 px, one mask cell for 4 x 4 px'
    """
    if trainer.target is TargetKind.STRIDE_GRID:
        side, stride = trainer.image_size, trainer.mask_stride
        return f"{trainer.title}: pictures of {side} x {side} px, one mask cell for {stride} x {stride} px"
    cells = trainer.mask_cells
    return (
        f"{trainer.title}: short side {trainer.image_size} px, long side at most {trainer.largest_size} px, "
        f"{cells} x {cells} mask cells in each box"
    )


def headline(view: TrainerView) -> str:
    """Say in one sentence what is lost.

    Parameters
    ----------
    view : TrainerView

    Examples
    --------
    >>> from audit.testing import dataset
    >>> from audit.trainers.presets import TRAINERS
    >>> from audit.trainers.trainer_view import view_as_trainer
    >>> headline(view_as_trainer(dataset(), TRAINERS["yolo-seg"]))
    'yolo-seg sees no label: there is none.'
    """
    name, n_labels, counts = view.trainer.name, len(view.objects), view.counts()
    if not n_labels:
        why = "all annotations are crowd regions" if view.crowds else "there is none"
        return f"{name} sees no label: {why}."
    unseen = n_labels - counts[Outcome.SEEN.value]
    return (
        f"{name} does not see {unseen:,} of {n_labels:,} labels ({format_percent(unseen / n_labels, 1)}) "
        f"as they are drawn; its mask targets allow a recall of {format_ceiling(view.recall_ceiling)} "
        f"and an AP of {format_ceiling(view.ap_ceiling)} at most (IoU .5 to .95)."
    )


def describe_notes(view: TrainerView) -> Iterator[str]:
    r"""Say what the table of outcomes does not.

    Parameters
    ----------
    view : TrainerView

    Yields
    ------
    str
        Sentences.

    Examples
    --------
    >>> from audit.testing import dataset, scene
    >>> from audit.trainers.presets import TRAINERS
    >>> from audit.trainers.trainer_view import view_as_trainer
    >>> crowd = dataset(scene("aa" + "." * 62 + ("\n" + "." * 64) * 63, crowd="a"))
    >>> list(describe_notes(view_as_trainer(crowd, TRAINERS["mmdet"])))
    ['1 annotation is a crowd region: no object to this trainer, and not counted above.']
    """
    for reason, number in view.reasons().items():
        yield f"Left out: {number:,} for {reason}."
    if view.joined:
        are = "is" if view.joined == 1 else "are"
        yield (
            f"{format_count(view.joined, 'label')} of several polygons {are} joined to one by lines, "
            "which become pixels."
        )
    if view.pixel_labels:
        have, they_are = ("has", "it is") if view.pixel_labels == 1 else ("have", "they are")
        yield (
            f"{format_count(view.pixel_labels, 'label')} {have} no polygon, which this trainer's "
            f"reader wants; here {they_are} taken pixel by pixel."
        )
    if view.crowds == 1:
        yield "1 annotation is a crowd region: no object to this trainer, and not counted above."
    elif view.crowds:
        yield (
            f"{view.crowds:,} annotations are crowd regions: "
            "no objects to this trainer, and not counted above."
        )
