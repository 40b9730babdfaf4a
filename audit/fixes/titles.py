"""What the fixes of a rule are called, read from their files: importing them takes longer than explaining."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple


class FixTitle(NamedTuple):
    """A fix as the manual names it."""

    name: str
    title: str
    """What it does, in one sentence."""
    is_safe: bool


def list_fix_titles(rule: str) -> list[FixTitle]:
    """List the fixes of a rule, safe ones first.

    Parameters
    ----------
    rule : str
        Rule id.

    Returns
    -------
    list of FixTitle
        Those of `audit.fixes.registry.fixes_of`.

    Examples
    --------
    >>> [(fix.name, fix.is_safe) for fix in list_fix_titles("area.mismatch")], list_fix_titles("no.rule")
    ([('area', True)], [])
    """
    return [title for rules, title in _read_titles() if rule in rules]


@cache
def _read_titles() -> tuple[tuple[tuple[str, ...], FixTitle], ...]:
    """Return the rules and the title of every fix."""
    titles = []
    for kind in ("safe", "unsafe"):
        for path in sorted(Path(__file__).with_name(kind).glob("[a-z]*.py")):
            module = ast.parse(path.read_text(encoding="utf-8"))
            title = (ast.get_docstring(module) or "").partition("\n")[0]
            titles.append((_read_rules(module), FixTitle(path.stem, title, kind == "safe")))
    return tuple(titles)


def _read_rules(module: ast.Module) -> tuple[str, ...]:
    """Return the value of the module's ``RULES``, which is written out."""
    for statement in module.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "RULES":
            rules: tuple[str, ...] = ast.literal_eval(statement.value)
            return rules
    return ()
