"""``maskaudit rules`` and ``maskaudit explain``: what is checked, and why; and a new rule's two files."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from audit.cli.terminal import emit, emit_json, hang_text
from audit.findings.sanitize import printable

app = typer.Typer(help="List all rules, or write a new one.", rich_markup_mode=None)


class Format(StrEnum):
    """How the catalogue is printed."""

    text = "text"
    json = "json"
    markdown = "markdown"


@app.callback(invoke_without_command=True)
def list_rules(
    context: typer.Context,
    format: Annotated[Format, typer.Option(help="How the list is printed.")] = Format.text,
) -> None:
    """List all rules: id, severity, title."""
    if context.invoked_subcommand is not None:
        return
    from audit.detectors.registry import all_rules

    rules = list(all_rules().values())
    if format is Format.json:
        rule_records = [
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
        emit_json(json.dumps(rule_records, indent=2, ensure_ascii=False) + "\n")
    elif format is Format.markdown:
        emit(markdown_table())
    else:
        id_width = max(len(rule.id) for rule in rules)
        origin_labels = {rule.id: f" [{rule.origin}]" if rule.origin else "" for rule in rules}
        beginnings = [f"{rule.id:{id_width}}  {rule.severity:7}  " for rule in rules]
        titles = [f"{rule.title}{origin_labels[rule.id]}" for rule in rules]
        emit("".join(map(hang_text, beginnings, titles)))


@app.command("new")
def write_new_rule(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Its id, for example mask.stripe.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of a plugin; default: the checkout around here."),
    ] = None,
) -> None:
    """Write a rule and its test, which work at once and are to be edited."""
    from audit.cli.rule_template import find_checkout, write_rule

    checkout = find_checkout(Path.cwd()) if out is None else None
    try:
        written = write_rule(rule, checkout, out)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="RULE") from error
    shown = [str(path.relative_to(checkout) if checkout else path) for path in written]
    emit("".join(f"{printable(path)}\n" for path in shown))
    emit(f"Edit them, and test: python -m pytest {printable(shown[1])}\n")
    if out is not None:
        entry_point = f'"{rule}" = "YOUR_PACKAGE.{written[0].stem}"'
        emit(f"Register it in the entry points maskaudit.detectors: {entry_point}\n")


def markdown_table() -> str:
    """Write the catalogue as a Markdown table.

    Examples
    --------
    >>> markdown_table().splitlines()[0]
    '| rule | severity | what it says |'
    """
    from audit.detectors.registry import all_rules

    table_lines = ["| rule | severity | what it says |", "|---|---|---|"]
    for rule in all_rules().values():
        title = rule.title.replace("|", "\\|")
        table_lines.append(f"| `{rule.id}` | {rule.severity} | {title} |")
    return "\n".join(table_lines) + "\n"


def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Rule id, for example overlap.duplicate.")],
) -> None:
    """Print the manual page of a rule."""
    from audit.detectors.registry import all_rules
    from audit.pipeline.rule_selection import UnknownRuleError, suggest_name

    rule_info = all_rules().get(rule)
    if rule_info is None:
        family = [rule_id for rule_id in all_rules() if rule_id.startswith(f"{rule}.")]
        if family:
            raise UnknownRuleError(f'"{rule}" is a family of rules: name one of {", ".join(family)}')
        suggestion = suggest_name(rule, all_rules()) or "; `maskaudit rules` lists all"
        raise UnknownRuleError(f'no rule is called "{rule}"{suggestion}')
    emit(f"{rule_info.id} ({rule_info.severity})\n\n{rule_info.manual.strip()}\n")
    from audit.fixes.titles import list_fix_titles

    for fix in list_fix_titles(rule):
        kind = "a safe fix" if fix.is_safe else "a fix that is not safe"
        emit(f"\n`maskaudit fix` has {kind}, {fix.name}: {fix.title}\n")
