"""Plain values of the command line, taken as they are.

Newer versions of Typer let pydantic look at every value, defaults included. That is imported for nothing
else, and takes as long as half of a small scan: paths, words and numbers on which there is no condition need
it not. Whatever else there is (a choice that was typed, a folder that must exist) and whatever is wrong still
goes Typer's way, so that its messages are the same.
"""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

_NOT_PLAIN = object()


class PlainCoercion:
    """Stands in a parameter of Typer where its own coercion would be built at the first value."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Take a value as Typer would.

        Parameters
        ----------
        value : object
            What was typed, a default, or None.
        param : typer.core.TyperOption or TyperArgument
        ctx : click.Context
        """
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        taken = take_value(value, param.type_descriptor.annotation, param.type_descriptor.parameter_info)
        if taken is not _NOT_PLAIN:
            return taken
        param._runtime_param = None  # else the parameter would ask here again
        return param.get_runtime_param().coerce(value, param=param, ctx=ctx)


def use_plain_values(command: Any) -> None:
    """Let all parameters of a command, and of those below it, take plain values as they are.

    Parameters
    ----------
    command : click.Command
        Of a Typer that coerces otherwise it is left as it is.
    """
    # The option --help is made when it is first asked for, and kept.
    for parameter in command.get_params(command.context_class(command)):
        if hasattr(parameter, "_runtime_param") and hasattr(parameter, "type_descriptor"):
            parameter._runtime_param = PlainCoercion()
    for below in getattr(command, "commands", {}).values():
        use_plain_values(below)


def take_value(value: Any, annotation: Any, conditions: Any) -> Any:
    """Turn a value into its type where nothing has to be checked.

    Parameters
    ----------
    value : object
    annotation : type
        ``Path``, ``list[Path]``, ``int`` ...
    conditions : typer.models.ParameterInfo

    Returns
    -------
    object
        The value, or a mark that says that Typer has to look at it.

    Examples
    --------
    >>> from typer.models import OptionInfo
    >>> take_value(["a.json"], list[Path], OptionInfo()) == [Path("a.json")]
    True
    >>> take_value("3", int, OptionInfo()), take_value([], list[str], OptionInfo())
    (3, [])
    >>> take_value("three", int, OptionInfo()) is _NOT_PLAIN
    True
    """
    if conditions.parser is not None:
        return _NOT_PLAIN
    if get_origin(annotation) is list and isinstance(value, list | tuple):
        (member_type,) = get_args(annotation)
        members = [take_value(member, member_type, conditions) for member in value]
        return _NOT_PLAIN if any(member is _NOT_PLAIN for member in members) else members
    if annotation is Path:
        return _take_path(value, conditions)
    if annotation is int:
        return _take_integer(value, conditions)
    is_given_by_default = annotation is str or (isinstance(annotation, type) and issubclass(annotation, Enum))
    return value if is_given_by_default and type(value) is annotation else _NOT_PLAIN


def _take_path(value: Any, conditions: Any) -> Any:
    is_checked = conditions.exists or conditions.writable or conditions.resolve_path or conditions.allow_dash
    is_any_kind = conditions.file_okay and conditions.dir_okay and conditions.path_type is None
    if is_checked or not is_any_kind or not isinstance(value, str | Path):
        return _NOT_PLAIN
    if "\0" in str(value) or (os.access(value, os.F_OK) and not os.access(value, os.R_OK)):
        return _NOT_PLAIN
    return Path(value)


def _take_integer(value: Any, conditions: Any) -> Any:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        value = int(value)
    if type(value) is not int:
        return _NOT_PLAIN
    is_too_small = conditions.min is not None and value < conditions.min
    is_too_large = conditions.max is not None and value > conditions.max
    return _NOT_PLAIN if is_too_small or is_too_large else value
