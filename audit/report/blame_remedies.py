"""What helps against overlapping predictions, by what was measured, and what would tell causes apart."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from audit.comparison.blame import Blame
from audit.comparison.cause_names import CauseGroup
from audit.comparison.recommended_nms import AP_SLACK
from audit.comparison.result import Comparison
from audit.comparison.whatif import Outcome
from audit.findings.number_format import format_count

NO_NMS_IOU = 0.97
"""Box IoU of two results of one category from which on no NMS was in force: nobody sets a threshold so
high."""

_CONVENTION = (
    "Touching objects are labelled now as one, now as several: agree on one convention, correct what "
    "touching.* names (highest merge_score and split_score first), and train again."
)
_BAD_BOXES = (
    "Boxes do not fit their objects, so NMS cannot tell duplicates: look at how box regression is trained "
    "and how regions are scaled."
)
_MASK_HEAD = (
    "Masks leak over neighbours or are cut straight by their box: train the mask head longer or at a higher "
    "resolution, and look at the threshold that makes masks of scores (0.5 is usual)."
)
_TOO_SHORT = (
    "Predictions unite objects that the labels keep apart, as after a training that was stopped early: "
    "train longer."
)
_UNSTABLE = (
    "The loss is not stable: lower the learning rate, warm it up, clip gradients, and take the checkpoint "
    "of the lowest validation loss."
)
_TRAINING_LABELS = (
    "The labels of the training do not follow one convention: correct what maskaudit scan names in them "
    "(touching.*, overlap.*), and train again."
)
_REMEDIES: Mapping[str, Mapping[str, str]] = {
    CauseGroup.LABELS: {
        "label_duplicates": "Delete the labels that overlap.duplicate names.",
        "overlaps_as_labels": (
            "The labels overlap there, and the predictions as much: look at what overlap.* names. Where one "
            "object really lies in front of the other there is nothing to correct."
        ),
        "concentric_twins": (
            "Labels of touching objects overlap, so the model learned a tight and a wide outline: correct "
            "what overlap.* names, or give each pixel to one object, and train again."
        ),
        "training_duplicates": _TRAINING_LABELS,
        "training_overlaps": _TRAINING_LABELS,
        "training_conventions": _TRAINING_LABELS,
        "whole_and_parts": _CONVENTION,
        "divides_labels": _CONVENTION,
        "unites_labels": _CONVENTION,
        "label_conventions": _CONVENTION,
        "label_overlaps": (
            "Labels of one category overlap: correct what overlap.* names, or give each pixel to one object, "
            "and train again."
        ),
    },
    CauseGroup.PROPOSALS: {
        "proposal_reach": (
            "The regions miss objects: look at the sizes of the anchors and at how many proposals are kept."
        ),
        "boxes_apart": _BAD_BOXES,
    },
    CauseGroup.TRAINING: {
        "mask_size": (
            "Masks are larger than the labels: look at the threshold that makes masks of scores (0.5 is "
            "usual)."
        ),
        "cut_by_box": _MASK_HEAD,
        "straight_sides": _MASK_HEAD,
        "spills": _MASK_HEAD,
        "whole_and_parts": _TOO_SHORT,
        "unites_labels": _TOO_SHORT,
        "loss_rise": _UNSTABLE,
        "loss_swings": _UNSTABLE,
        "loss_spikes": _UNSTABLE,
        "loss_fall": "The loss was still falling when the training ended: train longer.",
        "mask_loss": (
            "The mask head has not learned yet: train it longer, and look at the weight of its loss."
        ),
    },
    CauseGroup.NMS: {
        "at_tile_seams": (
            "Masks of many images end in the same straight lines: the images were predicted in tiles. Merge "
            'what two tiles show of one object (audit.nms with method="merge", or keep the one that no '
            "tile cut off); a lower threshold of NMS would drop one of two halves."
        ),
        "hidden_from_boxes": (
            "A spur or a far speck makes the box of one of two duplicates large, so no NMS by boxes sees "
            "them: compare masks instead (mask IoU, or the share of the smaller mask), or keep the largest "
            "part of each mask first."
        ),
    },
}
"""By group and piece of evidence."""
_GENERAL: Mapping[str, str] = {
    CauseGroup.LABELS: _CONVENTION,
    CauseGroup.PROPOSALS: _BAD_BOXES,
    CauseGroup.TRAINING: _MASK_HEAD,
    CauseGroup.NMS: "Lower the threshold of NMS: it leaves what it removes at 0.5.",
}
"""Where no piece of evidence has advice of its own."""
_OPEN_QUESTIONS: Mapping[tuple[str, ...], str] = {
    ("training", "labels"): (
        "Predictions unite objects that these labels keep apart. Either the training was too short or too "
        "fast, or it saw labels that others drew."
    ),
    ("labels", "proposals"): "The loss curve shows no fault.",
    ("training", "proposals"): (
        "Boxes are bad and objects are united: either the training went wrong as a whole (learning rate), "
        "or its regions did."
    ),
    ("proposals", "training"): (
        "The regions do not fit the objects: either the training was too short or had too few pictures, or "
        "the anchors do not suit the objects' sizes."
    ),
}
"""What two possible causes mean, by the candidates for the blame; else there are the pictures."""
_NO_LABELS_THERE = (
    "Predictions overlap where no label is. Either objects there have no label (prediction.missing_label "
    "names those that the model is sure of), or the model sees what is not there, as after a training that "
    "was too short."
)
_LOOK = "Look at the pictures of every symptom below."
_UNKNOWN_BOXES = (
    "NMS at 0.5 by the masks' boxes would have removed these, but masks with straight sides say that the "
    "model's own boxes were others: write these (bbox) into the results."
)


def list_remedies(comparison: Comparison) -> Iterator[str]:
    """Say what helps against each cause, or what would tell causes apart.

    Parameters
    ----------
    comparison : Comparison

    Yields
    ------
    str

    Examples
    --------
    >>> from audit.comparison.conventions import unknown_conventions
    >>> from audit.comparison.run import compare_datasets
    >>> from audit.dataset.model import empty_dataset
    >>> list(list_remedies(compare_datasets(empty_dataset(), empty_dataset(), unknown_conventions)))
    []
    """
    for blame in comparison.blame:
        if blame.group != CauseGroup.UNDETERMINED.value:
            yield from dict.fromkeys(_advise(blame, comparison))
        elif "missed_by_nms" in blame.evidence:
            yield _UNKNOWN_BOXES
        else:
            yield " ".join(
                part for part in (_explain_question(blame), _name_missing(blame, comparison)) if part
            )


def _explain_question(blame: Blame) -> str:
    """Say what it means that the blame is open between these candidates."""
    united = {"whole_and_parts", "unites_labels", "divides_labels"}
    if "nothing_there" in blame.evidence and not united & set(blame.evidence):
        return _NO_LABELS_THERE
    if "proposal_recall" in blame.evidence and "boxes_apart" not in blame.evidence:
        return _OPEN_QUESTIONS["proposals", "training"]
    return _OPEN_QUESTIONS.get(blame.candidates, _OPEN_QUESTIONS.get(blame.candidates[:2], _LOOK))


def _name_missing(blame: Blame, comparison: Comparison) -> str:
    """Name the inputs that would tell the candidates apart, as far as they were not given."""
    values = {evidence.name: evidence.value for evidence in comparison.evidence}
    inputs = (
        (CauseGroup.LABELS, "the labels of the training (--training-labels)", "training_conventions"),
        (CauseGroup.TRAINING, "the loss curve (--training-log)", "loss_rise"),
        (CauseGroup.PROPOSALS, "region proposals (--proposals)", "proposal_recall"),
    )
    missing = [
        what
        for group, what, name in inputs
        if group.value in blame.candidates and math.isnan(values.get(name, math.nan))
    ]
    if not missing:
        return ""
    listed = ", ".join(missing[:-1]) + " and " + missing[-1] if len(missing) > 1 else missing[0]
    return f"What would tell: {listed}."


def _advise(blame: Blame, comparison: Comparison) -> Iterator[str]:
    """Say what helps against each piece of evidence, as far as the what-ifs bear it out."""
    remedies, n_advised = _REMEDIES[blame.group], 0
    for name in blame.evidence:
        if name == "at_tile_seams":
            yield remedies[name] + _describe_merging(comparison)
        elif name in remedies:
            yield remedies[name]
        elif name == "missed_by_nms":
            yield _advise_threshold(comparison)
        elif name == "two_categories":
            yield _advise_categories(comparison)
        else:
            continue
        n_advised += 1
    if not n_advised:
        yield _GENERAL[blame.group]


def _describe_merging(comparison: Comparison) -> str:
    """Say what the most thorough merging would do; empty where it was not tried, or costs precision."""
    tried = [outcome for outcome in comparison.what_ifs if outcome.family == "merge"]
    now = next((outcome for outcome in comparison.what_ifs if outcome.method == "as_is"), None)
    if not tried or now is None:
        return ""
    best = min(tried, key=lambda outcome: (outcome.overlapping_pairs, -outcome.ap))
    if best.ap < now.ap - AP_SLACK:
        return ""
    overlap = "IoU of the masks" if best.method == "mask" else "share of the smaller mask"
    return f" Merging where the {overlap} is over {best.parameter:g} {_describe_outcome(best, now)}."


def _advise_threshold(comparison: Comparison) -> str:
    """Advise a lower threshold, but not where none was in force, nor where it costs precision."""
    nms, tried = comparison.nms, _find_outcome(comparison, "box", True)
    if not nms.is_given and nms.threshold >= NO_NMS_IOU:
        return (
            "Nothing suppressed duplicates: two results of one category have a box IoU of "
            f"{nms.threshold:.2f}, so there is no threshold to lower. If the model works without NMS by "
            "design (DETR, Mask2Former), its duplicates are a matter of training; else run NMS once on the "
            "results."
        )
    if tried is None:
        return _GENERAL[CauseGroup.NMS]
    now = comparison.what_ifs[0]
    if tried.ap < now.ap - AP_SLACK:
        return (
            f"NMS at 0.5 would remove the duplicates, but cost precision here (AP {tried.ap:.3f}, now "
            f"{now.ap:.3f}): take the setting that is recommended below."
        )
    return f"Lower the threshold of NMS: at 0.5 it {_describe_outcome(tried, now)}."


def _advise_categories(comparison: Comparison) -> str:
    """Advise about one object in two categories; NMS over all of them only where it costs no precision."""
    text = "One object is kept as two categories: look whether the labels tell the two categories apart."
    tried = _find_outcome(comparison, "mask", False)
    if tried is None:
        return f"{text} Keep the better score of such a pair where they do not."
    now = comparison.what_ifs[0]
    if tried.ap < now.ap - AP_SLACK:
        return (
            f"{text} NMS over all categories would cost precision (AP {tried.ap:.3f}, now {now.ap:.3f}): it "
            "is no remedy here."
        )
    return f"{text} NMS over all categories (mask IoU 0.5) {_describe_outcome(tried, now)}."


def _describe_outcome(tried: Outcome, now: Outcome) -> str:
    return (
        f"leaves {tried.overlapping_pairs:,} of {format_count(now.overlapping_pairs, 'overlapping pair')} "
        f"(AP {tried.ap:.3f}, now {now.ap:.3f}; F1 {tried.f1:.3f}, now {now.f1:.3f})"
    )


def _find_outcome(comparison: Comparison, method: str, per_class: bool) -> Outcome | None:
    """Return what NMS at 0.5 would do; None where it was not tried."""
    setting = ("nms", method, per_class, 0.5)
    for outcome in comparison.what_ifs:
        if (outcome.family, outcome.method, outcome.per_class, outcome.parameter) == setting:
            return outcome
    return None
