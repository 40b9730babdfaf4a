"""SARIF 2.1.0: for code scanning, with the place of every record in its JSON file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from audit.detectors.rule import Rule
from audit.export.locate_findings import LocatedFinding, locate_findings, path_for_ci
from audit.findings.encode import encode_json
from audit.findings.finding import Severity
from audit.findings.fingerprint import hash_finding
from audit.findings.sanitize import printable
from audit.gates.baseline import BaselineEntry
from audit.gates.gate import GateResult
from audit.gates.status import FindingStatus

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MAX_RESULTS = 5000
"""Results that code scanning takes of one run."""
MAX_PLACES = 20
"""Places that one result names."""
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_Object = dict[str, Any]


def sarif(result: GateResult, found: Sequence[LocatedFinding] | None = None) -> bytes:
    """Write a gate as SARIF.

    Findings of one image and rule are one result, because code scanning takes only `MAX_RESULTS`; where
    there are still more, those that count come first, then the worst. Findings of the baseline are
    ``unchanged``, mended ones ``absent``, dismissed and waived ones suppressed.

    Parameters
    ----------
    result : GateResult
    found : sequence of LocatedFinding, optional
        All findings with their places, where they were looked up already.

    Returns
    -------
    bytes
        UTF-8 JSON.

    Examples
    --------
    >>> from datetime import date
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.gates.gate import judge_batch
    >>> from audit.gates.policy import Policy
    >>> from audit.measure.schema import empty_measurements
    >>> nothing = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> b'"results":[]' in sarif(judge_batch(nothing, Policy(), today=date(2026, 1, 1)))
    True
    """
    groups = _grouped(locate_findings(result) if found is None else found)
    gone = list(result.baseline.stale) if result.baseline is not None else []
    mentioned = {f.rule for f in result.scan.findings} | {e.rule for e in gone}
    rules = sorted({*result.scan.rules, *mentioned})
    number = {rule: k for k, rule in enumerate(rules)}
    results = [_result(group, number, result) for group in groups[:MAX_RESULTS]]
    results += [_absent(entry, number, result) for entry in gone[: MAX_RESULTS - len(results)]]
    left_out = len(groups) + len(gone) - len(results)
    run: _Object = {
        "tool": {"driver": _driver(result, rules)},
        "columnKind": "unicodeCodePoints",
        "artifacts": [_artifact(source.name) for source in result.scan.sources],
        "invocations": [_invocation(result, left_out)],
        "results": results,
        "properties": {"verdict": result.outcome.value, "leftOut": left_out},
    }
    return encode_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}) + b"\n"


def _grouped(found: Sequence[LocatedFinding]) -> list[list[LocatedFinding]]:
    """Put the findings of one image, rule and status together; what counts first, then the worst."""

    def key(one: LocatedFinding) -> tuple[str, str, str, str]:
        f = one.finding
        return f.rule, f.source, f.file_name or "", one.status.value

    groups = [list(group) for _, group in groupby(sorted(found, key=key), key=key)]
    return sorted(groups, key=lambda g: (g[0].status is not FindingStatus.NEW, g[0].finding.sort_key))


def _driver(result: GateResult, rules: Sequence[str]) -> _Object:
    return {
        "name": "maskaudit",
        "semanticVersion": result.scan.version,
        "version": result.scan.version,
        "rules": [_rule(rule, result.scan.rules.get(rule)) for rule in rules],
    }


def _rule(rule: str, info: Rule | None) -> _Object:
    if info is None:
        return {"id": rule}
    return {
        "id": rule,
        "shortDescription": {"text": info.title},
        "fullDescription": {"text": info.title},
        "help": {"text": info.manual.strip() or info.title},
        "defaultConfiguration": {"level": _LEVELS[Severity(info.severity)]},
        "properties": {"tags": [rule.split(".")[0]]},
    }


def _invocation(result: GateResult, left_out: int) -> _Object:
    notes = [{"level": "note", "message": {"text": printable(text)}} for text in result.scan.not_checked]
    if left_out:
        text = f"{left_out:,} more results are not in this file: it holds at most {MAX_RESULTS:,}."
        notes.append({"level": "warning", "message": {"text": text}})
    found: _Object = {"executionSuccessful": True, "exitCode": result.exit_code}
    return {**found, "toolExecutionNotifications": notes} if notes else found


def _artifact(name: str) -> _Object:
    return {"location": _location(path_for_ci(name))}


@cache
def _location(path: str) -> _Object:
    """Name a file; one object for all places in it."""
    if PurePosixPath(path).is_absolute():
        return {"uri": f"file://{quote(path)}"}
    return {"uri": quote(path), "uriBaseId": "%SRCROOT%"}


def _result(group: Sequence[LocatedFinding], number: Mapping[str, int], result: GateResult) -> _Object:
    first = group[0].finding
    name = first.file_name
    identity = hash_finding(
        first.rule, name, [one.finding.fingerprint for one in group] if name is None else []
    )
    text = (
        first.message if len(group) == 1 else f"{len(group):,} findings on this image. First: {first.message}"
    )
    worst = min((one.finding.severity for one in group), key=lambda s: s.rank)
    found: _Object = {
        "ruleId": first.rule,
        "ruleIndex": number[first.rule],
        "level": _LEVELS[worst],
        "message": {"text": printable(f"{name}: {text}" if name else text)},
        "locations": [_place(group[0])],
        "partialFingerprints": {"maskaudit/v1": identity, "primaryLocationLineHash": f"{identity}:1"},
        "properties": {
            "count": len(group),
            "standing": group[0].status.value,
            "annotationIds": [one.finding.annotation_ids for one in group[:MAX_PLACES]],
            "fingerprints": [one.finding.fingerprint for one in group[:MAX_PLACES]],
        },
    }
    if len(group) > 1:
        found["relatedLocations"] = [_place(one) for one in group[1:MAX_PLACES]]
    if result.baseline is not None:
        found["baselineState"] = "unchanged" if group[0].status is FindingStatus.KNOWN else "new"
    if group[0].status in (FindingStatus.DISMISSED, FindingStatus.WAIVED):
        note = first.note or f"{group[0].status.value} for this gate"
        found["suppressions"] = [{"kind": "external", "status": "accepted", "justification": printable(note)}]
    return found


def _place(one: LocatedFinding) -> _Object:
    place: _Object = {"message": {"text": printable(one.finding.message)}}
    if one.path:
        place["physicalLocation"] = {
            "artifactLocation": _location(one.path),
            "region": {"startLine": one.line, "startColumn": one.column},
        }
    if one.finding.pointer:
        place["logicalLocations"] = [{"fullyQualifiedName": one.finding.pointer, "kind": "element"}]
    return place


def _absent(entry: BaselineEntry, number: Mapping[str, int], result: GateResult) -> _Object:
    """Say that a known finding was mended."""
    where = f"{entry.file_name}: " if entry.file_name else ""
    first = path_for_ci(result.scan.sources[0].name) if result.scan.sources else ""
    found: _Object = {
        "ruleId": entry.rule,
        "ruleIndex": number[entry.rule],
        "level": "none",
        "kind": "pass",
        "message": {"text": printable(f"{where}mended, {entry.count:,} of the baseline.")},
        "baselineState": "absent",
        "partialFingerprints": {"maskaudit/v1": entry.fingerprint},
    }
    return (
        {**found, "locations": [{"physicalLocation": {"artifactLocation": _location(first)}}]}
        if first
        else found
    )
