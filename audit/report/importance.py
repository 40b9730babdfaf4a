"""In which order findings are worth a look: what those of a rule do to training, times how sure each is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from audit.detectors.rule import Rule, importance_of_severity
from audit.findings.finding import Finding, Severity
from audit.findings.finding_table import FindingTable

DAMPING = 0.3
"""A finding that its rule itself grades lower, a note of a rule that warns, weighs so much less by grade."""

FloatArray = NDArray[np.float64]


def weigh_findings(findings: Sequence[Finding], rules: Mapping[str, Rule]) -> FloatArray:
    """Weigh findings: importance of the rule times score.

    Parameters
    ----------
    findings : sequence of Finding
        A `FindingTable` is read by columns.
    rules : mapping
        Id to rule; a rule that is not in it weighs what its finding's severity weighs.

    Returns
    -------
    (n,) float64
        0..1.

    Examples
    --------
    >>> merged = Rule("touching.merged", Severity.WARNING, "", "", importance=1.0)
    >>> sure = Finding("touching.merged", Severity.WARNING, "", score=0.9)
    >>> note = Finding("touching.merged", Severity.INFO, "", score=0.9)
    >>> weigh_findings([sure, note], {"touching.merged": merged}).round(2).tolist()
    [0.9, 0.27]
    >>> weigh_findings([], {}).tolist()
    []
    """
    table = FindingTable.of(findings)
    codes, rule_ids = table.codes("rule")
    ranks = table.severity_ranks()
    if not len(table):
        return np.zeros(0)
    by_severity = np.array([importance_of_severity(severity) for severity in Severity])
    is_known = np.array([rule_id in rules for rule_id in rule_ids])
    importance = np.array([rules[rule_id].importance if rule_id in rules else 0.0 for rule_id in rule_ids])
    own_rank = np.array(
        [Severity(rules[rule_id].severity).rank if rule_id in rules else 0 for rule_id in rule_ids]
    )
    steps_below = np.maximum(ranks - own_rank[codes], 0)
    weights = np.where(is_known[codes], importance[codes] * DAMPING**steps_below, by_severity[ranks])
    scores = np.clip(np.nan_to_num(table.numbers("score").astype(np.float64)), 0.0, 1.0)
    return weights * scores


def order_by_weight(weights: FloatArray) -> NDArray[np.int64]:
    """Return positions, heaviest first, ties as they were.

    Examples
    --------
    >>> order_by_weight(np.array([0.1, 0.9, 0.1])).tolist()
    [1, 0, 2]
    >>> order_by_weight(np.zeros(0)).tolist()
    []
    """
    return np.argsort(-weights, kind="stable")


def weigh_images(findings: Sequence[Finding], weights: FloatArray) -> dict[int, float]:
    """Weigh images by their findings: the sum over rules of the heaviest one, times 1 + ln(number) / 2.

    So thirty-seven pinholes do not outweigh one annotation that holds two objects: many findings of one rule
    are one thing to look at.

    Parameters
    ----------
    findings : sequence of Finding
    weights : (n,) float64
        Of `weigh_findings`.

    Returns
    -------
    dict
        Row of the images table to weight, of images with findings.

    Examples
    --------
    >>> pinholes = [Finding("mask.holes", Severity.WARNING, "", image_row=4)] * 37
    >>> merged = [Finding("touching.merged", Severity.WARNING, "", image_row=5)]
    >>> weights = weigh_images(pinholes + merged, np.array([0.1] * 37 + [0.9]))
    >>> {image: round(weight, 2) for image, weight in weights.items()}
    {4: 0.28, 5: 0.9}
    >>> weigh_images([], np.zeros(0))
    {}
    """
    table = FindingTable.of(findings)
    if not len(table):
        return {}
    codes, rule_ids = table.codes("rule")
    image_rows = table.numbers("image_row").astype(np.int64)
    keys, owner = np.unique(image_rows * len(rule_ids) + codes, return_inverse=True)
    heaviest = np.zeros(len(keys))
    np.maximum.at(heaviest, owner, weights)
    by_rule = heaviest * (1 + np.log(np.bincount(owner, minlength=len(keys))) / 2)
    images, owner = np.unique(keys // len(rule_ids), return_inverse=True)
    totals = np.bincount(owner, by_rule)
    return {int(image): float(total) for image, total in zip(images, totals, strict=True) if image >= 0}
