"""``maskaudit rules`` and ``maskaudit explain``: what is checked, and why."""

from __future__ import annotations

import json
import sys
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
    from audit.detectors.registry import all_rules, rule_problems

    rules = list(all_rules().values())
    if format is Format.json:
        listed = [
            {
                "id": rule.id,
                "severity": rule.severity.value,
                "title": rule.title,
                "manual": rule.manual,
                "judges": rule.judges.value,
                "origin": rule.origin or "maskaudit",
            }
            for rule in rules
        ]
        emit(json.dumps(listed, indent=2, ensure_ascii=False) + "\n")
    elif format is Format.markdown:
        emit(markdown_table())
    else:
        width = max(len(rule.id) for rule in rules)
        origin = {rule.id: f" [{rule.origin}]" if rule.origin else "" for rule in rules}
        lines = (f"{rule.id:{width}}  {rule.severity:7}  {rule.title}{origin[rule.id]}\n" for rule in rules)
        emit("".join(lines))
    for problem in rule_problems():
        print(f"maskaudit: {problem}", file=sys.stderr)


def markdown_table() -> str:
    """Write the catalogue as a Markdown table.

    Examples
    --------
    >>> markdown_table().splitlines()[0]
    '| rule | severity | what it says |'
    """
    from audit.detectors.registry import all_rules

    lines = ["| rule | severity | what it says |", "|---|---|---|"]
    for rule in all_rules().values():
        title = rule.title.replace("|", "\\|")
        lines.append(f"| `{rule.id}` | {rule.severity} | {title} |")
    return "\n".join(lines) + "\n"


def explain(rule: Annotated[str, typer.Argument(help="Rule id, for example overlap.duplicate.")]) -> None:
    """Print the manual page of a rule."""
    from audit.detectors.registry import all_rules
    from audit.pipeline.rule_selection import UnknownRuleError, nearest

    info = all_rules().get(rule)
    if info is None:
        hint = nearest(rule, all_rules()) or "; `maskaudit rules` lists all"
        raise UnknownRuleError(f'no rule is called "{rule}"{hint}')
    emit(f"{info.id} ({info.severity})\n\n{info.manual.strip()}\n")
