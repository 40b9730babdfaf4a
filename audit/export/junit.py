"""JUnit XML: every rule and every limit is a test case, so that any CI system shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from io import BytesIO

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from audit.export.finding_lines import list_ids
from audit.findings.finding import Finding
from audit.findings.number_format import format_count
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
    for suite_name, test_cases in (("policy", _policy_cases(result)), ("rules", _rule_cases(result))):
        test_suite = TestSuite(suite_name)
        for test_case in test_cases:
            test_suite.add_testcase(test_case)
        document.add_testsuite(test_suite)
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
            never_passes=limit_result.exceeds,
        )
    for waiver, n_waived in zip(result.policy.waivers, result.n_waived, strict=True):
        if waiver.has_expired(result.today):
            reason = f"Ended on {waiver.until}: {waiver.reason} ({format_count(n_waived, 'finding')})"
            yield _make_case("policy.waivers", waiver.title, Outcome.FAIL, reason, result)
    for rule_id, count_before, count_now in result.regressions:
        reason = f"{format_count(count_now, 'finding')}, the baseline has {count_before:,}."
        yield _make_case("policy.ratchet", rule_id, Outcome.FAIL, reason, result)
    if result.acceptance is not None:
        acceptance = result.acceptance
        yield _make_case(
            "policy.sample",
            "review of the sample",
            acceptance.outcome,
            acceptance.reason,
            result,
            never_passes=acceptance.never_passes,
        )


def _make_case(
    class_name: str,
    case_name: str,
    outcome: Outcome,
    reason: str,
    result: GateResult,
    never_passes: bool = False,
) -> TestCase:
    test_case = TestCase(printable(case_name), classname=class_name)
    undecided_fails = never_passes or result.policy.undecided == "fail"
    if outcome is Outcome.FAIL or (outcome is Outcome.UNDECIDED and undecided_fails):
        test_case.result = [Failure(printable(f"{outcome.value}: {reason}"), outcome.value)]
    elif outcome is Outcome.UNDECIDED:
        test_case.result = [Skipped(printable(f"undecided: {reason}"))]
    return test_case


def _rule_cases(result: GateResult) -> Iterator[TestCase]:
    findings_by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in result.new_findings():
        findings_by_rule[finding.rule].append(finding)
    failing_limits = [
        limit_result.limit for limit_result in result.limits if limit_result.outcome is Outcome.FAIL
    ]
    for rule_id in sorted({*result.scan.rules, *findings_by_rule}):
        family = rule_id.rpartition(".")[0] or rule_id
        test_case = TestCase(printable(rule_id), classname=printable(f"rules.{family}"))
        findings = findings_by_rule[rule_id]
        n_counting = format_count(len(findings), "finding") + (
            " that counts" if len(findings) == 1 else " that count"
        )
        failure_text = "\n".join(_finding_lines(findings))
        if any(limit.covers(finding) for finding in findings for limit in failing_limits):
            test_case.result = [Failure(f"{n_counting}", "findings")]
            test_case.result[0].text = failure_text
        elif findings:
            test_case.system_out = f"{n_counting}, within the limits\n{failure_text}"
        yield test_case


def _finding_lines(findings: list[Finding]) -> Iterator[str]:
    for finding in findings[:SHOWN]:
        annotation_text = (
            f" annotation {list_ids(finding.annotation_ids, ', ')}" if finding.annotation_ids else ""
        )
        yield printable(f"{finding.file_name or finding.source}{annotation_text}: {finding.message}")
    if len(findings) > SHOWN:
        yield f"... and {len(findings) - SHOWN:,} more"
