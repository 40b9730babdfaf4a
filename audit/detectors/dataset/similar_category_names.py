"""Two categories whose names differ in case, number or spelling only.

What it finds
-------------
Categories whose names are equal when case, spaces, hyphens, underscores, accents and a plural ending
are not looked at: `cell` and `Cells`, `traffic light` and `traffic-light`. Equal names are
`category.duplicate_name`.

Why it matters
--------------
One kind of object is split into two classes that the model cannot tell apart; both get worse.

When it is wrong
----------------
Where number matters (`glass` and `glasses`), or the names are codes that differ by a sign.

Example
-------
“cell” has 842 annotations and “cells” has 4: most likely a slip of one labeller. Merge them.

Reference
---------
Porter, "An algorithm for suffix stripping", 1980, step 1a (plurals), in short.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from audit.detectors.base import Hit, option
from audit.detectors.picture_states import shown
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
_SEPARATORS = re.compile(r"[\s_\-./]+")
_LEAST_STEM = 3


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    plurals: bool = option(True, unit="-", help="whether a plural ending counts as the same name")


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every two neighbouring categories with similar names."""
    names = [str(name) for name in m.categories["name"]]
    used = m.categories["annotations"].tolist()
    alike: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        key = _key(name, plurals=o.plurals)
        if key:
            alike.setdefault(key, []).append(row)
    for rows in alike.values():
        rows.sort(key=lambda row: (-used[row], row))
        for one, other in pairwise(rows):
            if unicodedata.normalize("NFC", names[one]) == unicodedata.normalize("NFC", names[other]):
                continue
            yield Hit(
                f"The categories “{shown(names[one])}” ({used[one]} annotations) and “{shown(names[other])}” "
                f"({used[other]}) differ in spelling only.",
                categories=(one, other),
                evidence={
                    "name_a": names[one],
                    "name_b": names[other],
                    "annotations_a": used[one],
                    "annotations_b": used[other],
                },
            )


def _key(name: str, *, plurals: bool) -> str:
    """Return what is left of a name without case, separators, accents and plural."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = _SEPARATORS.sub("", plain)
    return _singular(plain) if plurals else plain


def _singular(word: str) -> str:
    if len(word) <= _LEAST_STEM or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    return word[:-1]
