"""``maskaudit rules`` and ``maskaudit explain``: what is checked, and why."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from audit.cli.terminal import emit


class Format(StrEnum):
    """How the catalogue is printed."""

    text = "text"
    json = "json"
    markdown = "markdown"


def rules(
    format: Annotated[Format, typer.Option(help="How the list is printed.")] = Format.text,
) -> None:
    """List all rules: id, severity, title."""
    from audit.pipeline.catalogue import catalogue

    known = list(catalogue().values())
    if format is Format.json:
        emit(json.dumps([asdict(rule) for rule in known], indent=2, ensure_ascii=False) + "\n")
    elif format is Format.markdown:
        emit(markdown_table())
    else:
        width = max(len(rule.id) for rule in known)
        emit("".join(f"{rule.id:{width}}  {rule.severity:7}  {rule.title}\n" for rule in known))


def markdown_table() -> str:
    """Write the catalogue as a Markdown table, as in the README.

    Examples
    --------
    >>> markdown_table().splitlines()[0]
    '| rule | severity | what it says |'
    """
    from audit.pipeline.catalogue import catalogue

    lines = ["| rule | severity | what it says |", "|---|---|---|"]
    for rule in catalogue().values():
        title = rule.title.replace("|", "\\|")
        lines.append(f"| `{rule.id}` | {rule.severity} | {title} |")
    return "\n".join(lines) + "\n"


def explain(rule: Annotated[str, typer.Argument(help="Rule id, for example overlap.duplicate.")]) -> None:
    """Print the manual page of a rule."""
    from audit.pipeline.catalogue import UnknownRuleError, catalogue, nearest

    info = catalogue().get(rule)
    if info is None:
        hint = nearest(rule, catalogue()) or "; `maskaudit rules` lists all"
        raise UnknownRuleError(f'no rule is called "{rule}"{hint}')
    emit(f"{info.id} ({info.severity})\n\n{info.manual.strip()}\n")
