"""The NMS to recommend: the range of thresholds that removes overlaps and costs nothing noticeable."""

from __future__ import annotations

from audit.carriers import dataclass
from audit.comparison.whatif import METHODS, Baseline, Outcome

AP_SLACK = 0.002
"""Loss of AP that nobody notices: about as much as two trainings of one model differ by on COCO."""
LOST_SLACK = 0.005
"""Share of the matched labels that may be lost at no noticeable cost."""
F1_GAIN = 0.05
"""Gain of F1 that is worth more lost labels: of many duplicates some match a neighbour by chance."""
NEAR_BEST = 0.8
"""Part of the best gain from which on a threshold belongs to the recommended range."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A range of thresholds that removes overlaps and costs nothing noticeable."""

    family: str
    method: str
    per_class: bool
    low: float
    high: float
    threshold: float
    """In the middle of the range."""
    overlapping_pairs: int
    """Left at that threshold."""
    removed_pairs: int
    objects_lost: int
    ap: float


def recommend_nms(baseline: Baseline, outcomes: tuple[Outcome, ...]) -> Recommendation | None:
    """Choose the method, and the range of thresholds, that removes most overlaps at no noticeable cost.

    A threshold is acceptable where AP falls by at most 0.002, and at most 0.5 % of the matched labels are
    lost or F1 rises clearly. The range holds the neighbouring acceptable thresholds that remove at least 80 %
    of what the best of them removes. Of methods that remove equally many, the simplest is named.

    Parameters
    ----------
    baseline : Baseline
    outcomes : tuple of Outcome
        As `evaluate_nms_grid` gives them.

    Returns
    -------
    Recommendation or None
        None where no acceptable threshold removes a pair.

    Examples
    --------
    >>> from audit.comparison.label_maps import prepare_label_maps
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> from audit.comparison.whatif import evaluate_baseline, evaluate_nms_grid
    >>> data = compared((scene("aaaa"), scene("pppp", "qqq.")), scores={"q": 0.8})
    >>> tables = measure_comparison(*data)
    >>> baseline = evaluate_baseline(tables, prepare_label_maps(tables))
    >>> found = recommend_nms(baseline, evaluate_nms_grid(baseline))
    >>> found.method, found.low, found.high, found.removed_pairs
    ('box', 0.1, 0.7, 1)
    >>> recommend_nms(baseline, ()) is None
    True
    """
    best: Recommendation | None = None
    for method, per_class in METHODS:
        curve = sorted(
            (
                outcome
                for outcome in outcomes
                if (outcome.family, outcome.method, outcome.per_class) == ("nms", method, per_class)
            ),
            key=lambda outcome: outcome.parameter,
        )
        candidate = _find_stable_range(baseline, curve)
        if candidate is not None and (best is None or candidate.removed_pairs > best.removed_pairs):
            best = candidate
    return best


def _find_stable_range(baseline: Baseline, curve: list[Outcome]) -> Recommendation | None:
    """Find the thresholds of one method that remove most overlaps: a block without gaps."""
    max_lost = LOST_SLACK * baseline.is_matched.sum()
    min_ap = baseline.outcome.ap - AP_SLACK
    removed = {
        outcome.parameter: baseline.outcome.overlapping_pairs - outcome.overlapping_pairs for outcome in curve
    }
    min_f1 = baseline.outcome.f1 + F1_GAIN
    acceptable = [
        outcome
        for outcome in curve
        if outcome.ap >= min_ap and (outcome.objects_lost <= max_lost or outcome.f1 >= min_f1)
    ]
    most_removed = max((removed[outcome.parameter] for outcome in acceptable), default=0)
    if most_removed <= 0:
        return None
    good = [outcome for outcome in acceptable if removed[outcome.parameter] >= NEAR_BEST * most_removed]
    block = [good[0]]
    for outcome in good[1:]:
        if curve.index(outcome) != curve.index(block[-1]) + 1:
            break
        block.append(outcome)
    middle = block[(len(block) - 1) // 2]
    return Recommendation(
        middle.family, middle.method, middle.per_class, block[0].parameter, block[-1].parameter,
        middle.parameter, middle.overlapping_pairs, removed[middle.parameter], middle.objects_lost, middle.ap,
    )  # fmt: skip
