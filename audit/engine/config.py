"""The configuration: a TOML table; every mistake in it gets an answer that names the file and the key."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args, get_type_hints

import msgspec

from audit.compare.rules import all_rules
from audit.engine.catalogue import UnknownRuleError, catalogue, check_prefixes, is_on, nearest
from audit.findings.finding import Severity

FailOn = Literal["error", "warning", "never"]
FILE_NAME = "maskaudit.toml"
_SHARES = frozenset({"IoU", "IoA", "IoS", "share", "probability"})
"""Units of options that lie between 0 and 1."""


class ConfigError(ValueError):
    """The configuration has a mistake; the message names the file and the key."""


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """The ``report`` table."""

    html: bool = True
    """Write the HTML report."""
    max_pages: int = 200
    """Images that get a page of their own, the worst of all and some of every rule."""
    single_file: bool = False
    """Write everything into one file."""
    max_size_mb: float = 20.0
    """Size of the one file at most; what does not fit is counted and named in it."""


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """One ``rules."family.name"`` table."""

    enabled: bool = True
    severity: Severity | None = None
    """Replaces the severity of all findings of the rule; None = as the rule says."""
    options: Any = None
    """The rule's own ``Options``; None = its defaults."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a scan is told, checked.

    Examples
    --------
    >>> Config().is_on("overlap.duplicate")
    True
    """

    select: tuple[str, ...] = ()
    """Families and rules that are judged; empty = all."""
    ignore: tuple[str, ...] = ()
    fail_on: FailOn = "never"
    workers: int | None = None
    """Worker processes; None = by size."""
    report: ReportSettings = ReportSettings()
    rules: Mapping[str, RuleSettings] = field(default_factory=lambda: MappingProxyType({}))
    file: str = ""
    """Where it was read from; empty = defaults."""

    def is_on(self, rule: str) -> bool:
        """Tell whether a rule is judged."""
        settings = self.rules.get(rule)
        return is_on(rule, self.select, self.ignore) and (settings is None or settings.enabled)

    def severity(self, rule: str) -> Severity | None:
        """Return the severity that replaces the rule's own; None where nothing was set."""
        settings = self.rules.get(rule)
        return settings.severity if settings else None

    def options(self, rule: str) -> Any:
        """Return the options in force for a detector."""
        settings = self.rules.get(rule)
        return (
            all_rules()[rule].options() if settings is None or settings.options is None else settings.options
        )

    def effective(self) -> dict[str, object]:
        """Spell out what is in force, every rule and option included.

        Returns
        -------
        dict
            Plain nested values. How the work is spread (``workers``) is left out: it changes no finding.
        """
        table: dict[str, object] = {}
        for info in catalogue().values():
            severity = self.severity(info.id)
            own = asdict(self.options(info.id)) if info.id in all_rules() else {}
            table[info.id] = {
                "enabled": self.is_on(info.id),
                "severity": severity.value if severity else info.severity,
                **{name: _listed(value) for name, value in own.items()},
            }
        return {
            "fail_on": self.fail_on,
            "ignore": list(self.ignore),
            "report": asdict(self.report),
            "rules": table,
            "select": list(self.select),
        }


def _listed(value: object) -> object:
    """Turn tuples into lists at any depth, as JSON and TOML have them."""
    return [_listed(part) for part in value] if isinstance(value, tuple) else value


def find_config(folder: Path) -> Path | None:
    """Search a folder and all above it for ``maskaudit.toml`` or ``[tool.maskaudit]`` in ``pyproject.toml``.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Path or None
        The nearest file; ``maskaudit.toml`` where a folder has both.

    Raises
    ------
    ConfigError
        If a ``pyproject.toml`` on the way is no TOML.

    Examples
    --------
    >>> find_config(Path("/")) is None
    True
    """
    for place in (folder, *folder.parents):
        own, project = place / FILE_NAME, place / "pyproject.toml"
        if own.is_file():
            return own
        if project.is_file() and _project_table(_read(project)) is not None:
            return project
    return None


def load_config(file: Path) -> Config:
    """Read a configuration file.

    Parameters
    ----------
    file : Path
        A ``pyproject.toml`` (its ``[tool.maskaudit]`` is read) or a file with the same keys at its top.

    Raises
    ------
    ConfigError
        If it cannot be read or anything in it is unknown or of the wrong type.
    """
    table = _read(file)
    prefix = ""
    if file.name == "pyproject.toml":
        own = _project_table(table)
        if own is None:
            raise ConfigError(f"{file}: there is no table [tool.maskaudit]")
        table, prefix = own, "tool.maskaudit."
    return parse_config(table, str(file), prefix)


def _project_table(table: Mapping[str, Any]) -> dict[str, Any] | None:
    tool = table.get("tool")
    own = tool.get("maskaudit") if isinstance(tool, dict) else None
    return own if isinstance(own, dict) else None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error


