"""Which findings of a batch count: not those dismissed, waived or known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase

from audit.findings.decisions import Verdict
from audit.findings.finding import Finding
from audit.gates.policy import Waiver, matches


class Standing(StrEnum):
    """What a finding is to a gate. The first that applies, in this order."""

    DISMISSED = "dismissed"
    """Somebody looked and decided that it is fine."""
    WAIVED = "waived"
    """The policy forgives it for a time."""
    KNOWN = "known"
    """The baseline has it."""
    NEW = "new"
    """It counts."""


@dataclass(frozen=True, slots=True)
class WaiverUse:
    """What a waiver did in a batch."""

    waiver: Waiver
    findings: int
    """That it forgave, or would have forgiven had it not expired."""
    expired: bool


@dataclass(frozen=True, slots=True)
class Standings:
    """The standing of every finding, and what the waivers did."""

    of: tuple[Standing, ...]
    waivers: tuple[WaiverUse, ...]

    def count(self) -> Mapping[str, int]:
        """Count the findings of every standing."""
        count = Counter(self.of)
        return {standing.value: count[standing] for standing in Standing}


def standings(
    findings: Sequence[Finding],
    known: Sequence[bool],
    waivers: Sequence[Waiver],
    category_names: Mapping[int, str],
    today: date,
) -> Standings:
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

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> said = Finding("mask.tiny", Severity.INFO, "2 px", file_name="a.png")
    >>> standings([said], [False], [], {}, date(2026, 1, 1)).of[0].value
    'new'
    >>> pardon = Waiver("mask.*", "old camera", date(2026, 1, 1), file="a*")
    >>> standings([said], [False], [pardon], {}, date(2026, 1, 1)).of[0].value
    'waived'
    >>> standings([said], [False], [pardon], {}, date(2026, 1, 2)).waivers[0].expired
    True
    >>> standings([], [], [], {}, date(2026, 1, 1)).of
    ()
    """
    used = [0] * len(waivers)
    in_force = [waiver.until >= today for waiver in waivers]
    found = []
    for f, is_known in zip(findings, known, strict=True):
        if f.decision == Verdict.FINE:
            found.append(Standing.DISMISSED)
            continue
        forgiven = False
        for k, waiver in enumerate(waivers):
            if not (forgiven and in_force[k]) and _forgives(waiver, f, category_names):
                used[k] += 1
                forgiven = forgiven or in_force[k]
        found.append(Standing.WAIVED if forgiven else Standing.KNOWN if is_known else Standing.NEW)
    uses = zip(waivers, used, in_force, strict=True)
    return Standings(tuple(found), tuple(WaiverUse(w, n, not on) for w, n, on in uses))


def _forgives(waiver: Waiver, f: Finding, names: Mapping[int, str]) -> bool:
    return (
        matches(waiver.rule, f.rule)
        and waiver.fingerprint in ("", f.fingerprint)
        and (not waiver.category or waiver.category in [names.get(c) for c in f.category_ids])
        and (not waiver.file or fnmatchcase(f.file_name or "", waiver.file))
    )
