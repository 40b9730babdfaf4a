"""The fixes that exist: found by walking the two folders, one module a fix.

A fix is a file ``audit/fixes/safe/<name>.py`` or ``audit/fixes/unsafe/<name>.py`` that defines

- a module docstring, whose first line says what it does: its line in the documentation,
- ``RULES``: the rules whose findings it mends,
- ``CHANGE``: what a comparison of the two versions calls it, which also is the order: what is removed need
  not be reshaped,
- ``repair(labels, finding)``: returns a `Repair`, or raises `CannotFixError` with the reason.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache

import audit.fixes.safe
import audit.fixes.unsafe
from audit.carriers import dataclass
from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.labels import Labels, Repair

_ORDER = (Kind.KEPT, Kind.REMOVED, Kind.RESHAPED, Kind.MERGED, Kind.SPLIT, Kind.ADDED)


@dataclass(frozen=True, slots=True)
class Fix:
    """One fix."""

    name: str
    title: str
    """What it does, in one sentence."""
    manual: str
    rules: tuple[str, ...]
    change: Kind
    is_safe: bool
    """Whether it keeps every mask's pixels and category."""
    repair: Callable[[Labels, Finding], Repair]


@cache
def all_fixes() -> Mapping[str, Fix]:
    """List all fixes in the order in which they are tried: safe ones first.

    Examples
    --------
    >>> all_fixes()["area"].is_safe, all_fixes()["area"].rules[0]
    (True, 'area.mismatch')
    """
    fixes = []
    for package in (audit.fixes.safe, audit.fixes.unsafe):
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            title, _, manual = (module.__doc__ or "").partition("\n")
            name = info.name.rpartition(".")[2]
            is_safe = package is audit.fixes.safe
            fixes.append(
                Fix(name, title, manual.strip(), module.RULES, module.CHANGE, is_safe, module.repair)
            )
    fixes.sort(key=lambda fix: (not fix.is_safe, _ORDER.index(fix.change), fix.name))
    return {fix.name: fix for fix in fixes}


def fixes_of(rule: str) -> list[Fix]:
    """List the fixes of a rule.

    Parameters
    ----------
    rule : str
        Rule id.

    Examples
    --------
    >>> [fix.name for fix in fixes_of("area.mismatch")], fixes_of("no.rule")
    (['area'], [])
    """
    return [fix for fix in all_fixes().values() if rule in fix.rules]
