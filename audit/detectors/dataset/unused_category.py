"""A category that no annotation uses.

What it finds
-------------
Categories without a single annotation. Where more than ``max_listed`` are unused, they are said once.
An unused category that is the supercategory of all others, and has none itself, is named as their root:
Roboflow writes one above the categories of a project.

Why it matters
--------------
The model gets an output that it can never learn, and averages over categories count a class that has no
examples. Or the objects of this category were labelled as another one. A root takes an id, mostly 0, so
the model gets an output more than there are labels unless it is left out.

When it is wrong
----------------
Subsets keep the list of the whole dataset on purpose, so that ids mean the same everywhere.

Example
-------
No annotation is a `mitosis`.

Reference
---------
COCOeval leaves out categories without ground truth; other programs count them as 0.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from audit.carriers import dataclass
from audit.dataset.root_category import find_root_category
from audit.detectors.base import Hit, option
from audit.detectors.picture_states import shorten_name
from audit.findings.finding import Severity
from audit.geometry.sort_keys import sort_unique
from audit.measure.schema import Measurements

SEVERITY = Severity.INFO
IMPORTANCE = 0.05
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_listed: int = option(5, unit="count", help="more unused categories than this are said once")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every unused category, or one hit for many.

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
    if not len(measurements.instances):
        return
    is_unused = measurements.categories["annotations"].to_numpy() == 0
    for root_row in _root_rows(measurements):
        if is_unused[root_row]:
            is_unused[root_row] = False
            yield _root_hit(measurements, root_row)
    rows = np.flatnonzero(is_unused)
    total = len(measurements.categories)
    names = [shorten_name(str(name)) for name in measurements.categories["name"].to_numpy()[rows]]
    if len(rows) > options.max_listed:
        yield Hit(
            f"{len(rows)} of the {total} categories are never used, among them "
            f"{', '.join(f'“{name}”' for name in names[:_EXAMPLES])}.",
            score=len(rows) / total,
            evidence={"unused": len(rows), "of": total, "example_names": names[:_EXAMPLES]},
        )
        return
    for row, name in zip(rows.tolist(), names, strict=True):
        yield Hit(
            f"No annotation is a “{name}”.",
            categories=(row,),
            evidence={"unused": len(rows), "of": total},
        )


def _root_rows(measurements: Measurements) -> Iterator[int]:
    """Yield the root of each input file that has one."""
    names, supercategories, source = (
        measurements.categories[column].to_numpy() for column in ("name", "supercategory", "source")
    )
    for file in sort_unique(source).tolist():
        rows = np.flatnonzero(source == file)
        root = find_root_category(names[rows].tolist(), supercategories[rows].tolist())
        if root >= 0:
            yield int(rows[root])


def _root_hit(measurements: Measurements, row: int) -> Hit:
    category_id = int(measurements.categories["category_id"][row])
    name = shorten_name(str(measurements.categories["name"][row]))
    return Hit(
        f"Category {category_id}, “{name}”, is the root of all others, as Roboflow writes it, and no "
        "annotation is of it: train without it.",
        categories=(row,),
        evidence={"root_category_id": category_id, "of": len(measurements.categories)},
    )
