"""Which part of the pipeline is to blame for overlapping predictions, from the evidence of all images.

A pair of predictions shows a symptom, and one symptom has several possible causes: a mask that unites two
objects may come from merged labels, from a training that was stopped early, or from regions that hold both.
What tells these apart is how often each symptom occurs beside others, and whom the labels side with. Where
that is not enough, the answer is ``undetermined``, with the groups that it lies between.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from audit.carriers import dataclass
from audit.comparison.cause_names import CauseGroup
from audit.comparison.overlap_evidence import Evidence
from audit.comparison.usual_values import MIN_LABEL_OVERLAPS, MIXED_SIDES, ONE_SIDE, USUAL_VALUES

SURE_FACTOR = 3.0
"""So many times its limit a rate must be for full confidence."""
MAX_CONFIDENCE = 0.95
MAX_BY_ELIMINATION = 0.7
"""Confidence of what is left when all else that was measured is usual: much may not have been measured."""


@dataclass(frozen=True, slots=True)
class Blame:
    """A part of the pipeline that the evidence speaks against."""

    group: str
    """A value of `CauseGroup`."""
    confidence: float
    """0.5 where the interval just passes its limit, up to `MAX_CONFIDENCE`; of ``undetermined``: that
    something is unusual."""
    evidence: tuple[str, ...]
    """Names of the evidence, most telling first."""
    candidates: tuple[str, ...] = ()
    """Of ``undetermined``: the groups that it lies between, most probable first; empty = all."""


def assign_blame(measured: Sequence[Evidence]) -> tuple[Blame, ...]:
    """Say which parts of the pipeline the evidence speaks against.

    Parameters
    ----------
    measured : sequence of Evidence
        As `measure_evidence` gives it.

    Returns
    -------
    tuple of Blame
        Most probable first; empty where nothing is unusual.

    Examples
    --------
    >>> nan = float("nan")
    >>> usual = {name: Evidence(name, nan, nan, nan, 0, 0) for name in USUAL_VALUES}
    >>> lax = usual | {"missed_by_nms": Evidence("missed_by_nms", 15.0, 13.0, 17.0, 600, 4000)}
    >>> [(blame.group, blame.confidence) for blame in assign_blame(list(lax.values()))]
    [('nms', 0.95)]
    >>> assign_blame(list(usual.values()))
    ()
    """
    evidence = {one.name: one for one in measured}
    blames = [*_blame_nms(evidence), *_blame_labels(evidence)]
    blames.extend(_blame_boxes(evidence, blames) or _blame_one_or_several(evidence, blames))
    blames.extend(_blame_twins(evidence, blames))
    blames = _join_groups(blames)
    if not any(blame.group != CauseGroup.NMS.value for blame in blames):
        blames.extend(_blame_masks(evidence, blames))
    if not blames and evidence["overlapping_pairs"].is_high:
        blames.extend(_blame_what_is_left(evidence))
    blames = _hear_loss_curve(evidence, blames)
    return tuple(sorted(blames, key=lambda blame: (-blame.confidence, blame.group)))


Measured = dict[str, Evidence]
_LABELS, _PROPOSALS, _TRAINING = (
    group.value for group in (CauseGroup.LABELS, CauseGroup.PROPOSALS, CauseGroup.TRAINING)
)


def _join_groups(blames: Sequence[Blame]) -> list[Blame]:
    """Make one of several that name the same group."""
    joined: dict[str, Blame] = {}
    for blame in sorted(blames, key=lambda blame: -blame.confidence):
        first = joined.setdefault(blame.group, blame)
        names = tuple(dict.fromkeys((*first.evidence, *blame.evidence)))
        candidates = tuple(dict.fromkeys((*first.candidates, *blame.candidates)))
        joined[blame.group] = replace(first, evidence=names, candidates=candidates)
    return list(joined.values())


_CANDIDATES: Mapping[str, tuple[str, ...]] = {
    "parts_of_object": (_PROPOSALS, _LABELS),
    "nothing_there": (_TRAINING, _LABELS),
    "label_conventions": (_LABELS, _TRAINING),
}
"""Symptoms that several groups may have, where nothing tells these apart."""


def _blame_nms(evidence: Measured) -> list[Blame]:
    """Find duplicates that NMS should have removed, and those that no NMS by boxes sees.

    Where results lack the model's boxes, what NMS saw is not known. Masks that are cut straight then say that
    these boxes were bad, and may have hidden the duplicates.
    """
    names = [name for name in ("at_tile_seams", "missed_by_nms", "two_categories") if evidence[name].is_high]
    if evidence["hidden_from_boxes"].is_high and not evidence["boxes_apart"].is_high:
        names.append("hidden_from_boxes")
    if evidence["missed_by_nms"].is_high and evidence["straight_sides"].is_high:
        doubts = ["straight_sides"]
        return [_undetermined(evidence, [*names, *doubts], (CauseGroup.NMS.value, _PROPOSALS))]
    return [_blame(CauseGroup.NMS.value, evidence, names)] if names else []


def _blame_labels(evidence: Measured) -> list[Blame]:
    """Find what the labels themselves show: given twice, drawn now as one and now as several, overlapping.

    What a model does speaks for or against its labels, but any weak model unites and cuts up objects. So
    labels are convicted only by what an audit of the labels finds in them.
    """
    defects = ("label_duplicates", "training_duplicates", "overlaps_as_labels")
    names = [name for name in defects if evidence[name].is_high]
    symptoms = [
        name
        for name in ("whole_and_parts", "unites_labels", "divides_labels", "overlapping_pairs")
        if evidence[name].is_high
    ]
    # Forms that speak against the labels count for nothing where these take one side throughout.
    keeps_parts = evidence["labels_take_whole"].high < ONE_SIDE
    conventions = ["training_conventions"] if keeps_parts else list(_CONVENTIONS)
    conventions = [name for name in conventions if evidence[name].is_high]
    if symptoms and conventions:
        sides = ["labels_take_whole"] if evidence["labels_take_whole"].low >= MIXED_SIDES else []
        names += [*(name for name in symptoms if name != "overlapping_pairs"), *sides, *conventions]
    if evidence["overlapping_pairs"].is_high:
        names += [name for name in ("label_overlaps", "training_overlaps") if evidence[name].is_high]
    return [_blame(_LABELS, evidence, dict.fromkeys(names))] if names else []


_CONVENTIONS = ("label_conventions", "training_conventions")


def _blame_boxes(evidence: Measured, blames: Sequence[Blame]) -> list[Blame]:
    """Judge boxes that are bad, and regions that do not reach the objects.

    Boxes that are bad although the regions are sound speak against box regression; regions that come nowhere
    near the objects, against anchors. Regions that come near and fit badly are those of a training that is
    not done as well, and so the two are not told apart. What the labels explain alone needs no weak regions.
    """
    recall, reach = evidence["proposal_recall"], evidence["proposal_reach"]
    bad_boxes = ["boxes_apart"] if evidence["boxes_apart"].is_high else []
    bad_regions = [name for name in ("proposal_reach", "proposal_recall") if evidence[name].is_low]
    if not bad_boxes and not bad_regions:
        return []
    fit = ["box_fit"] if evidence["box_fit"].is_low else []
    if bad_boxes and not _is_usual(recall):
        # Beside united or cut up objects a rate above its limit is enough, without its interval.
        divided = [name for name in _DIVIDED if evidence[name].value > USUAL_VALUES[name].high]
        if divided or bad_regions:
            names = [*bad_boxes, *bad_regions, *fit, *divided]
            return [_undetermined(evidence, names, (_TRAINING, _PROPOSALS))]
    if bad_boxes:
        return [_blame(_PROPOSALS, evidence, [*bad_boxes, *fit])]
    is_wild = any(evidence[name].is_high for name in ("nothing_there", "concentric_twins"))
    if reach.is_low and not is_wild:
        return [_blame(_PROPOSALS, evidence, [*bad_regions, *fit])]
    if any(blame.group == _LABELS for blame in blames):
        return []
    return [_undetermined(evidence, [*bad_regions, *fit], (_TRAINING, _PROPOSALS))]


_DIVIDED = ("whole_and_parts", "unites_labels", "parts_of_object")


def _blame_one_or_several(evidence: Measured, blames: Sequence[Blame]) -> list[Blame]:
    """Judge predictions that take one for several or several for one, where no label is at fault.

    Labels that are consistent, those of the training as well, leave the training, and its regions where these
    were not measured. Labels that take now the whole and now the parts stay suspects.
    """
    if any(blame.group == _LABELS for blame in blames):
        return []
    unusual = [
        name for name in ("whole_and_parts", "divides_labels", "unites_labels") if evidence[name].is_high
    ]
    if not unusual:
        return []
    names = [*unusual, "labels_take_whole"]
    regions = [] if _is_usual(evidence["proposal_recall"]) else [_PROPOSALS]
    is_mixed = evidence["labels_take_whole"].low >= MIXED_SIDES
    if _is_usual(evidence["training_conventions"]) and not is_mixed:
        names.append("training_conventions")
        if regions:
            return [_undetermined(evidence, names, (_TRAINING, *regions))]
        blame = _blame(_TRAINING, evidence, [*names, "proposal_recall"])
        return [replace(blame, confidence=min(blame.confidence, MAX_BY_ELIMINATION))]
    candidates = (_LABELS, _TRAINING) if is_mixed else (_TRAINING, _LABELS)
    return [_undetermined(evidence, names, (*candidates, *regions))]


def _is_usual(one: Evidence) -> bool:
    """Say whether the whole interval lies within what is usual."""
    usual = USUAL_VALUES[one.name]
    return one.low >= usual.low and one.high <= usual.high


def _blame_twins(evidence: Measured, blames: Sequence[Blame]) -> list[Blame]:
    """Judge one object predicted with a tight and a wide outline.

    Bad boxes make twins too, and NMS that lets duplicates pass lets these pass.
    """
    others = ("boxes_apart", "missed_by_nms")
    if not evidence["concentric_twins"].is_high or any(evidence[name].is_high for name in others):
        return []
    overlaps = [evidence[name] for name in ("label_overlaps", "training_overlaps")]
    names = [one.name for one in overlaps if one.low >= MIN_LABEL_OVERLAPS]
    if names:
        return [_blame(_LABELS, evidence, ["concentric_twins", *names])]
    if any(blame.group == CauseGroup.UNDETERMINED.value for blame in blames):
        return []
    candidates = (_LABELS, _TRAINING) if math.isnan(overlaps[1].value) else (_TRAINING, _PROPOSALS)
    return [_undetermined(evidence, ["concentric_twins"], candidates)]


def _blame_masks(evidence: Measured, blames: Sequence[Blame]) -> list[Blame]:
    """Judge masks that leak, fill their boxes or are too large: signs of the mask head, but weak ones.

    They come with few overlaps. Where many predictions overlap, something else is at work.
    """
    names = [
        name for name in ("cut_by_box", "straight_sides", "mask_size", "spills") if evidence[name].is_high
    ]
    if not names:
        return []
    if evidence["overlapping_pairs"].is_high and not blames:
        return [_undetermined(evidence, ["overlapping_pairs", *names], (_PROPOSALS, _TRAINING))]
    return [_blame(_TRAINING, evidence, names)]


def _blame_what_is_left(evidence: Measured) -> list[Blame]:
    """Suspect anchors where objects are missed by their size; else what the commonest symptoms come from."""
    if evidence["size_recall"].is_low:
        names = ["size_recall", "overlapping_pairs"]
        return [_undetermined(evidence, names, (_PROPOSALS, _TRAINING))]
    names = [name for name in _CANDIDATES if evidence[name].is_high]
    names.sort(key=lambda name: -_excess(evidence[name]))
    candidates = tuple(dict.fromkeys(group for name in names for group in _CANDIDATES[name]))
    return [_undetermined(evidence, ["overlapping_pairs", *names], candidates)]


def _hear_loss_curve(evidence: Measured, blames: Sequence[Blame]) -> list[Blame]:
    """Let the loss curve decide where the training is one of several possible causes.

    An unstable training, or one that left the mask head knowing nothing, explains bad boxes, too. A loss that
    fell to the end puts the training first and no more: where the learning rate drops late, that of a good
    training does. A good curve acquits nobody.
    """
    if math.isnan(evidence["loss_rise"].value):
        return list(blames)
    unstable = [name for name in _UNSTABLE if evidence[name].is_high]
    signs = [*unstable, *(["mask_loss"] if evidence["mask_loss"].is_high else [])]
    is_falling = evidence["loss_fall"].is_high
    heard: list[Blame] = []
    for blame in blames:
        is_open = blame.group == CauseGroup.UNDETERMINED.value
        may_be_training = is_open and (not blame.candidates or _TRAINING in blame.candidates)
        if signs and (blame.group in (_TRAINING, _PROPOSALS) or may_be_training):
            heard.append(_blame(_TRAINING, evidence, dict.fromkeys((*blame.evidence, *signs))))
        elif may_be_training and blame.candidates:
            rest = tuple(group for group in blame.candidates if group != _TRAINING)
            names = (*blame.evidence, "loss_fall") if is_falling else blame.evidence
            candidates = (_TRAINING, *rest) if is_falling else (*rest, _TRAINING)
            heard.append(replace(blame, candidates=candidates, evidence=names))
        else:
            heard.append(blame)
    return _join_groups(heard)


_UNSTABLE = ("loss_rise", "loss_swings", "loss_spikes")


def _blame(group: str, evidence: Measured, names: Iterable[str]) -> Blame:
    names = tuple(names)
    return Blame(group, _confidence(evidence, names), names)


def _undetermined(evidence: Measured, names: Iterable[str], candidates: tuple[str, ...]) -> Blame:
    names = tuple(names)
    return Blame(CauseGroup.UNDETERMINED.value, _confidence(evidence, names), names, candidates)


def _confidence(evidence: Measured, names: Iterable[str]) -> float:
    """Say how far the strongest piece of evidence lies beyond its limit."""
    strongest = max(_excess(evidence[name]) for name in names)
    return round(min(0.5 + 0.5 * strongest, MAX_CONFIDENCE), 2)


def _excess(one: Evidence) -> float:
    """Return 0 where the interval just reaches its limit, 1 where it is `SURE_FACTOR` times as far."""
    usual = USUAL_VALUES[one.name]
    if one.is_high and usual.high > 0:
        ratio = one.low / usual.high
    elif one.is_low and one.high > 0:
        ratio = usual.low / one.high
    else:
        return 1.0 if one.is_low else 0.0
    return min(math.log(ratio) / math.log(SURE_FACTOR), 1.0)
