"""The configuration: a TOML table; every mistake in it gets an answer that names the file and the key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_type_hints

from audit.detectors.registry import all_rules
from audit.findings.finding import Severity
from audit.pipeline.link_template import list_link_fields
from audit.pipeline.rule_selection import UnknownRuleError, check_prefixes, is_selected, suggest_name
from audit.pipeline.validation import (
    ConfigError,
    check_keys,
    read_toml,
    require_table,
    validate_settings,
    validate_value,
)

FailOn = Literal["error", "warning", "never"]
FILE_NAME = "maskaudit.toml"
DEFAULT_PARTITION_SIZE = 200_000
"""Annotations a partition: some 100 MB of tables."""


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """The ``report`` table."""

    html: bool = True
    """Write the HTML report."""
    title: str = ""
    """Title of the report; empty = the names of the files."""
    max_pages: int = 200
    """Images that get a page of their own, the worst of all and some of every rule."""
    max_crops: int = 20_000
    """Findings that get a small picture on the contact sheets, the weightiest of every rule first."""
    single_file: bool = False
    """Write everything into one file."""
    max_size_mb: float = 20.0
    """Size of the one file at most; what does not fit is counted and named in it."""
    link: str = ""
    """Address of a finding in the labelling tool: https://cvat.example/tasks/{task}?frame={frame}."""


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
    """Families and rules that are not judged; the longer prefix wins, then this list."""
    fail_on: FailOn = "never"
    """The command exits with 1 if a finding is at least this severe."""
    workers: int | None = None
    """Threads that measure, or processes with ``--isolate``; left out: one a core."""
    partition_size: int = DEFAULT_PARTITION_SIZE
    """Annotations of a larger dataset that are written as one part of its tables, in whole images."""
    report: ReportSettings = ReportSettings()
    rules: Mapping[str, RuleSettings] = field(default_factory=lambda: MappingProxyType({}))
    gate: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """The ``gate`` table as it stands in the file; `audit.gates.policy` checks it."""
    file: str = ""
    """Where it was read from; empty = defaults."""

    def is_on(self, rule: str) -> bool:
        """Tell whether a rule is judged.

        Examples
        --------
        >>> Config().is_on("mask.tiny"), Config(ignore=("mask",)).is_on("mask.tiny")
        (True, False)
        """
        settings = self.rules.get(rule)
        return (settings is None or settings.enabled) and is_selected(rule, self.select, self.ignore)

    @property
    def judges_touching(self) -> bool:
        """Whether any rule about touching objects is judged: only these need a close look at forms.

        Examples
        --------
        >>> Config().judges_touching, Config(select=("overlap",)).judges_touching
        (True, False)
        """
        return any(self.is_on(rule) for rule in all_rules() if rule.startswith("touching."))

    def severity(self, rule: str) -> Severity | None:
        """Return the severity that replaces the rule's own; None where nothing was set."""
        settings = self.rules.get(rule)
        return settings.severity if settings else None

    def options(self, rule: str) -> Any:
        """Return the options in force for a rule."""
        settings = self.rules.get(rule)
        return (
            all_rules()[rule].options() if settings is None or settings.options is None else settings.options
        )

    def effective(self) -> dict[str, object]:
        """Spell out what is in force, every rule and option included.

        Returns
        -------
        dict
            Plain nested values. How the work is cut and spread (``workers``, ``partition_size``) is left
            out: it changes no finding.
        """
        table: dict[str, object] = {}
        for rule in all_rules().values():
            severity = self.severity(rule.id) or rule.severity
            table[rule.id] = {
                "enabled": self.is_on(rule.id),
                "severity": severity.value,
                **{name: _convert_tuples(value) for name, value in asdict(self.options(rule.id)).items()},
            }
        return {
            "fail_on": self.fail_on,
            "ignore": list(self.ignore),
            "report": asdict(self.report),
            "rules": table,
            "select": list(self.select),
        }


