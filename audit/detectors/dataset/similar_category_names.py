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
from itertools import pairwise

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.picture_states import shorten_name
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
_SEPARATORS = re.compile(r"[\s_\-./]+")
_LEAST_STEM = 3


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    plurals: bool = option(True, unit="-", help="whether a plural ending counts as the same name")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every two neighbouring categories with similar names.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : Options
        Of this rule.

    Yields
    ------
    Hit
    """
    names = [str(name) for name in measurements.categories["name"]]
    annotations = measurements.categories["annotations"].tolist()
    rows_by_key: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        spelling = _key(name, plurals=options.plurals)
        if spelling:
            rows_by_key.setdefault(spelling, []).append(row)
    for rows in rows_by_key.values():
        rows.sort(key=lambda row: (-annotations[row], row))
        for first_row, second_row in pairwise(rows):
            if unicodedata.normalize("NFC", names[first_row]) == unicodedata.normalize(
                "NFC", names[second_row]
            ):
                continue
            yield Hit(
                f"The categories “{shorten_name(names[first_row])}” ({annotations[first_row]} "
                f"annotations) and “{shorten_name(names[second_row])}” "
                f"({annotations[second_row]}) differ in spelling only.",
                categories=(first_row, second_row),
                evidence={
                    "name_a": names[first_row],
                    "name_b": names[second_row],
                    "annotations_a": annotations[first_row],
                    "annotations_b": annotations[second_row],
                },
            )


def _key(name: str, *, plurals: bool) -> str:
    """Return what is left of a name without case, separators, accents and plural."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    letters = _SEPARATORS.sub("", letters)
    return _singular(letters) if plurals else letters


def _singular(word: str) -> str:
    if len(word) <= _LEAST_STEM or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    return word[:-1]
