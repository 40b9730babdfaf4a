"""One record twice: an annotation that repeats another one in everything but its id.

What it finds
-------------
Annotations of one image with the same category, exactly the same mask, the same declared box and area,
and the same crowd flag. Every copy is reported once, with the first of its kind. The pair is an
`overlap.duplicate` too; this rule says that nobody drew it twice: a record was copied.

Why it matters
--------------
Imports that run twice and merged exports leave copies. A model learns to predict such objects twice,
and in evaluation the second copy can never be matched.

When it is wrong
----------------
Never for masks that were drawn. Objects that are all stamped with one shape, on top of each other.

Example
-------
Annotation 93 repeats annotation 17: same category, mask, box and area. Delete it.

Reference
---------
None: a habit of import scripts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audit.detectors.base import Hit
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR
_SAME = ("image", "category", "mask_hash", "iscrowd", "declared_area", *(f"declared_{c}" for c in "xywh"))


@dataclass(frozen=True, slots=True)
class Options:
    """There is nothing to set: a record is a copy or it is none."""


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every annotation that repeats an earlier one of its image."""
    table = m.instances
    drawn = np.flatnonzero((table["mask_hash"].to_numpy() != 0) & (table["image"].to_numpy() >= 0))
    # Equal columns get one number; pandas counts NaN as equal to NaN, which two absent boxes are.
    group = table.iloc[drawn].groupby(list(_SAME), sort=False, dropna=False).ngroup().to_numpy()
    _, first = np.unique(group, return_index=True)
    original = drawn[first[group]]
    ids, area = table["annotation_id"].to_numpy(), table["area_px"].to_numpy()
    for copy, row in zip(drawn.tolist(), original.tolist(), strict=True):
        if copy != row:
            yield Hit(
                f"Annotation {ids[copy]} repeats annotation {ids[row]}: "
                f"same category, same mask of {area[row]} px, same box and area.",
                instances=(row, copy),
                evidence={"area_px": int(area[row])},
                field="",
            )
