"""SARIF 2.1.0: for code scanning, with the place of every record in its JSON file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from audit.detectors.rule import SITE, Rule
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
_JsonObject = dict[str, Any]


def export_sarif(result: GateResult, located: Sequence[LocatedFinding] | None = None) -> bytes:
    """Write a gate as SARIF.

    Findings of one image and rule are one result, because code scanning takes only `MAX_RESULTS`; where
    there are still more, those that count come first, then the worst. Findings of the baseline are
    ``unchanged``, mended ones ``absent``, dismissed and waived ones suppressed.

    Parameters
    ----------
    result : GateResult
    located : sequence of LocatedFinding, optional
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
    >>> b'"results":[]' in export_sarif(judge_batch(nothing, Policy(), today=date(2026, 1, 1)))
    True
    """
    groups = _group_findings(locate_findings(result) if located is None else located)
    fixed = list(result.baseline.stale) if result.baseline is not None else []
    mentioned = {finding.rule for finding in result.scan.findings} | {entry.rule for entry in fixed}
    rules = sorted({*result.scan.rules, *mentioned})
    rule_index = {rule: position for position, rule in enumerate(rules)}
    results = [_result_object(group, rule_index, result) for group in groups[:MAX_RESULTS]]
    results += [_absent_object(entry, rule_index, result) for entry in fixed[: MAX_RESULTS - len(results)]]
    n_left_out = len(groups) + len(fixed) - len(results)
    run: _JsonObject = {
        "tool": {"driver": _tool_driver(result, rules)},
        "columnKind": "unicodeCodePoints",
        "artifacts": [_artifact_object(source.name) for source in result.scan.sources],
        "invocations": [_invocation_object(result, n_left_out)],
        "results": results,
        "properties": {"verdict": result.outcome.value, "leftOut": n_left_out},
    }
    return encode_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}) + b"\n"


def _group_findings(located: Sequence[LocatedFinding]) -> list[list[LocatedFinding]]:
    """Put the findings of one image, rule and status together; what counts first, then the worst."""

    def key(item: LocatedFinding) -> tuple[str, str, str, str]:
        finding = item.finding
        return finding.rule, finding.source, finding.file_name or "", item.status.value

    groups = [list(group) for _, group in groupby(sorted(located, key=key), key=key)]
    return sorted(
        groups, key=lambda group: (group[0].status is not FindingStatus.NEW, group[0].finding.sort_key)
    )


def _tool_driver(result: GateResult, rules: Sequence[str]) -> _JsonObject:
    return {
        "name": "maskaudit",
        "informationUri": SITE,
        "semanticVersion": result.scan.version,
        "version": result.scan.version,
        "rules": [_rule_object(rule, result.scan.rules.get(rule)) for rule in rules],
    }


def _rule_object(rule: str, info: Rule | None) -> _JsonObject:
    if info is None:
        return {"id": rule}
    described: _JsonObject = {
        "id": rule,
        "shortDescription": {"text": info.title},
        "fullDescription": {"text": info.title},
        "help": {"text": info.manual.strip() or info.title},
        "defaultConfiguration": {"level": _LEVELS[Severity(info.severity)]},
        "properties": {"tags": [rule.split(".")[0]]},
    }
    return described | {"helpUri": info.address} if info.address else described


def _invocation_object(result: GateResult, n_left_out: int) -> _JsonObject:
    notes = [{"level": "note", "message": {"text": printable(text)}} for text in result.scan.not_checked]
    if n_left_out:
        text = f"{n_left_out:,} more results are not in this file: it holds at most {MAX_RESULTS:,}."
        notes.append({"level": "warning", "message": {"text": text}})
    invocation: _JsonObject = {"executionSuccessful": True, "exitCode": result.exit_code}
    return {**invocation, "toolExecutionNotifications": notes} if notes else invocation


def _artifact_object(name: str) -> _JsonObject:
    return {"location": _file_location(path_for_ci(name))}


@cache
def _file_location(path: str) -> _JsonObject:
    """Name a file; one object for all places in it."""
    if PurePosixPath(path).is_absolute():
        return {"uri": f"file://{quote(path)}"}
    return {"uri": quote(path), "uriBaseId": "%SRCROOT%"}


def _result_object(
    group: Sequence[LocatedFinding], rule_index: Mapping[str, int], result: GateResult
) -> _JsonObject:
    first = group[0].finding
    file_name = first.file_name
    identity = hash_finding(
        first.rule, file_name, [item.finding.fingerprint for item in group] if file_name is None else []
    )
    text = (
        first.message if len(group) == 1 else f"{len(group):,} findings on this image. First: {first.message}"
    )
    worst_severity = min((item.finding.severity for item in group), key=lambda severity: severity.rank)
    sarif_result: _JsonObject = {
        "ruleId": first.rule,
        "ruleIndex": rule_index[first.rule],
        "level": _LEVELS[worst_severity],
        "message": {"text": printable(f"{file_name}: {text}" if file_name else text)},
        "locations": [_place_object(group[0])],
        "partialFingerprints": {"maskaudit/v1": identity, "primaryLocationLineHash": f"{identity}:1"},
        "properties": {
            "count": len(group),
            "standing": group[0].status.value,
            "annotationIds": [item.finding.annotation_ids for item in group[:MAX_PLACES]],
            "fingerprints": [item.finding.fingerprint for item in group[:MAX_PLACES]],
        },
    }
    if len(group) > 1:
        sarif_result["relatedLocations"] = [_place_object(item) for item in group[1:MAX_PLACES]]
    if result.baseline is not None:
        sarif_result["baselineState"] = "unchanged" if group[0].status is FindingStatus.KNOWN else "new"
    if group[0].status in (FindingStatus.DISMISSED, FindingStatus.WAIVED):
        note = first.note or f"{group[0].status.value} for this gate"
        sarif_result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": printable(note)}
        ]
    return sarif_result


def _place_object(located: LocatedFinding) -> _JsonObject:
    place: _JsonObject = {"message": {"text": printable(located.finding.message)}}
    if located.path:
        place["physicalLocation"] = {
            "artifactLocation": _file_location(located.path),
            "region": {"startLine": located.line, "startColumn": located.column},
        }
    if located.finding.pointer:
        place["logicalLocations"] = [{"fullyQualifiedName": located.finding.pointer, "kind": "element"}]
    return place


def _absent_object(entry: BaselineEntry, rule_index: Mapping[str, int], result: GateResult) -> _JsonObject:
    """Say that a known finding was mended."""
    subject = f"{entry.file_name}: " if entry.file_name else ""
    first_file = path_for_ci(result.scan.sources[0].name) if result.scan.sources else ""
    sarif_result: _JsonObject = {
        "ruleId": entry.rule,
        "ruleIndex": rule_index[entry.rule],
        "level": "none",
        "kind": "pass",
        "message": {"text": printable(f"{subject}mended, {entry.count:,} of the baseline.")},
        "baselineState": "absent",
        "partialFingerprints": {"maskaudit/v1": entry.fingerprint},
    }
    return (
        {
            **sarif_result,
            "locations": [{"physicalLocation": {"artifactLocation": _file_location(first_file)}}],
        }
        if first_file
        else sarif_result
    )
