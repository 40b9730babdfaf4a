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


def junit(result: GateResult) -> bytes:
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
    >>> b'tests="2"' in junit(judge_batch(nothing, Policy(), today=date(2026, 1, 1)))
    True
    """
    document = JUnitXml("maskaudit gate")
    for name, cases in (("policy", _policy(result)), ("rules", _rules(result))):
        suite = TestSuite(name)
        for case in cases:
            suite.add_testcase(case)
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    out = BytesIO()
    document.write(out, pretty=True)
    return out.getvalue()


def _policy(result: GateResult) -> Iterator[TestCase]:
    for line in result.limits:
        yield _case(
            "policy.limits", f"{line.limit.title}: {line.limit.demand}", line.outcome, line.reason, result
        )
    for waiver, n_waived in zip(result.policy.waivers, result.n_waived, strict=True):
        if waiver.has_expired(result.today):
            reason = f"Ended on {waiver.until}: {waiver.reason} ({n_waived:,} findings)"
            yield _case("policy.waivers", waiver.title, Outcome.FAIL, reason, result)
    for rule, before, now in result.regressions:
        reason = f"{now:,} findings, the baseline has {before:,}."
        yield _case("policy.ratchet", rule, Outcome.FAIL, reason, result)
    if result.acceptance is not None:
        said = result.acceptance
        yield _case("policy.sample", "review of the sample", said.outcome, said.reason, result)


def _case(family: str, name: str, outcome: Outcome, reason: str, result: GateResult) -> TestCase:
    case = TestCase(printable(name), classname=family)
    if outcome is Outcome.FAIL or (outcome is Outcome.UNDECIDED and result.policy.undecided == "fail"):
        case.result = [Failure(printable(f"{outcome.value}: {reason}"), outcome.value)]
    elif outcome is Outcome.UNDECIDED:
        case.result = [Skipped(printable(f"undecided: {reason}"))]
    return case


def _rules(result: GateResult) -> Iterator[TestCase]:
    found: dict[str, list[Finding]] = defaultdict(list)
    for f in result.new_findings():
        found[f.rule].append(f)
    failing = [line.limit for line in result.limits if line.outcome is Outcome.FAIL]
    for rule in sorted({*result.scan.rules, *found}):
        family = rule.rpartition(".")[0] or rule
        case = TestCase(rule, classname=f"rules.{family}")
        own = found[rule]
        text = "\n".join(_lines(own))
        if any(limit.covers(f) for f in own for limit in failing):
            case.result = [Failure(f"{len(own):,} findings that count", "findings")]
            case.result[0].text = text
        elif own:
            case.system_out = f"{len(own):,} findings that count, within the limits\n{text}"
        yield case


def _lines(findings: list[Finding]) -> Iterator[str]:
    for f in findings[:SHOWN]:
        ids = f" annotation {', '.join(map(str, f.annotation_ids))}" if f.annotation_ids else ""
        yield printable(f"{f.file_name or f.source}{ids}: {f.message}")
    if len(findings) > SHOWN:
        yield f"... and {len(findings) - SHOWN:,} more"
