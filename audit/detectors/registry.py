"""The rules that exist: found by walking the package, one module a rule."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import audit.detectors
from audit.detectors.base import Hit
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

_NOT_RULES = frozenset({"base", "registry", "habits"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the package."""

    id: str
    """``family.name``, as in its path."""
    severity: Severity
    manual: str
    """The module's docstring."""
    options: type[Any]
    detect: Callable[[Measurements, Any], Iterable[Hit]]

    @property
    def title(self) -> str:
        """First line of the manual page, without the full stop."""
        return self.manual.strip().splitlines()[0].rstrip(".")


@cache
def rules() -> Mapping[str, Rule]:
    """Find every rule of the package, sorted by id.

    Returns
    -------
    mapping
        Rule id to `Rule`.

    Examples
    --------
    >>> "overlap.duplicate" in rules()
    True
    >>> rules().get("no.such_rule") is None
    True
    """
    found: dict[str, Rule] = {}
    for info in pkgutil.walk_packages(audit.detectors.__path__, "audit.detectors."):
        parts = info.name.split(".")[2:]
        if info.ispkg or len(parts) != 2 or parts[1] in _NOT_RULES:
            continue
        module = importlib.import_module(info.name)
        rule_id = ".".join(parts)
        found[rule_id] = Rule(rule_id, module.SEVERITY, module.__doc__ or "", module.Options, module.detect)
    return dict(sorted(found.items()))
