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
    finding_groups = _group_findings(locate_findings(result) if located is None else located)
    stale_entries = list(result.baseline.stale) if result.baseline is not None else []
    mentioned_rules = {finding.rule for finding in result.scan.findings} | {
        stale_entry.rule for stale_entry in stale_entries
    }
    rule_ids = sorted({*result.scan.rules, *mentioned_rules})
    rule_index = {rule_id: position for position, rule_id in enumerate(rule_ids)}
    result_objects = [_result_object(group, rule_index, result) for group in finding_groups[:MAX_RESULTS]]
    result_objects += [
        _absent_object(stale_entry, rule_index, result)
        for stale_entry in stale_entries[: MAX_RESULTS - len(result_objects)]
    ]
    n_left_out = len(finding_groups) + len(stale_entries) - len(result_objects)
    run_object: _JsonObject = {
        "tool": {"driver": _tool_driver(result, rule_ids)},
        "columnKind": "unicodeCodePoints",
        "artifacts": [_artifact_object(source.name) for source in result.scan.sources],
        "invocations": [_invocation_object(result, n_left_out)],
        "results": result_objects,
        "properties": {"verdict": result.outcome.value, "leftOut": n_left_out},
    }
    return encode_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run_object]}) + b"\n"


def _group_findings(located: Sequence[LocatedFinding]) -> list[list[LocatedFinding]]:
    """Put the findings of one image, rule and status together; what counts first, then the worst."""

    def key(located_finding: LocatedFinding) -> tuple[str, str, str, str]:
        finding = located_finding.finding
        return finding.rule, finding.source, finding.file_name or "", located_finding.status.value

    finding_groups = [list(finding_group) for _, finding_group in groupby(sorted(located, key=key), key=key)]
    return sorted(
        finding_groups,
        key=lambda finding_group: (
            finding_group[0].status is not FindingStatus.NEW,
            finding_group[0].finding.sort_key,
        ),
    )


def _tool_driver(result: GateResult, rule_ids: Sequence[str]) -> _JsonObject:
    return {
        "name": "maskaudit",
        "informationUri": SITE,
        "semanticVersion": result.scan.version,
        "version": result.scan.version,
        "rules": [_rule_object(rule_id, result.scan.rules.get(rule_id)) for rule_id in rule_ids],
    }


def _rule_object(rule_id: str, registered: Rule | None) -> _JsonObject:
    if registered is None:
        return {"id": rule_id}
    rule_object: _JsonObject = {
        "id": rule_id,
        "shortDescription": {"text": registered.title},
        "fullDescription": {"text": registered.title},
        "help": {"text": registered.manual.strip() or registered.title},
        "defaultConfiguration": {"level": _LEVELS[Severity(registered.severity)]},
        "properties": {"tags": [rule_id.split(".")[0]]},
    }
    return rule_object | {"helpUri": registered.address} if registered.address else rule_object


def _invocation_object(result: GateResult, n_left_out: int) -> _JsonObject:
    notifications = [
        {"level": "note", "message": {"text": printable(note_text)}} for note_text in result.scan.not_checked
    ]
    if n_left_out:
        note_text = f"{n_left_out:,} more results are not in this file: it holds at most {MAX_RESULTS:,}."
        notifications.append({"level": "warning", "message": {"text": note_text}})
    invocation: _JsonObject = {"executionSuccessful": True, "exitCode": result.exit_code}
    return {**invocation, "toolExecutionNotifications": notifications} if notifications else invocation


def _artifact_object(file_name: str) -> _JsonObject:
    return {"location": _file_location(path_for_ci(file_name))}


@cache
def _file_location(file_path: str) -> _JsonObject:
    """Name a file; one object for all places in it."""
    if PurePosixPath(file_path).is_absolute():
        return {"uri": f"file://{quote(file_path)}"}
    return {"uri": quote(file_path), "uriBaseId": "%SRCROOT%"}


def _result_object(
    finding_group: Sequence[LocatedFinding], rule_index: Mapping[str, int], result: GateResult
) -> _JsonObject:
    first_finding, status = finding_group[0].finding, finding_group[0].status
    file_name = first_finding.file_name
    fingerprints = [located_finding.finding.fingerprint for located_finding in finding_group]
    identity = hash_finding(first_finding.rule, file_name, fingerprints if file_name is None else [])
    message_text = first_finding.message
    if len(finding_group) > 1:
        message_text = f"{len(finding_group):,} findings on this image. First: {message_text}"
    worst_severity = min(
        (located_finding.finding.severity for located_finding in finding_group),
        key=lambda severity: severity.rank,
    )
    sarif_result: _JsonObject = {
        "ruleId": first_finding.rule,
        "ruleIndex": rule_index[first_finding.rule],
        "level": _LEVELS[worst_severity],
        "message": {"text": printable(f"{file_name}: {message_text}" if file_name else message_text)},
        "locations": [_place_object(finding_group[0])],
        "partialFingerprints": {"maskaudit/v1": identity, "primaryLocationLineHash": f"{identity}:1"},
        "properties": {
            "count": len(finding_group),
            "standing": status.value,
            "annotationIds": [
                located_finding.finding.annotation_ids for located_finding in finding_group[:MAX_PLACES]
            ],
            "fingerprints": fingerprints[:MAX_PLACES],
        },
    }
    if len(finding_group) > 1:
        sarif_result["relatedLocations"] = [
            _place_object(located_finding) for located_finding in finding_group[1:MAX_PLACES]
        ]
    if result.baseline is not None:
        sarif_result["baselineState"] = "unchanged" if status is FindingStatus.KNOWN else "new"
    if status in (FindingStatus.DISMISSED, FindingStatus.WAIVED):
        justification = first_finding.note or f"{status.value} for this gate"
        sarif_result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": printable(justification)}
        ]
    return sarif_result


def _place_object(located_finding: LocatedFinding) -> _JsonObject:
    location_object: _JsonObject = {"message": {"text": printable(located_finding.finding.message)}}
    if located_finding.path:
        location_object["physicalLocation"] = {
            "artifactLocation": _file_location(located_finding.path),
            "region": {"startLine": located_finding.line, "startColumn": located_finding.column},
        }
    if located_finding.finding.pointer:
        location_object["logicalLocations"] = [
            {"fullyQualifiedName": located_finding.finding.pointer, "kind": "element"}
        ]
    return location_object


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
