"""JUnit XML: every rule and every limit is a test case, so that any CI system shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from io import BytesIO

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from audit.findings.finding import Finding
from audit.findings.sanitize import printable
from audit.gates.gate import GateResult
from audit.gates.verdict import Outcome

SHOWN = 20
"""Findings that a failure spells out."""


def export_junit(result: GateResult) -> bytes:
    """Write a gate as JUnit XML.

    The suite ``policy`` has a case for every limit, expired waiver, grown rule and sample; the suite
    ``rules`` one for every rule that was on. A rule fails if it has findings that count and a limit about
    them fails; what is within its limits passes.

    Parameters
    ----------
    result : GateResult

    Returns
    -------
    bytes
        UTF-8.

    Examples
    --------
    >>> from datetime import date
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.gates.gate import judge_batch
    >>> from audit.gates.policy import Policy
    >>> from audit.measure.schema import empty_measurements
    >>> nothing = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> b'tests="2"' in export_junit(judge_batch(nothing, Policy(), today=date(2026, 1, 1)))
    True
    """
    document = JUnitXml("maskaudit gate")
    for name, cases in (("policy", _policy_cases(result)), ("rules", _rule_cases(result))):
        suite = TestSuite(name)
        for case in cases:
            suite.add_testcase(case)
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    buffer = BytesIO()
    document.write(buffer, pretty=True)
    return buffer.getvalue()


def _policy_cases(result: GateResult) -> Iterator[TestCase]:
    for limit_result in result.limits:
        yield _make_case(
            "policy.limits",
            f"{limit_result.limit.title}: {limit_result.limit.demand}",
            limit_result.outcome,
            limit_result.reason,
            result,
        )
    for waiver, n_waived in zip(result.policy.waivers, result.n_waived, strict=True):
        if waiver.has_expired(result.today):
            reason = f"Ended on {waiver.until}: {waiver.reason} ({n_waived:,} findings)"
            yield _make_case("policy.waivers", waiver.title, Outcome.FAIL, reason, result)
    for rule, before, now in result.regressions:
        reason = f"{now:,} findings, the baseline has {before:,}."
        yield _make_case("policy.ratchet", rule, Outcome.FAIL, reason, result)
    if result.acceptance is not None:
        acceptance = result.acceptance
        yield _make_case(
            "policy.sample", "review of the sample", acceptance.outcome, acceptance.reason, result
        )


def _make_case(family: str, name: str, outcome: Outcome, reason: str, result: GateResult) -> TestCase:
    case = TestCase(printable(name), classname=family)
    if outcome is Outcome.FAIL or (outcome is Outcome.UNDECIDED and result.policy.undecided == "fail"):
        case.result = [Failure(printable(f"{outcome.value}: {reason}"), outcome.value)]
    elif outcome is Outcome.UNDECIDED:
        case.result = [Skipped(printable(f"undecided: {reason}"))]
    return case


def _rule_cases(result: GateResult) -> Iterator[TestCase]:
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in result.new_findings():
        by_rule[finding.rule].append(finding)
    failing = [limit_result.limit for limit_result in result.limits if limit_result.outcome is Outcome.FAIL]
    for rule in sorted({*result.scan.rules, *by_rule}):
        family = rule.rpartition(".")[0] or rule
        case = TestCase(printable(rule), classname=printable(f"rules.{family}"))
        findings = by_rule[rule]
        text = "\n".join(_finding_lines(findings))
        if any(limit.covers(finding) for finding in findings for limit in failing):
            case.result = [Failure(f"{len(findings):,} findings that count", "findings")]
            case.result[0].text = text
        elif findings:
            case.system_out = f"{len(findings):,} findings that count, within the limits\n{text}"
        yield case


def _finding_lines(findings: list[Finding]) -> Iterator[str]:
    for finding in findings[:SHOWN]:
        annotations = (
            f" annotation {', '.join(map(str, finding.annotation_ids))}" if finding.annotation_ids else ""
        )
        yield printable(f"{finding.file_name or finding.source}{annotations}: {finding.message}")
    if len(findings) > SHOWN:
        yield f"... and {len(findings) - SHOWN:,} more"