def _convert_tuples(value: object) -> object:
    """Turn tuples into lists at any depth, as JSON and TOML have them."""
    return [_convert_tuples(part) for part in value] if isinstance(value, tuple) else value


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
    for candidate_folder in (folder, *folder.parents):
        config_file, project_file = candidate_folder / FILE_NAME, candidate_folder / "pyproject.toml"
        if config_file.is_file():
            return config_file
        if project_file.is_file() and _find_project_table(read_toml(project_file)) is not None:
            return project_file
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
    table = read_toml(file)
    prefix = ""
    if file.name == "pyproject.toml":
        project_table = _find_project_table(table)
        if project_table is None:
            raise ConfigError(f"{file}: there is no table [tool.maskaudit]")
        table, prefix = project_table, "tool.maskaudit."
    return parse_config(table, str(file), prefix)


def _find_project_table(table: Mapping[str, Any]) -> dict[str, Any] | None:
    tools = table.get("tool")
    tool_table = tools.get("maskaudit") if isinstance(tools, dict) else None
    return tool_table if isinstance(tool_table, dict) else None


def parse_config(table: Mapping[str, Any], file: str = "", prefix: str = "") -> Config:
    """Check a configuration table.

    Parameters
    ----------
    table : mapping
        Keys ``select``, ``ignore``, ``fail_on``, ``workers``, ``partition_size``, ``report``, ``rules``,
        ``gate``.
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
    audit.pipeline.validation.ConfigError: maskaudit.toml: ignroe: unknown key; did you mean "ignore"?
    >>> parse_config({}) == Config()
    True
    """
    where = f"{file}: {prefix}" if file else prefix
    types = {key: hint for key, hint in get_type_hints(Config).items() if key != "file"}
    check_keys(table, types, where)
    values: dict[str, Any] = {
        key: validate_value(table[key], types[key], f"{where}{key}")
        for key in ("select", "ignore", "fail_on", "workers", "partition_size")
        if key in table
    }
    for key in ("select", "ignore"):
        try:
            check_prefixes(values.get(key, ()), all_rules().keys())
        except UnknownRuleError as error:
            raise ConfigError(f"{where}{key}: {error}") from error
    for key in ("workers", "partition_size"):
        if values.get(key) is not None and values[key] < 1:
            raise ConfigError(f"{where}{key}: expected 1 or more, got {values[key]}")
    if "report" in table:
        values["report"] = validate_settings(ReportSettings, table["report"], f"{where}report")
        try:
            list_link_fields(values["report"].link)
        except ValueError as error:
            raise ConfigError(f"{where}report.link: {error}") from error
    if "rules" in table:
        values["rules"] = MappingProxyType(_parse_rule_tables(table["rules"], f"{where}rules"))
    if "gate" in table:
        values["gate"] = MappingProxyType(dict(require_table(table["gate"], f"{where}gate")))
    return Config(**values, file=file)


def _parse_rule_tables(table: object, where: str) -> dict[str, RuleSettings]:
    """Read the rule tables, written as ``[rules."a.b"]`` or as ``[rules.a.b]``."""
    tables: dict[str, object] = {}
    for table_name, value in require_table(table, where).items():
        nested = value.items() if "." not in table_name and isinstance(value, dict) else ()
        for rule, settings in [(f"{table_name}.{name}", nested_table) for name, nested_table in nested] or [
            (table_name, value)
        ]:
            if rule in tables:
                raise ConfigError(f'{where}."{rule}": is given twice')
            if rule not in all_rules():
                suggestion = suggest_name(rule, all_rules()) or "; `maskaudit rules` lists all"
                raise ConfigError(f'{where}."{rule}": no rule has this name{suggestion}')
            tables[rule] = settings
    return {rule: _parse_rule_table(rule, settings, f'{where}."{rule}"') for rule, settings in tables.items()}


def _parse_rule_table(rule: str, value: object, where: str) -> RuleSettings:
    table = require_table(value, where)
    options_type = all_rules()[rule].options
    names = {setting.name for setting in fields(options_type)}
    check_keys(table, ["enabled", "severity", *sorted(names)], f"{where}.")
    general = validate_settings(
        RuleSettings, {key: entry for key, entry in table.items() if key not in names}, where
    )
    values = {key: value for key, value in table.items() if key in names}
    options = validate_settings(options_type, values, where) if values else None
    return RuleSettings(general.enabled, general.severity, options)
