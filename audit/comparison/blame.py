"""Which part of the pipeline is to blame for overlapping predictions, from the evidence of all images.

A pair of predictions shows a symptom, and one symptom has several possible causes: a mask that unites two
objects may come from merged labels, from a training that was stopped early, or from regions that hold both.
What tells these apart is how often each symptom occurs beside others, and whom the labels side with. Where
that is not enough, the answer is ``undetermined``, with the groups that it lies between.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from audit.comparison.causes import CauseGroup
from audit.comparison.overlap_evidence import Evidence
from audit.comparison.usual_values import MIN_LABEL_OVERLAPS, MIXED_SIDES, ONE_SIDE, USUAL_VALUES

SURE_FACTOR = 3.0
"""So many times its limit a rate must be for full confidence."""
MAX_CONFIDENCE = 0.95


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
    blames = [
        *_blame_nms(evidence),
        *_blame_label_defects(evidence),
        *_blame_one_or_several(evidence),
        *_blame_twins(evidence),
    ]
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


def _blame_label_defects(evidence: Measured) -> list[Blame]:
    """Find labels that are given twice, and predictions that overlap where their labels do."""
    signs = ("label_duplicates", "training_duplicates", "overlaps_as_labels")
    names = [name for name in signs if evidence[name].is_high]
    return [_blame(_LABELS, evidence, names)] if names else []


def _blame_one_or_several(evidence: Measured) -> list[Blame]:
    """Judge predictions that take one for several or several for one, and boxes that are bad.

    Bad boxes alone speak against regions and box regression. With united or cut up objects besides, a
    training that went wrong explains both, and so the two are not told apart; there a rate above its limit
    is enough, without its interval.
    """
    bad_boxes = ["boxes_apart"] if evidence["boxes_apart"].is_high else []
    bad_boxes += [name for name in ("proposal_recall", "box_fit") if evidence[name].is_low]
    if evidence["boxes_apart"].is_high or evidence["proposal_recall"].is_low:
        divided = [name for name in ("whole_and_parts", "unites_labels") if evidence[name].is_high]
        if evidence["boxes_apart"].is_high:
            signs = ("whole_and_parts", "unites_labels", "parts_of_object")
            divided = [name for name in signs if evidence[name].value > USUAL_VALUES[name].high]
        if divided:
            return [_undetermined(evidence, [*bad_boxes, *divided], (_TRAINING, _PROPOSALS))]
        return [_blame(_PROPOSALS, evidence, bad_boxes)]
    names = ("whole_and_parts", "divides_labels", "unites_labels")
    unusual = [name for name in names if evidence[name].is_high]
    if not unusual:
        return []
    sides = evidence["labels_take_whole"]
    keeps_parts = sides.high < ONE_SIDE
    label_names = ["labels_take_whole"] if sides.low >= MIXED_SIDES else []
    # Forms that speak against the labels count for nothing where these take one side throughout.
    label_names += [
        name
        for name, is_denied in (
            ("divides_labels", False),
            ("label_conventions", keeps_parts),
            ("training_conventions", False),
        )
        if evidence[name].is_high and not is_denied
    ]
    if label_names:
        return [_blame(_LABELS, evidence, dict.fromkeys([*unusual, *label_names]))]
    if keeps_parts and _is_usual(evidence["training_conventions"]):
        # The labels of the training are consistent, too: what is left are the training and its regions.
        rests_on = [*unusual, "labels_take_whole", "training_conventions"]
        if _is_usual(evidence["proposal_recall"]):
            return [_blame(_TRAINING, evidence, [*rests_on, "proposal_recall"])]
        return [_undetermined(evidence, rests_on, (_TRAINING, _PROPOSALS))]
    # Consistent labels acquit themselves, but not those of the training, which others may have drawn.
    candidates = [_TRAINING, _LABELS] if keeps_parts else [_LABELS, _TRAINING]
    if not _is_usual(evidence["proposal_recall"]):
        candidates.append(_PROPOSALS)
    return [_undetermined(evidence, [*unusual, "labels_take_whole"], tuple(candidates))]


def _is_usual(one: Evidence) -> bool:
    """Say whether the whole interval lies within what is usual."""
    usual = USUAL_VALUES[one.name]
    return one.low >= usual.low and one.high <= usual.high


def _blame_twins(evidence: Measured) -> list[Blame]:
    """Judge one object predicted with a tight and a wide outline; bad boxes make twins too."""
    if not evidence["concentric_twins"].is_high or evidence["boxes_apart"].is_high:
        return []
    names = [
        name for name in ("label_overlaps", "training_overlaps") if evidence[name].low >= MIN_LABEL_OVERLAPS
    ]
    if names:
        return [_blame(_LABELS, evidence, ["concentric_twins", *names])]
    return [_undetermined(evidence, ["concentric_twins"], (_LABELS, _TRAINING))]


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
    """Name anchors where objects are missed by their size; else what the commonest symptoms may come from."""
    if evidence["size_recall"].is_low:
        return [_blame(_PROPOSALS, evidence, ["size_recall", "overlapping_pairs"])]
    names = [name for name in _CANDIDATES if evidence[name].is_high]
    names.sort(key=lambda name: -_excess(evidence[name]))
    candidates = tuple(dict.fromkeys(group for name in names for group in _CANDIDATES[name]))
    return [_undetermined(evidence, ["overlapping_pairs", *names], candidates)]


def _hear_loss_curve(evidence: Measured, blames: Sequence[Blame]) -> list[Blame]:
    """Let the loss curve decide where the training is one of several possible causes.

    An unstable training explains bad boxes, too. A good curve acquits nobody, but puts the training last.
    """
    unstable = [name for name in _UNSTABLE if evidence[name].is_high]
    signs = [*unstable, *(name for name in ("loss_fall", "mask_loss") if evidence[name].is_high)]
    if math.isnan(evidence["loss_rise"].value):
        return list(blames)
    heard: list[Blame] = []
    for blame in blames:
        is_open = blame.group == CauseGroup.UNDETERMINED.value
        may_be_training = is_open and (not blame.candidates or _TRAINING in blame.candidates)
        if signs and (
            blame.group == _TRAINING or may_be_training or (unstable and blame.group == _PROPOSALS)
        ):
            heard.append(_blame(_TRAINING, evidence, dict.fromkeys((*blame.evidence, *signs))))
        elif may_be_training and not signs:
            candidates = (*(group for group in blame.candidates if group != _TRAINING), _TRAINING)
            heard.append(replace(blame, candidates=candidates if blame.candidates else ()))
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
