"""Which findings of a batch count: not those dismissed, waived or known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase

from audit.findings.decisions import Verdict
from audit.findings.finding import Finding
from audit.gates.policy import Waiver, matches_rule


class FindingStatus(StrEnum):
    """What a finding is to a gate. The first that applies, in this order."""

    DISMISSED = "dismissed"
    """Somebody looked and decided that it is fine."""
    WAIVED = "waived"
    """The policy forgives it for a time."""
    KNOWN = "known"
    """The baseline has it."""
    NEW = "new"
    """It counts."""


def assign_statuses(
    findings: Sequence[Finding],
    known: Sequence[bool],
    waivers: Sequence[Waiver],
    category_names: Mapping[int, str],
    today: date,
) -> tuple[tuple[FindingStatus, ...], tuple[int, ...]]:
    """Say of every finding whether it counts.

    Parameters
    ----------
    findings : sequence of Finding
    known : sequence of bool
        Whether the baseline has it, one a finding.
    waivers : sequence of Waiver
        An expired one forgives nothing.
    category_names : mapping
        Category id to name.
    today : date

    Returns
    -------
    statuses : tuple of FindingStatus
        One a finding.
    n_waived : tuple of int
        One a waiver: the findings that it forgave, or would have forgiven had it not expired.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> tiny = Finding("mask.tiny", Severity.INFO, "2 px", file_name="a.png")
    >>> pardon = Waiver("mask.*", "old camera", date(2026, 1, 1), file="a*")
    >>> for day in (date(2026, 1, 1), date(2026, 1, 2)):
    ...     (status,), n_waived = assign_statuses([tiny], [False], [pardon], {}, day)
    ...     print(status, n_waived)
    waived (1,)
    new (1,)
    >>> assign_statuses([], [], [], {}, date(2026, 1, 1))
    ((), ())
    """
    n_waived = [0] * len(waivers)
    expired = [waiver.has_expired(today) for waiver in waivers]
    statuses = []
    for finding, is_known in zip(findings, known, strict=True):
        if finding.decision == Verdict.FINE:
            statuses.append(FindingStatus.DISMISSED)
            continue
        forgiven = False
        for number, waiver in enumerate(waivers):
            # Of the waivers in force only the first counts a finding; an expired one always does, to say
            # what ends with it.
            if (expired[number] or not forgiven) and _forgives(waiver, finding, category_names):
                n_waived[number] += 1
                forgiven = forgiven or not expired[number]
        not_forgiven = FindingStatus.KNOWN if is_known else FindingStatus.NEW
        statuses.append(FindingStatus.WAIVED if forgiven else not_forgiven)
    return tuple(statuses), tuple(n_waived)


def _forgives(waiver: Waiver, finding: Finding, category_names: Mapping[int, str]) -> bool:
    categories = [category_names.get(category) for category in finding.category_ids]
    return (
        matches_rule(waiver.rule, finding.rule)
        and waiver.fingerprint in ("", finding.fingerprint)
        and (not waiver.category or waiver.category in categories)
        and (not waiver.file or fnmatchcase(finding.file_name or "", waiver.file))
    )
