"""Every rule that a scan can report, whether a detector or a reader says it, and how to pick among them."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from audit.detectors.registry import all_rules
from audit.findings.finding import Severity
from audit.loaders.defects import DEFECTS
from audit.loaders.defects_label_images import LABEL_IMAGE_DEFECTS
from audit.pipeline.result import RuleInfo

WORKER_DIED = "internal.worker_died"

_ENGINE_RULES = (
    RuleInfo(
        WORKER_DIED,
        Severity.ERROR.value,
        "A worker process died while it measured this annotation",
        """A worker process died while it measured this annotation.

What it finds
-------------
Worker processes may be killed, by a fault in a native library or for lack of memory. The audit then
cuts the work in halves until it knows the annotation, leaves it out, and goes on.

Why it matters
--------------
The annotation was not judged, nor was any pair that it belongs to.

When it is wrong
----------------
Where the machine is short of memory, an innocent annotation may be named. Use fewer workers.

Example
-------
Annotation 17 has a mask of 200 million pixels, and the process had 500 MB: it was killed.

Reference
---------
None: what operating systems do to processes.""",
    ),
)


class UnknownRuleError(ValueError):
    """A rule or family was named that does not exist."""


@cache
def catalogue() -> Mapping[str, RuleInfo]:
    """List every rule of this version: detectors, readers' defects, and what the engine itself reports.

    Returns
    -------
    mapping
        Rule id to `RuleInfo`, sorted by id.

    Examples
    --------
    >>> catalogue()["overlap.duplicate"].severity
    'error'
    >>> "no.such_rule" in catalogue()
    False
    """
    found = {info.id: info for info in _ENGINE_RULES}
    for rule_id, defect in {**DEFECTS, **LABEL_IMAGE_DEFECTS}.items():
        found[rule_id] = RuleInfo(rule_id, Severity(defect.severity).value, defect.title, defect.manual)
    for rule in all_rules().values():
        manual = "\n\n".join(part for part in (rule.manual.strip(), options_table(rule.options)) if part)
        found[rule.id] = RuleInfo(rule.id, rule.severity.value, rule.title, manual)
    return dict(sorted(found.items()))


def options_table(options: type[Any]) -> str:
    """Lay out the options of a rule as plain text: name, default, unit, meaning.

    Parameters
    ----------
    options : type
        A dataclass of `audit.detectors.base.option` fields.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from audit.detectors.base import option
    >>> @dataclass(frozen=True)
    ... class Options:
    ...     max_px: int = option(4, unit="px", help="largest mask that counts as tiny")
    >>> print(options_table(Options))
    Options
    -------
    max_px  4  px  largest mask that counts as tiny
    >>> @dataclass(frozen=True)
    ... class NoOptions:
    ...     pass
    >>> options_table(NoOptions)
    ''
    """
    rows = [
        (f.name, _toml(f.default), str(f.metadata.get("unit", "-")), str(f.metadata.get("help", "")))
        for f in fields(options)
    ]
    if not rows:
        return ""
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join([*(row[i].ljust(widths[i]) for i in range(3)), row[3]]).rstrip() for row in rows]
    return "\n".join(["Options", "-------", *lines])


def _toml(value: object) -> str:
    """Write a default as the configuration file would."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant, as the end of an error message.

    Examples
    --------
    >>> nearest("overlap.duplicat", ["overlap.duplicate", "mask.tiny"])
    '; did you mean "overlap.duplicate"?'
    >>> nearest("zzz", [])
    ''
    """
    match = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f'; did you mean "{match[0]}"?' if match else ""


def check_prefixes(prefixes: Iterable[str], known: Collection[str]) -> None:
    """Make sure that every prefix stands for at least one rule.

    Raises
    ------
    UnknownRuleError
        Names the prefix and the nearest that exists.

    Examples
    --------
    >>> check_prefixes(["overlap", "mask.tiny"], ["overlap.duplicate", "mask.tiny"])
    >>> check_prefixes(["overlaps"], ["overlap.duplicate"])
    Traceback (most recent call last):
    audit.pipeline.catalogue.UnknownRuleError: no rule or family is called "overlaps"; did you mean "overlap"?
    >>> check_prefixes([], [])
    """
    possible = {prefix for rule in known for prefix in _prefixes(rule)}
    for prefix in prefixes:
        if prefix not in possible:
            hint = nearest(prefix, sorted(possible)) or "; `maskaudit rules` lists all"
            raise UnknownRuleError(f'no rule or family is called "{prefix}"{hint}')


def is_on(rule: str, select: Sequence[str], ignore: Sequence[str]) -> bool:
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
    >>> is_on("mask.tiny", [], ["mask"]), is_on("mask.tiny", ["mask.tiny"], ["mask"])
    (False, True)
    >>> is_on("mask.tiny", ["mas"], [])
    False
    >>> is_on("mask.tiny", [], [])
    True
    """
    prefixes = _prefixes(rule)
    chosen = max((len(p) for p in prefixes if p in select), default=0 if not select else -1)
    left_out = max((len(p) for p in prefixes if p in ignore), default=-1)
    return chosen > left_out


def _prefixes(rule: str) -> list[str]:
    parts = rule.split(".")
    return [".".join(parts[: n + 1]) for n in range(len(parts))]
