"""The rules that need predictions: found by walking the package, one module a rule."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from audit.compare import prediction
from audit.detectors.registry import Rule, rules, rules_in


@cache
def prediction_rules() -> Mapping[str, Rule]:
    """Find every rule that judges labels by predictions, sorted by id.

    Examples
    --------
    >>> "prediction.missing_label" in prediction_rules()
    True
    >>> prediction_rules().get("no.such_rule") is None
    True
    """
    return rules_in(prediction, "prediction")


@cache
def all_rules() -> Mapping[str, Rule]:
    """List the rules of scans and of comparisons, sorted by id.

    Examples
    --------
    >>> {"overlap.duplicate", "prediction.category_swap"} <= set(all_rules())
    True
    """
    return dict(sorted({**rules(), **prediction_rules()}.items()))
