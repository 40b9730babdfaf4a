"""The cheap half of a scan: run the rules over the measurements and put their findings in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from audit.detectors.hit_findings import HitConverter
from audit.detectors.registry import all_rules, dataset_rules, rule_problems
from audit.detectors.rule import Rule
from audit.findings.finding import Finding
from audit.findings.finding_table import FindingTable, IntArray
from audit.geometry.array_memory import trim_memory
from audit.geometry.disk_arrays import release_pages
from audit.loaders.loaded import RULE_TITLE
from audit.measure.schema import Measurements
from audit.pipeline.config import Config
from audit.pipeline.stored import StoredMeasurements
from audit.pipeline.timer import Timer
from audit.plugins import describe_error
from audit.touching.not_measured import is_not_measured

NOT_CHECKED = "not_checked"
"""State of a picture, in the images table, that nobody looked at."""
MANY_FINDINGS = 100_000
"""Findings of a rule whose making leaves memory behind that the system should have back."""
COPIED, REDRAWN = "annotation.duplicate", "overlap.duplicate"
"""A record that repeats another one, and an object that was drawn twice: both are equal masks."""


def evaluate_rules(
    stored: StoredMeasurements, config: Config, timer: Timer, failures: list[str] | None = None
) -> FindingTable:
    """Run every rule that is on.

    Parameters
    ----------
    stored : StoredMeasurements
        The measurements, and what reading reported.
    config : Config
    timer : Timer
        Gets the time of each rule as ``rule <id>``.
    failures : list of str, optional
        Gets a line for every rule of a plugin that failed.

    Returns
    -------
    FindingTable
        In the order of every output.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> config = Config(select=("overlap",))
    >>> len(evaluate_rules(StoredMeasurements(empty_measurements(), (), ()), config, Timer()))
    0
    """
    measurements = stored.measurements
    judged = run_rules(dataset_rules(), measurements, measurements, config, timer, failures)
    with timer.step("order"):
        findings = FindingTable.concat([FindingTable.of(stored.reader_findings), judged])
        findings = apply_severities(drop_copied_pairs(findings), config).sort()
        pa.default_memory_pool().release_unused()  # what the tables of single rules took
    return findings


def drop_copied_pairs(findings: FindingTable) -> FindingTable:
    """Leave out duplicates by pixels of which it is already said that the record was copied.

    `annotation.duplicate` says more than `overlap.duplicate`, and one thing is said once. Where the first
    is switched off, the second stands alone and stays.

    Parameters
    ----------
    findings : FindingTable

    Returns
    -------
    FindingTable
        In order.

    Examples
    --------
    >>> from audit.findings.finding import Finding, Severity
    >>> both = [Finding(rule, Severity.ERROR, "", instance_rows=(0, 1)) for rule in (COPIED, REDRAWN)]
    >>> drop_copied_pairs(FindingTable.of(both)).count_texts("rule")
    {'annotation.duplicate': 1}
    >>> drop_copied_pairs(FindingTable.of(both[1:])).count_texts("rule")
    {'overlap.duplicate': 1}
    >>> len(drop_copied_pairs(FindingTable.of([])))
    0
    """
    _, copy_starts, copies = _find_groups(findings, COPIED)
    redrawn_rows, redrawn_starts, redrawn = _find_groups(findings, REDRAWN)
    if not (len(copies) and len(redrawn)):
        return findings
    # All copies of one record name the same original, so several copies are a group as well.
    original = np.arange(max(copies.max(), redrawn.max()) + 1)
    original[copies[copy_starts + 1]] = copies[copy_starts]
    first, last = (reduce.reduceat(original[redrawn], redrawn_starts) for reduce in (np.minimum, np.maximum))
    is_kept = np.ones(len(findings), dtype=np.bool_)
    is_kept[redrawn_rows[first == last]] = False
    return findings.filter(is_kept)


def _find_groups(findings: FindingTable, rule: str) -> tuple[IntArray, IntArray, IntArray]:
    """Return the findings of a rule that are about several instances, where these begin, and these."""
    codes, names = findings.codes("rule")
    lengths, members = findings.lists("instance_rows")
    is_group = (lengths > 1) & (codes == (names.index(rule) if rule in names else -1))
    group_lengths = lengths[is_group]
    return (
        np.flatnonzero(is_group),
        np.cumsum(group_lengths) - group_lengths,
        members[np.repeat(is_group, lengths)],
    )


def run_rules(
    rules_by_id: Mapping[str, Rule],
    tables: object,
    measurements: Measurements,
    config: Config,
    timer: Timer,
    failures: list[str] | None = None,
) -> FindingTable:
    """Run those of some rules that are on.

    Parameters
    ----------
    rules_by_id : mapping
        Rules by id.
    tables : object
        What they judge.
    measurements : Measurements
        What their hits refer to.
    config : Config
    timer : Timer
        Gets the time of each rule as ``rule <id>``.
    failures : list of str, optional
        Gets a line for every rule of a plugin that raised an error; the findings of this rule are left out.
        An error of a rule of this package is a bug, and ends the audit.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> m = empty_measurements()
    >>> len(run_rules({}, m, m, Config(), Timer()))
    0
    """
    converter = HitConverter(measurements)
    finding_tables: list[FindingTable] = []
    for rule in rules_by_id.values():
        if rule.detect is None or not config.is_on(rule.id):
            continue
        with timer.step(f"rule {rule.id}"):
            try:
                hits = rule.detect(tables, config.options(rule.id))
                finding_tables.append(converter.convert(rule.id, rule.severity, hits))
                if len(finding_tables[-1]) > MANY_FINDINGS:
                    trim_memory()
            except Exception as error:
                if not rule.origin:
                    raise
                if failures is not None:
                    failures.append(f"Rule {rule.id} of {rule.origin} failed: {describe_error(error)}.")
            release_pages()
        pa.default_memory_pool().release_unused()
    trim_memory()
    return FindingTable.concat(finding_tables)


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


def apply_severities(findings: FindingTable, config: Config) -> FindingTable:
    """Leave out findings of rules that are off, and give the others the severity that is configured.

    Parameters
    ----------
    findings : FindingTable
    config : Config

    Returns
    -------
    FindingTable
        In order.

    Examples
    --------
    >>> from audit.findings.finding import Finding, Severity
    >>> tiny = FindingTable.of([Finding("mask.tiny", Severity.INFO, "2 px")])
    >>> apply_severities(tiny, Config()).count_texts("rule")
    {'mask.tiny': 1}
    >>> len(apply_severities(tiny, Config(ignore=("mask",))))
    0
    """
    codes, rules = findings.codes("rule")
    kept = findings.filter(np.array([config.is_on(rule) for rule in rules], dtype=np.bool_)[codes])
    severities = {rule: severity.value for rule in rules if (severity := config.severity(rule)) is not None}
    if not severities:
        return kept
    pairs = zip(kept.cells("rule"), kept.cells("severity"), strict=True)
    return kept.replace("severity", [severities.get(rule, severity) for rule, severity in pairs])


def list_not_checked(measurements: Measurements, config: Config) -> Iterator[str]:
    """Say what a scan did not look at, and why.

    Parameters
    ----------
    measurements : Measurements
        Their tables say which pictures, masks and forms were looked at.
    config : Config
        Says which rules were on.

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
    pictures = measurements.images["picture"]
    n_unchecked = int((pictures == NOT_CHECKED).sum())
    if n_unchecked and n_unchecked == len(pictures):
        yield (
            "The pictures: none were given, so whether they exist, can be read and have the declared size "
            "is not known (give their folder with --images)."
        )
    elif n_unchecked:
        yield f"{n_unchecked:,} of {len(pictures):,} pictures."
    has_no_mask = measurements.instances["segmentation"] == 0
    if has_no_mask.any():
        counts = f"{has_no_mask.sum():,} of {len(has_no_mask):,}"
        yield f"{counts} annotations: they have no mask that can be used."
    for problem in rule_problems():
        yield f"{problem}."
    if is_not_measured(measurements) and config.judges_touching:
        yield (
            "Touching objects: their forms were not looked at when these measurements were made, because no "
            "rule about them was on (scan the labels again)."
        )
    switched_off = [rule for rule in all_rules() if not config.is_on(rule)]
    on_request = [rule for rule in switched_off if not Config().is_on(rule)]
    if config.select and switched_off:
        yield f"Every rule but those selected: {', '.join(config.select)}."
        return
    if by_configuration := [rule for rule in switched_off if rule not in on_request]:
        yield f"Switched off: {', '.join(by_configuration)}."
    if on_request and n_unchecked < len(pictures):
        yield f"Judged only when selected by name: {', '.join(on_request)}."
