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


def gitlab(result: GateResult, found: Sequence[LocatedFinding] | None = None) -> bytes:
    r"""Write the findings that count as a Code Quality report.

    Parameters
    ----------
    result : GateResult
    found : sequence of LocatedFinding, optional
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
    >>> gitlab(judge_batch(nothing, Policy(), today=date(2026, 1, 1)))
    b'[]\n'
    """
    seen: Counter[str] = Counter()
    entries = []
    for one in locate_findings(result) if found is None else found:
        f = one.finding
        if one.status is not FindingStatus.NEW:
            continue
        seen[f.fingerprint] += 1
        number = seen[f.fingerprint]
        fingerprint = f.fingerprint
        if number > 1:
            fingerprint = hash_finding(f.rule, f.file_name, [fingerprint, str(number)])
        where = f"{f.file_name}: " if f.file_name else ""
        entries.append(
            {
                "description": printable(f"{where}{f.message}"),
                "check_name": f.rule,
                "fingerprint": fingerprint,
                "severity": _SEVERITIES[f.severity],
                "location": {"path": one.path, "lines": {"begin": one.line}},
            }
        )
    return encode_json(entries) + b"\n"
