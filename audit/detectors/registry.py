"""The rules that exist: found by walking the package, one module a rule."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import audit.detectors
from audit.detectors.base import Hit
from audit.findings.finding import Severity

_BY_PREDICTIONS = "prediction."


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the package."""

    id: str
    """``family.name``, as in its path."""
    severity: Severity
    manual: str
    """The module's docstring."""
    options: type[Any]
    detect: Callable[[Any, Any], Iterable[Hit]]
    """From the tables that it judges, and its options, to hits."""

    @property
    def title(self) -> str:
        """First line of the manual page, without the full stop."""
        return self.manual.strip().splitlines()[0].rstrip(".")


@cache
def all_rules() -> Mapping[str, Rule]:
    """Find every rule of the package, sorted by id.

    Returns
    -------
    mapping
        Rule id to `Rule`.

    Examples
    --------
    >>> {"overlap.duplicate", "prediction.category_swap"} <= set(all_rules())
    True
    >>> all_rules().get("no.such_rule") is None
    True
    """
    return rules_in(audit.detectors)


@cache
def rules() -> Mapping[str, Rule]:
    """List the rules that judge a dataset alone, sorted by id.

    Examples
    --------
    >>> "overlap.duplicate" in rules()
    True
    >>> "prediction.category_swap" in rules()
    False
    """
    return {name: rule for name, rule in all_rules().items() if not name.startswith(_BY_PREDICTIONS)}


@cache
def prediction_rules() -> Mapping[str, Rule]:
    """List the rules that judge labels by predictions, sorted by id.

    Examples
    --------
    >>> "prediction.missing_label" in prediction_rules()
    True
    >>> prediction_rules().get("no.such_rule") is None
    True
    """
    return {name: rule for name, rule in all_rules().items() if name.startswith(_BY_PREDICTIONS)}


def rules_in(package: ModuleType, family: str = "") -> Mapping[str, Rule]:
    """Find the rules of a package: modules two levels below it, ``family/name.py``, or of one family.

    Parameters
    ----------
    package : module
    family : str
        Where it is given, the package is this family: its modules are the rules.

    Returns
    -------
    mapping
        Rule id to `Rule`, sorted by id.

    Examples
    --------
    >>> rules_in(audit.detectors) == all_rules()
    True
    >>> import audit.detectors.area, audit.findings
    >>> "area.mismatch" in rules_in(audit.detectors.area, "area")
    True
    >>> dict(rules_in(audit.findings))
    {}
    """
    found: dict[str, Rule] = {}
    prefix = f"{package.__name__}."
    for info in pkgutil.walk_packages(package.__path__, prefix):
        parts = info.name.removeprefix(prefix).split(".")
        if family:
            parts = [family, *parts]
        if info.ispkg or len(parts) != 2 or parts[1].startswith("_"):
            continue
        module = importlib.import_module(info.name)
        rule_id = ".".join(parts)
        found[rule_id] = Rule(
            rule_id,
            module.SEVERITY,
            module.__doc__ or "",
            module.Options,
            module.detect,
        )
    return dict(sorted(found.items()))
