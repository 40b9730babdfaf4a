"""The cheap half of a scan: run the rules over the measurements and put their findings in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from audit.detectors.base import to_findings
from audit.detectors.registry import rules
from audit.engine.catalogue import catalogue
from audit.engine.clock import Clock
from audit.engine.config import Config
from audit.engine.stored import Stored
from audit.findings.finding import Finding, in_order
from audit.measure.schema import Measurements

NOT_CHECKED = "not_checked"
"""State of a picture, in the images table, that nobody looked at."""


def judge(stored: Stored, config: Config, clock: Clock) -> tuple[Finding, ...]:
    """Run every rule that is on.

    Parameters
    ----------
    stored : Stored
        The measurements, and what reading reported.
    config : Config
    clock : Clock
        Gets the time of each rule as ``rule <id>``.

    Returns
    -------
    tuple of Finding
        In the order of every output.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> config = Config(select=("overlap",))
    >>> judge(Stored(empty_measurements(), (), ()), config, Clock())
    ()
    """
    found = [f for f in stored.reader_findings if config.is_on(f.rule)]
    m = stored.measurements
    for rule in rules().values():
        if config.is_on(rule.id):
            with clock.step(f"rule {rule.id}"):
                hits = rule.detect(m, config.options(rule.id))
                found.extend(to_findings(rule.id, rule.severity, hits, m))
    with clock.step("order"):
        return in_order(_weighed(found, config))


def _weighed(findings: list[Finding], config: Config) -> Iterator[Finding]:
    """Give findings the severity that the configuration sets."""
    for f in findings:
        severity = config.severity(f.rule)
        yield f if severity is None or severity is f.severity else replace(f, severity=severity)


def not_checked(m: Measurements, config: Config) -> Iterator[str]:
    """Say what a scan did not look at, and why.

    Yields
    ------
    str
        One sentence each.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> list(not_checked(empty_measurements(), Config()))
    []
    >>> list(not_checked(empty_measurements(), Config(ignore=("overlap.duplicate",))))
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
    off = [rule for rule in catalogue() if not config.is_on(rule)]
    if config.select and off:
        yield f"Every rule but those selected: {', '.join(config.select)}."
    elif off:
        yield f"Switched off: {', '.join(off)}."
