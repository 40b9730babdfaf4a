"""The rules that exist: found by walking the package and the plugins, one module a rule.

A rule of this package is a file ``audit/detectors/<family>/<name>.py``; files whose name begins with an
underscore are helpers, and no other file is skipped.

A plugin names its rules as entry points of the group ``maskaudit.detectors``::

    [project.entry-points."maskaudit.detectors"]
    "acme.stripe" = "acme_rules.stripe"   # a module: one rule, its id is the entry point's name
    acme = "acme_rules.rules"             # a package: each module in it is a rule, acme.<module>

A rule that judges predictions says so by ``JUDGES = Judges.PREDICTIONS``; one that a plugin's loader reports
has ``JUDGES = Judges.FILES`` and no ``detect`` (see `audit.detectors.rule`).

What cannot be loaded is left out, logged, and named by `rule_problems`; it never breaks the other rules.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

import audit.detectors
from audit.detectors.rule import Judges, Rule, RuleError, rule_from_module
from audit.plugins import describe_error

ENTRY_POINTS = "maskaudit.detectors"
"""The group of entry points that plugins name their rules in."""
_logger = logging.getLogger("maskaudit.detectors")
RULE_ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


def all_rules() -> Mapping[str, Rule]:
    """Find every rule, whoever reports it, sorted by id.

    Returns
    -------
    mapping
        Rule id to `Rule`: of detectors, of loaders and of the pipeline, plugins included.

    Examples
    --------
    >>> {"overlap.duplicate", "prediction.category_swap", "json.syntax"} <= set(all_rules())
    True
    >>> all_rules().get("no.such_rule") is None
    True
    """
    return _load_rules()[0]


def rule_problems() -> tuple[str, ...]:
    """Say which modules should be rules and are none: one line each, with the file or the plugin.

    Examples
    --------
    >>> rule_problems()
    ()
    """
    return _load_rules()[1]


@cache
def dataset_rules() -> Mapping[str, Rule]:
    """List the rules that judge the tables of a dataset, sorted by id.

    Examples
    --------
    >>> "overlap.duplicate" in dataset_rules()
    True
    >>> "prediction.category_swap" in dataset_rules() or "json.syntax" in dataset_rules()
    False
    """
    return _rules_that_judge(Judges.DATASET)


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
    return _rules_that_judge(Judges.PREDICTIONS)


def reload_rules() -> None:
    """Forget the rules that were found: the next call looks for them again.

    Examples
    --------
    >>> reload_rules()
    >>> "mask.tiny" in all_rules()
    True
    """
    for function in (_load_rules, dataset_rules, prediction_rules):
        function.cache_clear()


def _rules_that_judge(judges: Judges) -> Mapping[str, Rule]:
    return {rule_id: rule for rule_id, rule in all_rules().items() if rule.judges is judges}


@cache
def _load_rules() -> tuple[Mapping[str, Rule], tuple[str, ...]]:
    """Load the rules of this package, then those of plugins, which cannot replace them."""
    loaded: dict[str, Rule] = {}
    problems: list[str] = []
    for family in _modules_of(audit.detectors):
        if family.ispkg:
            _load_family(importlib.import_module(family.name), "", "", loaded, problems)
    for entry_point in sorted(entry_points(group=ENTRY_POINTS), key=lambda e: (e.name, e.value)):
        _load_entry_point(entry_point, loaded, problems)
    for problem in problems:
        _logger.warning("%s", problem)
    return dict(sorted(loaded.items())), tuple(problems)


def _modules_of(package: ModuleType) -> Iterator[pkgutil.ModuleInfo]:
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if not module.name.rpartition(".")[2].startswith("_"):
            yield module


def _load_family(
    package: ModuleType, family: str, origin: str, loaded: dict[str, Rule], problems: list[str]
) -> None:
    """Load every module of a package as a rule of one family."""
    family = family or package.__name__.rpartition(".")[2]
    for info in _modules_of(package):
        _load_rule(info.name, f"{family}.{info.name.rpartition('.')[2]}", origin, loaded, problems)


def _load_rule(
    module_name: str, rule_id: str, origin: str, loaded: dict[str, Rule], problems: list[str]
) -> None:
    """Import one module and take it as a rule, or note what is wrong with it."""
    try:
        if rule_id in loaded:
            raise RuleError(f"this id is taken by a rule of {loaded[rule_id].origin or 'maskaudit'}")
        if not RULE_ID.fullmatch(rule_id):
            raise RuleError("a rule's id is family.name, in small letters, digits and underscores")
        loaded[rule_id] = rule_from_module(_import(module_name), rule_id, origin)
    except RuleError as error:
        problems.append(_problem(rule_id, origin, error))


def _load_entry_point(entry_point: EntryPoint, loaded: dict[str, Rule], problems: list[str]) -> None:
    """Load what a plugin names: a module that is one rule, or a package of rules."""
    origin = entry_point.dist.name if entry_point.dist is not None else entry_point.module
    if "." in entry_point.name:
        _load_rule(entry_point.module, entry_point.name, origin, loaded, problems)
        return
    try:
        package = _import(entry_point.module)
        if not hasattr(package, "__path__"):
            raise RuleError(f"{package.__file__}: this is no package; one rule is named family.name")
    except RuleError as error:
        problems.append(_problem(entry_point.name, origin, error))
    else:
        _load_family(package, entry_point.name, origin, loaded, problems)


def _import(module_name: str) -> ModuleType:
    try:
        return importlib.import_module(module_name)
    except Exception as error:  # whatever a module does when it is imported
        raise RuleError(f"{module_name} cannot be imported: {describe_error(error)}") from error


def _problem(rule_id: str, origin: str, error: RuleError) -> str:
    return f"Rule {rule_id}{f' of {origin}' if origin else ''}: {error}"
