"""One rule, whoever reports it: what the registry makes of a rule's module."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from enum import StrEnum
from types import ModuleType
from typing import TYPE_CHECKING, Any

from audit.carriers import dataclass
from audit.findings.finding import Severity

if TYPE_CHECKING:
    from audit.detectors.base import Hit, HitTable


SITE = "https://maskaudit.github.io/maskaudit/"
"""Where the documentation stands; the page of a rule keeps its address."""


class Judges(StrEnum):
    """What a rule judges, and so who reports it; a module says it as ``JUDGES``."""

    DATASET = "dataset"
    """The tables of a dataset: ``detect(measurements, options)``. The default."""
    PREDICTIONS = "predictions"
    """Labels by predictions: ``detect(label_evidence, options)``."""
    FILES = "files"
    """Records and fields as they stand in a file: a loader reports it, and there is no ``detect``."""
    RUN = "run"
    """The work itself: the pipeline reports it, and there is no ``detect``."""


@dataclass(frozen=True, slots=True)
class NoOptions:
    """The options of a rule that has none."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of this package or of a plugin."""

    id: str
    """``family.name``, as in the path of its module."""
    severity: Severity
    """Of its findings, where neither a hit nor the configuration says otherwise."""
    title: str
    """First line of the manual page, without the full stop."""
    manual: str
    """The manual page, with a table of the options: plain text."""
    options: type[Any] = NoOptions
    """Dataclass of `audit.detectors.base.option` fields."""
    detect: Callable[[Any, Any], Iterable[Hit | HitTable]] | None = None
    """From the tables that it judges, and its options, to hits; None where others report it."""
    judges: Judges = Judges.DATASET
    origin: str = ""
    """The distribution that a plugin's rule comes from; empty = maskaudit."""
    importance: float = 0.5
    """0..1: what a sure finding of this rule does to a model that trains on it. 1: it learns that two objects
    are one, or that an object is background. 0.05: nothing that anybody could measure. Times the score of a
    finding this is the order in which reports show findings."""

    @property
    def address(self) -> str:
        """Address of the rule's page in the documentation; empty for a plugin's rule.

        Examples
        --------
        >>> Rule("mask.tiny", Severity.WARNING, "A mask that is hardly there", "").address
        'https://maskaudit.github.io/maskaudit/rules/mask.tiny/'
        >>> Rule("acme.stripe", Severity.INFO, "A stripe", "", origin="acme-labels").address
        ''
        """
        return "" if self.origin else f"{SITE}rules/{self.id}/"


def importance_of_severity(severity: Severity) -> float:
    """Return the importance of a rule that names none.

    Examples
    --------
    >>> importance_of_severity(Severity.WARNING)
    0.5
    """
    return {Severity.ERROR: 1.0, Severity.WARNING: 0.5, Severity.INFO: 0.1}[severity]


class RuleError(Exception):
    """A module is no rule: the message names its file and what is missing."""


def rule_from_module(module: ModuleType, rule_id: str, origin: str = "") -> Rule:
    """Make a rule of the module that defines it.

    Parameters
    ----------
    module : module
        With a docstring, ``SEVERITY``, and ``detect``; perhaps with ``Options``, ``JUDGES``, ``IMPORTANCE``.
    rule_id : str
        ``family.name``.
    origin : str
        The plugin that it comes from.

    Raises
    ------
    RuleError
        If a part is missing or of the wrong kind.

    Examples
    --------
    >>> from audit.detectors.area import mismatch
    >>> rule_from_module(mismatch, "area.mismatch").severity
    <Severity.WARNING: 'warning'>
    >>> import types
    >>> rule_from_module(types.ModuleType("empty"), "area.empty")
    Traceback (most recent call last):
    audit.detectors.rule.RuleError: empty: a rule needs SEVERITY (a helper's name begins with _)
    """
    file = getattr(module, "__file__", None) or module.__name__
    severity = getattr(module, "SEVERITY", None)
    if not isinstance(severity, Severity):
        raise RuleError(f"{file}: a rule needs SEVERITY (a helper's name begins with _)")
    text = (module.__doc__ or "").strip()
    if not text:
        raise RuleError(f"{file}: a rule needs a docstring: its manual page")
    judges = getattr(module, "JUDGES", Judges.DATASET)
    if not isinstance(judges, Judges):
        raise RuleError(f"{file}: JUDGES is to be one of Judges")
    detect = getattr(module, "detect", None)
    if judges in (Judges.DATASET, Judges.PREDICTIONS) and not callable(detect):
        raise RuleError(f"{file}: a rule needs detect(tables, options), or JUDGES = Judges.FILES")
    importance = getattr(module, "IMPORTANCE", importance_of_severity(severity))
    if not isinstance(importance, float) or not 0.0 <= importance <= 1.0:
        raise RuleError(f"{file}: IMPORTANCE is to be a number from 0.0 to 1.0")
    options = getattr(module, "Options", NoOptions)
    manual = "\n\n".join(part for part in (text, options_table(options)) if part)
    title = text.splitlines()[0].rstrip(".")
    return Rule(rule_id, severity, title, manual, options, detect, judges, origin, importance)


def options_table(options: type[Any]) -> str:
    """Lay out the options of a rule as plain text: name, default, unit, meaning.

    Parameters
    ----------
    options : type
        A dataclass of `audit.detectors.base.option` fields.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from audit.detectors.base import option
    >>> @dataclass(frozen=True)
    ... class Options:
    ...     max_px: int = option(4, unit="px", help="largest mask that counts as tiny")
    >>> print(options_table(Options))
    Options
    -------
    max_px  4  px  largest mask that counts as tiny
    >>> options_table(NoOptions)
    ''
    """
    rows = [
        (f.name, _toml(f.default), str(f.metadata.get("unit", "-")), str(f.metadata.get("help", "")))
        for f in fields(options)
    ]
    if not rows:
        return ""
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join([*(row[i].ljust(widths[i]) for i in range(3)), row[3]]).rstrip() for row in rows]
    return "\n".join(["Options", "-------", *lines])


def _toml(value: object) -> str:
    """Write a default as the configuration file would."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
