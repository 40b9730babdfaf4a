"""GitLab Code Quality: the findings that count, as merge requests show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from audit.export.locate_findings import LocatedFinding, locate_findings
from audit.findings.encode import encode_json
from audit.findings.finding import Severity
from audit.findings.fingerprint import hash_finding
from audit.findings.sanitize import printable
from audit.gates.gate import GateResult
from audit.gates.status import FindingStatus

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


def export_gitlab(result: GateResult, located: Sequence[LocatedFinding] | None = None) -> bytes:
    r"""Write the findings that count as a Code Quality report.

    Parameters
    ----------
    result : GateResult
    located : sequence of LocatedFinding, optional
        All findings with their places, where they were looked up already.

    Returns
    -------
    bytes
        UTF-8 JSON: a list. Fingerprints are unique: of equal findings, the second has another one.

    Examples
    --------
    >>> from datetime import date
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.gates.gate import judge_batch
    >>> from audit.gates.policy import Policy
    >>> from audit.measure.schema import empty_measurements
    >>> nothing = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> export_gitlab(judge_batch(nothing, Policy(), today=date(2026, 1, 1)))
    b'[]\n'
    """
    n_equal: Counter[str] = Counter()
    entries = []
    for located_finding in locate_findings(result) if located is None else located:
        finding = located_finding.finding
        if located_finding.status is not FindingStatus.NEW:
            continue
        n_equal[finding.fingerprint] += 1
        repetition = n_equal[finding.fingerprint]
        fingerprint = finding.fingerprint
        if repetition > 1:
            fingerprint = hash_finding(finding.rule, finding.file_name, [fingerprint, str(repetition)])
        subject = f"{finding.file_name}: " if finding.file_name else ""
        entries.append(
            {
                "description": printable(f"{subject}{finding.message}"),
                "check_name": finding.rule,
                "fingerprint": fingerprint,
                "severity": _SEVERITIES[finding.severity],
                "location": {"path": located_finding.path, "lines": {"begin": located_finding.line}},
            }
        )
    return encode_json(entries) + b"\n"
