"""Picking rules by prefix: ``overlap`` for a family, ``overlap.duplicate`` for one rule."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence


class UnknownRuleError(ValueError):
    """A rule or family was named that does not exist."""


def suggest_name(name: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant, as the end of an error message.

    Parameters
    ----------
    name : str
        As the user wrote it.
    known : iterable of str
        What there is.

    Examples
    --------
    >>> suggest_name("overlap.duplicat", ["overlap.duplicate", "mask.tiny"])
    '; did you mean "overlap.duplicate"?'
    >>> suggest_name("zzz", [])
    ''
    """
    match = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f'; did you mean "{match[0]}"?' if match else ""


def check_prefixes(prefixes: Iterable[str], known: Collection[str]) -> None:
    """Make sure that every prefix stands for at least one rule.

    Parameters
    ----------
    prefixes : iterable of str
        Families or rules.
    known : collection of str
        Ids of all rules.

    Raises
    ------
    UnknownRuleError
        Names the prefix and the nearest that exists.

    Examples
    --------
    >>> check_prefixes(["overlap", "mask.tiny"], ["overlap.duplicate", "mask.tiny"])
    >>> check_prefixes(["msk"], ["mask.tiny"])
    Traceback (most recent call last):
    audit.pipeline.rule_selection.UnknownRuleError: no rule or family is called "msk"; did you mean "mask"?
    >>> check_prefixes([], [])
    """
    possible = {prefix for rule in known for prefix in _prefixes(rule)}
    for prefix in prefixes:
        if prefix not in possible:
            hint = suggest_name(prefix, sorted(possible)) or "; `maskaudit rules` lists all"
            raise UnknownRuleError(f'no rule or family is called "{prefix}"{hint}')


def is_selected(rule: str, select: Sequence[str], ignore: Sequence[str]) -> bool:
    """Tell whether a rule is selected.

    A prefix matches whole dotted parts. The longest matching prefix decides, `ignore` where two are
    equally long; an empty `select` selects everything.

    Parameters
    ----------
    rule : str
        Rule id.
    select, ignore : sequence of str
        Families (``overlap``) or rules (``overlap.duplicate``).

    Examples
    --------
    >>> is_selected("mask.tiny", [], ["mask"]), is_selected("mask.tiny", ["mask.tiny"], ["mask"])
    (False, True)
    >>> is_selected("mask.tiny", ["mas"], [])
    False
    >>> is_selected("mask.tiny", [], [])
    True
    """
    prefixes = _prefixes(rule)
    chosen = max((len(p) for p in prefixes if p in select), default=0 if not select else -1)
    left_out = max((len(p) for p in prefixes if p in ignore), default=-1)
    return chosen > left_out


def _prefixes(rule: str) -> list[str]:
    parts = rule.split(".")
    return [".".join(parts[: n + 1]) for n in range(len(parts))]
