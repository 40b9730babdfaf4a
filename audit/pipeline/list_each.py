"""A configuration in which rules list one by one what a report says once for many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace

from audit.detectors.registry import all_rules
from audit.pipeline.config import Config, RuleSettings

_LISTING = {"once_above": 1.0, "box_once_above": 1.0, "list_all": True}
"""Options by which rules sum up, and the value at which they do not."""


def list_each(config: Config, rules: Iterable[str]) -> Config:
    """Return a configuration in which some rules name every annotation.

    Parameters
    ----------
    config : Config
    rules : iterable of str
        Rule ids; those that sum nothing up, or do not exist, stay as they are.

    Examples
    --------
    >>> list_each(Config(), ["mask.holes"]).options("mask.holes").once_above
    1.0
    >>> list_each(Config(), []) == Config()
    True
    """
    settings, known_rules = dict(config.rules), all_rules()
    for rule in sorted(set(rules) & set(known_rules)):
        options = config.options(rule)
        names = {option.name for option in fields(options)}
        listing = {name: value for name, value in _LISTING.items() if name in names}
        if listing:
            earlier = settings.get(rule, RuleSettings())
            settings[rule] = replace(earlier, options=replace(options, **listing))
    return replace(config, rules=settings)