def parse_config(table: Mapping[str, Any], file: str = "", prefix: str = "") -> Config:
    """Check a configuration table.

    Parameters
    ----------
    table : mapping
        Keys ``select``, ``ignore``, ``fail_on``, ``workers``, ``report``, ``rules``.
    file : str
        For messages.
    prefix : str
        What stands before the keys in the file, for messages.

    Raises
    ------
    ConfigError
        At the first key that is unknown or whose value has the wrong type.

    Examples
    --------
    >>> config = parse_config({"rules": {"overlap.duplicate": {"min_iou": 0.9, "severity": "warning"}}})
    >>> config.options("overlap.duplicate").min_iou
    0.9
    >>> parse_config({"ignroe": ["mask"]}, "maskaudit.toml")
    Traceback (most recent call last):
    audit.engine.config.ConfigError: maskaudit.toml: ignroe: unknown key; did you mean "ignore"?
    >>> parse_config({}) == Config()
    True
    """
    where = f"{file}: {prefix}" if file else prefix
    types = {key: hint for key, hint in get_type_hints(Config).items() if key != "file"}
    _check_keys(table, types, where)
    values: dict[str, Any] = {
        key: _value(table[key], types[key], f"{where}{key}")
        for key in ("select", "ignore", "fail_on", "workers")
        if key in table
    }
    for key in ("select", "ignore"):
        try:
            check_prefixes(values.get(key, ()), catalogue().keys())
        except UnknownRuleError as error:
            raise ConfigError(f"{where}{key}: {error}") from error
    if values.get("workers") is not None and values["workers"] < 1:
        raise ConfigError(f"{where}workers: expected 1 or more, got {values['workers']}")
    if "report" in table:
        values["report"] = _dataclass(ReportSettings, table["report"], f"{where}report")
    if "rules" in table:
        values["rules"] = MappingProxyType(_rules(table["rules"], f"{where}rules"))
    return Config(**values, file=file)


def _rules(table: object, where: str) -> dict[str, RuleSettings]:
    """Read the rule tables, written as ``[rules."a.b"]`` or as ``[rules.a.b]``."""
    found: dict[str, object] = {}
    for key, value in _table(table, where).items():
        nested = value.items() if "." not in key and isinstance(value, dict) else ()
        for rule, settings in [(f"{key}.{name}", own) for name, own in nested] or [(key, value)]:
            if rule in found:
                raise ConfigError(f'{where}."{rule}": is given twice')
            if rule not in catalogue():
                hint = nearest(rule, catalogue()) or "; `maskaudit rules` lists all"
                raise ConfigError(f'{where}."{rule}": no rule has this name{hint}')
            found[rule] = settings
    return {rule: _rule(rule, settings, f'{where}."{rule}"') for rule, settings in found.items()}


def _rule(rule: str, value: object, where: str) -> RuleSettings:
    table = _table(value, where)
    detector = all_rules().get(rule)
    own = {f.name for f in fields(detector.options)} if detector else set()
    _check_keys(table, ["enabled", "severity", *sorted(own)], f"{where}.")
    common = _dataclass(RuleSettings, {k: v for k, v in table.items() if k not in own}, where)
    given = {key: value for key, value in table.items() if key in own}
    options = _dataclass(detector.options, given, where) if detector and given else None
    return RuleSettings(common.enabled, common.severity, options)


def _dataclass(kind: type[Any], value: object, where: str) -> Any:
    """Make a settings dataclass of a table, every value checked against its field."""
    table = _table(value, where)
    hints = get_type_hints(kind)
    _check_keys(table, hints, f"{where}.")
    units = {f.name: f.metadata.get("unit") for f in fields(kind)}
    checked = {}
    for key, given in table.items():
        path = f"{where}.{key}"
        checked[key] = _value(given, hints[key], path)
        for number in _numbers(checked[key]):
            if not math.isfinite(number):
                raise ConfigError(f"{path}: expected a finite number, got {number}")
            if units[key] in _SHARES and not 0 <= number <= 1:
                raise ConfigError(f"{path}: expected a value from 0 to 1 ({units[key]}), got {number}")
    return kind(**checked)


def _numbers(value: object) -> Iterable[float]:
    if isinstance(value, tuple):
        return [number for part in value for number in _numbers(part)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


def _value(value: object, hint: Any, where: str) -> Any:
    choices = _choices(hint)
    if choices and value not in choices:
        hint_text = nearest(value, choices) if isinstance(value, str) else ""
        raise ConfigError(f"{where}: expected one of {', '.join(choices)}, got {value!r}{hint_text}")
    try:
        return msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        what = str(error).replace("`", "").removeprefix("E").replace(" - at $", ", at ")
        raise ConfigError(f"{where}: e{what}" if str(error)[:1] == "E" else f"{where}: {error}") from error


def _choices(hint: Any) -> Sequence[str]:
    """Return the texts that a field accepts; empty where it accepts more than a few."""
    for kind in (hint, *get_args(hint)):
        if kind is Severity:
            return [s.value for s in Severity]
    return [str(v) for v in get_args(hint)] if hint is FailOn else []


def _table(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where}: expected a table, got {value!r}")
    return value


def _check_keys(table: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    names = list(known)
    for key in table:
        if key not in names:
            hint = nearest(key, names) or (f"; known: {', '.join(names)}" if names else "")
            raise ConfigError(f"{where}{key}: unknown key{hint}")
