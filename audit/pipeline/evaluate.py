"""The cheap half of a scan: run the rules over the measurements and put their findings in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from audit.detectors.base import to_findings
from audit.detectors.registry import all_rules, dataset_rules, describe_error, rule_problems
from audit.detectors.rule import Rule
from audit.findings.finding import Finding, Severity, sort_findings
from audit.loaders.loaded import RULE_TITLE
from audit.measure.schema import Measurements
from audit.pipeline.config import Config
from audit.pipeline.stored import Stored
from audit.pipeline.timer import Timer
from audit.touching.not_measured import is_not_measured

NOT_CHECKED = "not_checked"
"""State of a picture, in the images table, that nobody looked at."""


def evaluate_rules(
    stored: Stored, config: Config, clock: Timer, failures: list[str] | None = None
) -> tuple[Finding, ...]:
    """Run every rule that is on.

    Parameters
    ----------
    stored : Stored
        The measurements, and what reading reported.
    config : Config
    clock : Timer
        Gets the time of each rule as ``rule <id>``.
    failures : list of str, optional
        Gets a line for every rule of a plugin that failed.

    Returns
    -------
    tuple of Finding
        In the order of every output.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> config = Config(select=("overlap",))
    >>> evaluate_rules(Stored(empty_measurements(), (), ()), config, Timer())
    ()
    """
    m = stored.measurements
    found = [*stored.reader_findings, *run_rules(dataset_rules(), m, m, config, clock, failures)]
    with clock.step("order"):
        return sort_findings(apply_severities(found, config))


def run_rules(
    known: Mapping[str, Rule],
    tables: object,
    m: Measurements,
    config: Config,
    clock: Timer,
    failures: list[str] | None = None,
) -> Iterator[Finding]:
    """Run those of some rules that are on.

    Parameters
    ----------
    known : mapping
        Rules by id.
    tables : object
        What they judge.
    m : Measurements
        What their hits refer to.
    config : Config
    clock : Timer
        Gets the time of each rule as ``rule <id>``.
    failures : list of str, optional
        Gets a line for every rule of a plugin that raised an error; the findings of this rule are left out.
        An error of a rule of this package is a bug, and ends the audit.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> m = empty_measurements()
    >>> list(run_rules({}, m, m, Config(), Timer()))
    []
    """
    for rule in known.values():
        if rule.detect is None or not config.is_on(rule.id):
            continue
        with clock.step(f"rule {rule.id}"):
            try:
                hits = rule.detect(tables, config.options(rule.id))
                found = list(to_findings(rule.id, rule.severity, hits, m))
            except Exception as error:
                if not rule.origin:
                    raise
                if failures is not None:
                    failures.append(f"Rule {rule.id} of {rule.origin} failed: {describe_error(error)}.")
                continue
        yield from found


def apply_rule_defaults(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Give findings of loaders what only the registry knows: the severity and the title of their rules.

    A finding of a rule that nobody registered stays as it is.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> reported = [Finding("json.bom", Severity.ERROR, "{title}: 3 bytes.")]
    >>> [(f.severity.value, f.message) for f in apply_rule_defaults(reported)]
    [('info', 'The file begins with a byte order mark: 3 bytes.')]
    >>> list(apply_rule_defaults([]))
    []
    """
    rules = all_rules()
    for f in findings:
        rule = rules.get(f.rule)
        if rule is None:
            yield f
            continue
        message = f.message
        if message.startswith(RULE_TITLE):
            message = f"{rule.title}: {message.removeprefix(RULE_TITLE)}"
        yield replace(f, severity=rule.severity, message=message)


def apply_severities(findings: Iterable[Finding], config: Config) -> Iterator[Finding]:
    """Leave out findings of rules that are off, and give the others the severity that is configured.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> tiny = [Finding("mask.tiny", Severity.INFO, "2 px")]
    >>> [f.rule for f in apply_severities(tiny, Config())]
    ['mask.tiny']
    >>> list(apply_severities(tiny, Config(ignore=("mask",))))
    []
    """
    known: dict[str, tuple[bool, Severity | None]] = {}
    for f in findings:
        if f.rule not in known:
            known[f.rule] = config.is_on(f.rule), config.severity(f.rule)
        on, severity = known[f.rule]
        if not on:
            continue
        yield f if severity is None or severity is f.severity else replace(f, severity=severity)


def list_not_checked(m: Measurements, config: Config) -> Iterator[str]:
    """Say what a scan did not look at, and why.

    Yields
    ------
    str
        One sentence each.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> list(list_not_checked(empty_measurements(), Config()))
    []
    >>> list(list_not_checked(empty_measurements(), Config(ignore=("overlap.duplicate",))))
    ['Switched off: overlap.duplicate.']
    """
    pictures = m.images["picture"]
    unseen = int((pictures == NOT_CHECKED).sum())
    if unseen and unseen == len(pictures):
        yield (
            "The pictures: none were given, so whether they exist, can be read and have the declared size "
            "is not known (give their folder with --images)."
        )
    elif unseen:
        yield f"{unseen:,} of {len(pictures):,} pictures."
    maskless = int((m.instances["segmentation"] == 0).sum())
    if maskless:
        yield f"{maskless:,} of {len(m.instances):,} annotations: they have no mask that can be used."
    for problem in rule_problems():
        yield f"{problem}."
    if is_not_measured(m) and config.judges_touching:
        yield (
            "Touching objects: their forms were not looked at when these measurements were made, because no "
            "rule about them was on (scan the labels again)."
        )
    off = [rule for rule in all_rules() if not config.is_on(rule)]
    asked_for = [rule for rule in off if not Config().is_on(rule)]
    if config.select and off:
        yield f"Every rule but those selected: {', '.join(config.select)}."
        return
    if others := [rule for rule in off if rule not in asked_for]:
        yield f"Switched off: {', '.join(others)}."
    if asked_for and unseen < len(pictures):
        yield f"Judged only when selected by name: {', '.join(asked_for)}."
