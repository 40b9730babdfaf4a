"""One record twice: an annotation that repeats another one in everything but its id.

What it finds
-------------
Annotations of one image with the same category, exactly the same mask, the same declared box and area,
and the same crowd flag. Every copy is reported once, with the first of its kind. Such pairs are left out
of `overlap.duplicate` unless this rule is off: nobody drew them twice, a record was copied.

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

import numpy as np

from audit.detectors.base import Hit
from audit.detectors.rule import NoOptions
from audit.findings.finding import Severity
from audit.geometry.sort_keys import flag_repeated, group_rows
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR
_SAME = ("image", "category", "mask_hash", "iscrowd", "declared_area", *(f"declared_{c}" for c in "xywh"))


def detect(measurements: Measurements, options: NoOptions) -> Iterator[Hit]:
    """Yield every annotation that repeats an earlier one of its image.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : NoOptions

    Yields
    ------
    Hit
    """
    instances = measurements.instances
    mask_rows = np.flatnonzero(
        (instances["mask_hash"].to_numpy() != 0) & (instances["image"].to_numpy() >= 0)
    )
    # Few masks have an equal one, and only these are compared column by column.
    mask_rows = mask_rows[flag_repeated(instances["mask_hash"].to_numpy()[mask_rows])]
    if not len(mask_rows):
        return
    # Of equal rows the first in the table is the original. Two absent boxes (NaN) are equal.
    first_rows, group, _ = group_rows(*(instances[name].to_numpy()[mask_rows] for name in _SAME))
    original = mask_rows[first_rows[group]]
    annotation_ids, area_px = instances["annotation_id"].to_numpy(), instances["area_px"].to_numpy()
    for copy_row, original_row in zip(mask_rows.tolist(), original.tolist(), strict=True):
        if copy_row != original_row:
            yield Hit(
                f"Annotation {annotation_ids[copy_row]} repeats annotation {annotation_ids[original_row]}: "
                f"same category, same mask of {area_px[original_row]} px, same box and area.",
                instances=(original_row, copy_row),
                evidence={"area_px": int(area_px[original_row])},
                field="",
            )
