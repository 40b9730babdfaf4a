"""Tables of a configuration file, checked: every mistake gets an answer that names the file and the key."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from audit.findings.finding import Severity
from audit.findings.regular_file import read_regular_text
from audit.pipeline.rule_selection import suggest_name

SHARE_UNITS = frozenset({"IoU", "IoA", "IoS", "share", "probability"})
"""Units of options that lie between 0 and 1."""


MAX_TOML_BYTES = 16 * 2**20
"""Of a configuration or a policy, which people write by hand."""


class ConfigError(ValueError):
    """The configuration has a mistake; the message names the file and the key."""


def read_toml(file: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    ConfigError
        If it cannot be read or is not valid TOML.

    Examples
    --------
    >>> try:
    ...     read_toml(Path("no such file.toml"))
    ... except ConfigError as error:
    ...     print(error)
    no such file.toml: cannot be read: No such file or directory
    """
    import tomllib  # late: many audits read no such file

    try:
        return tomllib.loads(read_regular_text(file, max_bytes=MAX_TOML_BYTES))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error


def validate_settings(settings_type: type[Any], value: object, where: str) -> Any:
    """Make a settings dataclass of a table, every value checked against its field.

    Parameters
    ----------
    settings_type : type
        A dataclass; the ``unit`` in a field's metadata limits its values (`audit.detectors.base.option`).
    value : object
        What stands in the file.
    where : str
        File and key, for messages.

    Raises
    ------
    ConfigError
        If it is no table, a key is unknown, or a value has the wrong type.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Report:
    ...     html: bool = True
    >>> validate_settings(Report, {"html": False}, "report")
    Report(html=False)
    >>> validate_settings(Report, {}, "report")
    Report(html=True)
    """
    table = require_table(value, where)
    field_types = get_type_hints(settings_type)
    check_keys(table, field_types, f"{where}.")
    units = {setting.name: setting.metadata.get("unit") for setting in fields(settings_type)}
    values = {}
    for key, entry in table.items():
        path = f"{where}.{key}"
        values[key] = validate_value(entry, field_types[key], path)
        for number in _list_numbers(values[key]):
            if not math.isfinite(number):
                raise ConfigError(f"{path}: expected a finite number, got {number}")
            if units[key] in SHARE_UNITS and not 0 <= number <= 1:
                raise ConfigError(f"{path}: expected a value from 0 to 1 ({units[key]}), got {number}")
    return settings_type(**values)


def _list_numbers(value: object) -> Iterable[float]:
    if isinstance(value, tuple):
        return [number for part in value for number in _list_numbers(part)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


def validate_value(value: object, value_type: Any, where: str) -> Any:
    """Convert a value to the type of its field.

    Parameters
    ----------
    value : object
        What stands in the file.
    value_type : type
        Of the field, as annotated.
    where : str
        File and key, for messages.

    Raises
    ------
    ConfigError
        If it has another type, or is none of the texts that the field accepts.

    Examples
    --------
    >>> validate_value(["mask"], tuple[str, ...], "ignore")
    ('mask',)
    """
    choices = _list_choices(value_type)
    if choices and value not in choices:
        suggestion = suggest_name(value, choices) if isinstance(value, str) else ""
        raise ConfigError(f"{where}: expected one of {', '.join(choices)}, got {value!r}{suggestion}")
    try:
        return msgspec.convert(value, value_type)
    except msgspec.ValidationError as error:
        problem = str(error).replace("`", "").removeprefix("E").replace(" - at $", ", at ")
        raise ConfigError(f"{where}: e{problem}" if str(error)[:1] == "E" else f"{where}: {error}") from error


def _list_choices(value_type: Any) -> Sequence[str]:
    """Return the texts that a field accepts; empty where it accepts more than a few."""
    for member_type in (value_type, *get_args(value_type)):
        if member_type is Severity:
            return [severity.value for severity in Severity]
        if get_origin(member_type) is Literal:
            return [str(choice) for choice in get_args(member_type)]
    return []


def require_table(value: object, where: str) -> Mapping[str, Any]:
    """Return a value that must be a table.

    Parameters
    ----------
    value : object
        What stands in the file.
    where : str
        File and key, for messages.

    Raises
    ------
    ConfigError
        If it is none.

    Examples
    --------
    >>> require_table({}, "rules")
    {}
    """
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where}: expected a table, got {value!r}")
    return value


def check_keys(table: Mapping[str, Any], known_keys: Iterable[str], where: str) -> None:
    """Refuse keys that nobody knows.

    Parameters
    ----------
    table : mapping
        From the file.
    known_keys : iterable of str
    where : str
        File and table, for messages.

    Raises
    ------
    ConfigError
        At the first; it names the nearest known key.

    Examples
    --------
    >>> check_keys({"html": True}, ["html"], "report.")
    >>> check_keys({}, [], "")
    """
    known_names = list(known_keys)
    for key in table:
        if key not in known_names:
            suggestion = suggest_name(key, known_names) or (
                f"; known: {', '.join(known_names)}" if known_names else ""
            )
            raise ConfigError(f"{where}{key}: unknown key{suggestion}")
