"""How often a rule was right, as far as people have decided about its findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from audit.carriers import dataclass
from audit.findings.finding import Finding
from audit.findings.finding_table import FindingTable
from audit.findings.rates import wilson_interval


@dataclass(frozen=True, slots=True)
class RuleReview:
    """The decisions about one rule's findings."""

    rule: str
    real: int
    fine: int
    unsure: int
    low: float
    """Lower end of the precision's 95 % Wilson interval."""
    high: float

    @property
    def precision(self) -> float:
        """Real errors by decided findings (the unsure ones aside); NaN where there are none."""
        decided = self.real + self.fine
        return self.real / decided if decided else float("nan")


def count_reviews(findings: Iterable[Finding]) -> tuple[RuleReview, ...]:
    """Count the decisions of every rule that has some, sorted by rule.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> said = [Finding("mask.tiny", Severity.INFO, "2 px", decision=d) for d in ("real", "fine", "")]
    >>> one = count_reviews(said)[0]
    >>> one.real, one.fine, one.precision, round(one.low, 3), round(one.high, 3)
    (1, 1, 0.5, 0.095, 0.905)
    >>> count_reviews([])
    ()
    """
    table = FindingTable.of(findings)
    if not any(table.count_texts("decision")):
        return ()
    pairs = zip(table.cells("rule"), table.cells("decision"), strict=True)
    decisions = Counter((rule_id, decision) for rule_id, decision in pairs if decision)
    reviews = []
    for rule_id in sorted({rule_id for rule_id, _ in decisions}):
        n_real, n_fine, n_unsure = (decisions[rule_id, verdict] for verdict in ("real", "fine", "unsure"))
        n_real += decisions[rule_id, "fix"]  # an error whose mending was accepted
        lower_bound, upper_bound = 0.0, 1.0
        if decided := n_real + n_fine:
            lower_bound, upper_bound = (
                float(bound[0]) for bound in wilson_interval(np.array([n_real]), np.array([decided]))
            )
        reviews.append(RuleReview(rule_id, n_real, n_fine, n_unsure, lower_bound, upper_bound))
    return tuple(reviews)
