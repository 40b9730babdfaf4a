"""The policy: what a batch may contain, and what is forgiven for a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from audit.carriers import dataclass
from audit.detectors.registry import all_rules
from audit.findings.finding import Finding, Severity
from audit.findings.number_format import format_percent
from audit.pipeline.config import load_config
from audit.pipeline.rule_selection import UnknownRuleError, check_prefixes, is_selected
from audit.pipeline.validation import (
    ConfigError,
    check_keys,
    read_toml,
    require_table,
    validate_settings,
    validate_value,
)

RateUnit = Literal["annotation", "pair", "image"]
UndecidedOutcome = Literal["fail", "pass"]


@dataclass(frozen=True, slots=True)
class Limit:
    """One ``[[gate.limits]]`` table: how much of something a batch may contain."""

    rule: str = ""
    """A rule (``overlap.partial``), a family (``overlap.*``), or ``*``; empty = all."""
    severity: Severity | None = None
    """Only findings of this severity; None = of any."""
    max_count: int | None = None
    """Findings that are allowed."""
    max_rate: float | None = None
    """Share of the units that may have such a finding."""
    per: RateUnit = "annotation"
    """What a rate counts: annotations, pairs that touch or overlap, or images."""
    confidence: float | None = None
    """With it not the observed rate but its upper bound must keep to ``max_rate``."""
    min_sample: int = 0
    """Units below which nothing is decided, unless the rate is surely too high."""

    @property
    def title(self) -> str:
        """What is limited, in words."""
        subject = self.rule or "*"
        return f"{subject} ({self.severity.value})" if self.severity else subject

    @property
    def demand(self) -> str:
        """What is demanded of it, in words.

        Examples
        --------
        >>> Limit("mask.*", max_rate=0.01, confidence=0.95).demand
        'at most 1 % of annotations, with 95 % confidence'
        >>> Limit(max_count=0).demand
        'at most 0'
        """
        if self.max_rate is None:
            return f"at most {self.max_count:,}"
        units = {"annotation": "annotations", "pair": "touching pairs", "image": "images"}[self.per]
        certainty = f", with {format_percent(self.confidence, None)} confidence" if self.confidence else ""
        return f"at most {format_percent(self.max_rate, None)} of {units}{certainty}"

    def covers(self, finding: Finding) -> bool:
        """Tell whether the limit is about a finding."""
        return matches_rule(self.rule, finding.rule) and self.severity in (None, finding.severity)


@dataclass(frozen=True, slots=True)
class Waiver:
    """One ``[[gate.waivers]]`` table: findings that do not count until a day."""

    rule: str
    reason: str
    until: date
    """The last day on which it holds."""
    fingerprint: str = ""
    category: str = ""
    """Name of a category that the finding is about."""
    file: str = ""
    """File name of the image; ``*`` and ``?`` stand for other characters."""

    def has_expired(self, today: date) -> bool:
        """Tell whether its last day is over."""
        return self.until < today

    @property
    def title(self) -> str:
        """What it is about, in words."""
        conditions = [f"{key} {getattr(self, key)}" for key in ("fingerprint", "category", "file")]
        return ", ".join([self.rule, *(text for text in conditions if not text.endswith(" "))])


@dataclass(frozen=True, slots=True)
class Policy:
    """The ``gate`` table, checked."""

    limits: tuple[Limit, ...] = (
        Limit(severity=Severity.ERROR, max_count=0),
        Limit(severity=Severity.WARNING, max_rate=0.05),
    )
    """Where none are given: no error, and a warning on at most one of twenty annotations."""
    waivers: tuple[Waiver, ...] = ()
    undecided: UndecidedOutcome = "fail"
    """What the command makes of a batch that is too small to judge."""
    ratchet: bool = False
    """Refuse a batch that has more findings of any rule than the baseline."""
    file: str = ""
    """Where it was read from; empty = defaults."""


def matches_rule(pattern: str, rule: str) -> bool:
    """Tell whether a rule is the one named, or of the family named.

    Parameters
    ----------
    pattern : str
        A rule, a family (``overlap`` or ``overlap.*``), or ``*``; empty = every rule.
    rule : str
        Rule id.

    Examples
    --------
    >>> patterns = ("overlap.*", "overlap", "overlap.partial", "*", "mask.*")
    >>> [matches_rule(pattern, "overlap.partial") for pattern in patterns]
    [True, True, True, True, False]
    >>> matches_rule("", "overlap.partial")
    True
    """
    prefix = _rule_prefix(pattern)
    return not prefix or is_selected(rule, [prefix], [])


def _rule_prefix(pattern: str) -> str:
    return "" if pattern == "*" else pattern.removesuffix(".*")


def load_policy(file: Path) -> Policy:
    """Read a policy file: TOML with a table ``gate``, or a ``pyproject.toml``.

    Raises
    ------
    ConfigError
        If it cannot be read, has no such table, or anything in it is unknown or wrong.
    """
    if file.name == "pyproject.toml":
        return replace(parse_policy(load_config(file).gate, f"{file}: tool.maskaudit.gate"), file=str(file))
    table = read_toml(file)
    if "gate" not in table:
        known = {field.name for field in fields(Policy)} - {"file"}
        hint = "; write [[gate.limits]], not [[limits]]" if known & set(table) else ""
        raise ConfigError(f"{file}: there is no table [gate]{hint}")
    for key in table:
        if key != "gate":
            raise ConfigError(f"{file}: {key}: a policy has only [gate]; give the rest with --config")
    return replace(
        parse_policy(require_table(table["gate"], f"{file}: gate"), f"{file}: gate"), file=str(file)
    )


def parse_policy(table: Mapping[str, Any], where: str = "gate") -> Policy:
    """Check a ``gate`` table.

    Parameters
    ----------
    table : mapping
        Keys ``limits``, ``waivers``, ``undecided``, ``ratchet``.
    where : str
        File and key, for messages.

    Raises
    ------
    ConfigError
        At the first thing that is unknown, of the wrong type, or contradicts itself.

    Examples
    --------
    >>> parse_policy({"limits": [{"rule": "overlap.*", "max_rate": 0.01}]}).limits[0].title
    'overlap.*'
    >>> parse_policy({"limits": [{"rule": "overlap.*", "max_rat": 0.01}]})
    Traceback (most recent call last):
    audit.pipeline.validation.ConfigError: gate.limits[0].max_rat: unknown key; did you mean "max_rate"?
    >>> parse_policy({}) == Policy()
    True
    """
    check_keys(table, [field.name for field in fields(Policy) if field.name != "file"], f"{where}.")
    values: dict[str, Any] = {}
    for key, hint in (("undecided", UndecidedOutcome), ("ratchet", bool)):
        if key in table:
            values[key] = validate_value(table[key], hint, f"{where}.{key}")
    if "limits" in table:
        values["limits"] = tuple(
            _parse_limit(entry, f"{where}.limits[{number}]")
            for number, entry in enumerate(_list_tables(table["limits"], f"{where}.limits"))
        )
        if not values["limits"]:
            raise ConfigError(f"{where}.limits: there is no limit in it; leave it out for the default ones")
    if "waivers" in table:
        values["waivers"] = tuple(
            _parse_waiver(entry, f"{where}.waivers[{number}]")
            for number, entry in enumerate(_list_tables(table["waivers"], f"{where}.waivers"))
        )
    return Policy(**values)


def _list_tables(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise ConfigError(f"{where}: expected a list of tables, [[{where.split(': ')[-1]}]], got {value!r}")
    return value


def _parse_limit(value: object, where: str) -> Limit:
    limit: Limit = validate_settings(Limit, value, where)
    written = require_table(value, where)
    _check_pattern(limit.rule, f"{where}.rule")
    if not limit.rule and limit.severity is None:
        raise ConfigError(f'{where}: says what is limited by neither rule nor severity; "*" is every rule')
    if (limit.max_count is None) == (limit.max_rate is None):
        raise ConfigError(f"{where}: give either max_count or max_rate")
    if limit.max_count is not None:
        for key in ("per", "confidence", "min_sample"):
            if key in written:
                raise ConfigError(f"{where}.{key}: belongs to max_rate, and this limit has max_count")
        if limit.max_count < 0:
            raise ConfigError(f"{where}.max_count: expected 0 or more, got {limit.max_count}")
    if limit.max_rate is not None and not 0 <= limit.max_rate <= 1:
        raise ConfigError(f"{where}.max_rate: expected a share from 0 to 1, got {limit.max_rate}")
    if limit.confidence is not None and not 0.5 <= limit.confidence < 1:
        raise ConfigError(f"{where}.confidence: expected a value from 0.5 to below 1, got {limit.confidence}")
    if limit.min_sample < 0:
        raise ConfigError(f"{where}.min_sample: expected 0 or more, got {limit.min_sample}")
    if limit.confidence is not None and limit.max_rate == 0:
        raise ConfigError(f"{where}.max_rate: no batch can show a rate of 0 with confidence; use max_count")
    return limit


def _parse_waiver(value: object, where: str) -> Waiver:
    table = dict(require_table(value, where))
    names = [field.name for field in fields(Waiver)]
    check_keys(table, names, f"{where}.")
    for key in ("rule", "reason", "until"):
        if key not in table:
            raise ConfigError(f"{where}: there is no {key}; a waiver needs rule, reason and until")
    waiver: Waiver = validate_settings(Waiver, table, where)
    _check_pattern(waiver.rule, f"{where}.rule")
    if not waiver.reason.strip():
        raise ConfigError(f"{where}.reason: is empty; say why this is forgiven")
    if not (waiver.fingerprint or waiver.category or waiver.file):
        raise ConfigError(f"{where}: names neither fingerprint, category nor file; that would waive the rule")
    return waiver


def _check_pattern(pattern: str, where: str) -> None:
    try:
        check_prefixes([_rule_prefix(pattern)] if _rule_prefix(pattern) else [], all_rules())
    except UnknownRuleError as error:
        raise ConfigError(f"{where}: {error}") from error
