"""The cheap half of a scan: run the rules over the measurements and put their findings in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from audit.detectors.base import to_findings
from audit.detectors.registry import Rule, rules
from audit.findings.finding import Finding, Severity, sort_findings
from audit.measure.schema import Measurements
from audit.pipeline.catalogue import catalogue
from audit.pipeline.config import Config
from audit.pipeline.stored import Stored
from audit.pipeline.timer import Timer
from audit.touching.not_measured import is_not_measured

NOT_CHECKED = "not_checked"
"""State of a picture, in the images table, that nobody looked at."""


def evaluate_rules(stored: Stored, config: Config, clock: Timer) -> tuple[Finding, ...]:
    """Run every rule that is on.

    Parameters
    ----------
    stored : Stored
        The measurements, and what reading reported.
    config : Config
    clock : Timer
        Gets the time of each rule as ``rule <id>``.

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
    found = [*stored.reader_findings, *run_rules(rules(), m, m, config, clock)]
    with clock.step("order"):
        return sort_findings(apply_severities(found, config))


def run_rules(
    known: Mapping[str, Rule], tables: object, m: Measurements, config: Config, clock: Timer
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

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> m = empty_measurements()
    >>> list(run_rules({}, m, m, Config(), Timer()))
    []
    """
    for rule in known.values():
        if config.is_on(rule.id):
            with clock.step(f"rule {rule.id}"):
                hits = rule.detect(tables, config.options(rule.id))
                yield from to_findings(rule.id, rule.severity, hits, m)


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
    if is_not_measured(m) and config.judges_touching:
        yield (
            "Touching objects: their forms were not looked at when these measurements were made, because no "
            "rule about them was on (scan the labels again)."
        )
    off = [rule for rule in catalogue() if not config.is_on(rule)]
    asked_for = [rule for rule in off if not Config().is_on(rule)]
    if config.select and off:
        yield f"Every rule but those selected: {', '.join(config.select)}."
        return
    if others := [rule for rule in off if rule not in asked_for]:
        yield f"Switched off: {', '.join(others)}."
    if asked_for and unseen < len(pictures):
        yield f"Judged only when selected by name: {', '.join(asked_for)}."
