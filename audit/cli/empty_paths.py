"""An empty path is a mistake.

``--out "$FOLDER"`` where the variable is not set says "" and not "here". Python's `Path` makes the working
folder of it, and the report's files would land, and replace others, among whatever is there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import typer


def refuse_empty_paths(command: Any) -> None:
    """Let all parameters of a command, and of those below it, that are paths refuse an empty one.

    Parameters
    ----------
    command : click.Command
        As Typer builds it.
    """
    for parameter in command.params:
        if _is_path(parameter):
            _refuse_empty(parameter)
    for below in getattr(command, "commands", {}).values():
        refuse_empty_paths(below)


def _is_path(parameter: Any) -> bool:
    """Tell whether a parameter is a path or several, in each version of Typer that is allowed."""
    described = getattr(parameter, "type_descriptor", None)
    if described is None:
        return type(parameter.type).__name__ in ("Path", "TyperPath")
    return described.annotation is Path or Path in get_args(described.annotation)


def _refuse_empty(parameter: Any) -> None:
    process_value = parameter.process_value

    def process_checked(context: Any, value: Any) -> Any:
        typed_values = value if isinstance(value, list | tuple) else [value]
        if "" in typed_values:
            raise typer.BadParameter("the path is empty", ctx=context, param=parameter)
        return process_value(context, value)

    parameter.process_value = process_checked
