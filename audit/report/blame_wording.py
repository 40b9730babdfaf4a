"""The blame for overlapping predictions in words: the verdict and its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from audit.comparison.blame import Blame
from audit.comparison.cause_names import CauseGroup
from audit.comparison.loss_curve import LOSS_CURVE
from audit.comparison.overlap_evidence import Evidence
from audit.comparison.result import Comparison
from audit.comparison.training_labels import TRAINING_LABELS
from audit.comparison.usual_values import USUAL_VALUES
from audit.findings.number_format import format_percent

FEW_PREDICTIONS = 100
"""Predictions below which an answer of "nothing unusual" says little."""
TRAINING_EVIDENCE = (*TRAINING_LABELS, *LOSS_CURVE)
"""What is only known where it was asked for, and so is always shown."""
_GROUP_NAMES: Mapping[str, str] = {
    CauseGroup.LABELS: "the labels",
    CauseGroup.PROPOSALS: "the region proposals and their boxes",
    CauseGroup.TRAINING: "the training",
    CauseGroup.NMS: "non-maximum suppression",
}
_EVIDENCE_TITLES: Mapping[str, str] = {
    "overlapping_pairs": "overlapping pairs, without those of overlapping labels",
    "overlaps_as_labels": "pairs that overlap as their labels do",
    "at_tile_seams": "pairs at straight lines that masks of many images end in",
    "missed_by_nms": "one object twice, and the boxes show it",
    "two_categories": "one object twice, as two categories",
    "hidden_from_boxes": "one object twice, but a spur or a speck makes a box large",
    "boxes_apart": "one object twice, and the boxes disagree",
    "box_fit": "box against its own mask: IoU of the worst tenth",
    "proposal_reach": "labels that a region proposal comes near (box IoU 0.5)",
    "proposal_recall": "labels that a region proposal fits (box IoU 0.7)",
    "whole_and_parts": "a whole and its parts, both predicted",
    "labels_take_whole": "of these the labels take the whole",
    "unites_labels": "one prediction over several labels",
    "divides_labels": "several predictions in one label",
    "concentric_twins": "one object twice, with a tight and a wide outline",
    "spills": "a mask leaks over its neighbour",
    "parts_of_object": "predictions show parts of one object",
    "nothing_there": "two predictions where no label is",
    "cut_by_box": "masks cut straight by their box, beyond the labels' share",
    "straight_sides": "masks with a straight side, beyond the labels' share",
    "mask_size": "masks against their labels: ratio of pixels, median",
    "size_recall": "recall of middling against large objects",
    "label_duplicates": "labels given twice, per 100 labels",
    "label_overlaps": "labels that overlap, per 100 labels",
    "training_duplicates": "training labels given twice, per 100 labels",
    "training_overlaps": "training labels that overlap, per 100 labels",
    "training_conventions": "touching training labels whose form speaks for more or fewer objects",
    "loss_rise": "loss at the end of the training by its lowest",
    "loss_swings": "swings of the loss in the second half, by its level",
    "loss_spikes": "steps whose loss is three times that around them",
    "loss_fall": "part of the loss that went in the last fifth of the training",
    "mask_loss": "mask loss at the end (a coin toss: 0.69)",
    "label_conventions": "touching labels whose form speaks for more or fewer objects",
}


def title_evidence(name: str) -> str:
    """Name a piece of evidence.

    Examples
    --------
    >>> title_evidence("spills")
    'a mask leaks over its neighbour'
    """
    return _EVIDENCE_TITLES[name]


def _format_value(name: str, value: float) -> str:
    """Write a rate or a ratio; a dash where it is not known.

    Examples
    --------
    >>> _format_value("spills", 0.314), _format_value("box_fit", 0.85), _format_value("box_fit", float("nan"))
    ('0.31', '0.85', '-')
    >>> _format_value("box_fit", -0.001)
    '0.00'
    """
    if value != value:
        return "-"
    digits = 1 if USUAL_VALUES[name].per_100 and value >= 10 else 2
    return f"{round(value, digits) + 0.0:.{digits}f}"  # + 0.0: never -0.00


def _format_usual(name: str) -> str:
    """Write the usual range.

    Examples
    --------
    >>> _format_usual("spills"), _format_usual("box_fit"), _format_usual("label_overlaps")
    ('up to 0.5', 'from 0.8', 'up to 5')
    >>> _format_usual("labels_take_whole"), _format_usual("loss_rise")
    ('any', 'up to 1.3')
    """
    usual = USUAL_VALUES[name]
    if usual.low <= 0:
        ends = (float("inf"),) if usual.per_100 else (1, float("inf"))
        return "any" if usual.high in ends else f"up to {usual.high:g}"
    return f"from {usual.low:g}" if usual.high in (1, float("inf")) else f"{usual.low:g} to {usual.high:g}"


EvidenceLine = tuple[str, str, str, str, bool, bool]
"""Title, value, 95 % interval, usual range, whether it is unusual, and whether the answer rests on it."""


def list_evidence(comparison: Comparison) -> Iterator[EvidenceLine]:
    """List the evidence for reading, as far as it could be measured.

    Parameters
    ----------
    comparison : Comparison

    Yields
    ------
    EvidenceLine
    """
    told = {name for blame in comparison.blame for name in blame.evidence} | {"overlapping_pairs"}
    if comparison.proposals is not None:
        told |= {"proposal_reach", "proposal_recall"}
    told.update(TRAINING_EVIDENCE)
    for one in comparison.evidence:
        if one.value == one.value:
            interval = f"{_format_value(one.name, one.low)} to {_format_value(one.name, one.high)}"
            unit = " per 100" if USUAL_VALUES[one.name].per_100 else ""
            value = f"{_format_value(one.name, one.value)}{unit}"
            is_unusual = one.is_high or one.is_low
            yield (
                title_evidence(one.name), value, interval, _format_usual(one.name), is_unusual,
                one.name in told,
            )  # fmt: skip


def summarize_blame(comparison: Comparison) -> str:
    """Say in one or two sentences what is to blame for overlapping predictions.

    Parameters
    ----------
    comparison : Comparison

    Examples
    --------
    >>> from audit.comparison.conventions import unknown_conventions
    >>> from audit.comparison.run import compare_datasets
    >>> from audit.dataset.model import empty_dataset
    >>> summarize_blame(compare_datasets(empty_dataset(), empty_dataset(), unknown_conventions))
    'No two predictions overlap.'
    """
    verdict = " ".join(_describe_blame(comparison.blame))
    pairs = next(one for one in comparison.evidence if one.name == "overlapping_pairs")
    if not verdict and not len(comparison.overlaps):
        return "No two predictions overlap."
    if not verdict and pairs.of < FEW_PREDICTIONS:
        noun = "prediction" if pairs.of == 1 else "predictions"
        verdict = f"Nothing unusual, but {pairs.of} {noun} are too few to tell."
    seams = next(one for one in comparison.evidence if one.name == "at_tile_seams")
    at_seams = f" {seams.value:.1f} more lie at the seams of tiles." if _names_seams(comparison) else ""
    rate = f" {_describe_rate(pairs)}" if pairs.of else ""  # no prediction that counts: no rate
    return f"{verdict or 'Nothing unusual.'}{rate}{at_seams}"


def _names_seams(comparison: Comparison) -> bool:
    return any("at_tile_seams" in blame.evidence for blame in comparison.blame)


def _describe_rate(pairs: Evidence) -> str:
    usual = USUAL_VALUES["overlapping_pairs"].high
    return f"{pairs.value:.1f} overlapping pairs per 100 predictions (healthy models: up to {usual:g})."


def _describe_blame(blames: tuple[Blame, ...]) -> Iterator[str]:
    named = [blame for blame in blames if blame.group != CauseGroup.UNDETERMINED.value]
    if named:
        noun = "cause" if len(named) == 1 else "causes"
        parts = (f"{_GROUP_NAMES[blame.group]} ({format_percent(blame.confidence)} sure)" for blame in named)
        yield f"Probable {noun}: {', '.join(parts)}."
    for blame in blames:
        if blame.group == CauseGroup.UNDETERMINED.value:
            if blame.candidates:
                *others, last = (_GROUP_NAMES[name] for name in blame.candidates)
                yield f"Not distinguishable: {', '.join(others)} or {last}."
            else:
                yield "More predictions overlap than usual, but nothing tells the causes apart."
