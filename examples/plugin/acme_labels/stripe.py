"""A straight line of pixels: a mask one pixel wide or high.

What it finds
-------------
Instances whose mask is a single row or column of at least ``min_length`` pixels.

Why it matters
--------------
Tools leave such lines when an object is erased carelessly. The model learns boxes without area.

When it is wrong
----------------
Cables and cracks in coarse images are really one pixel wide: raise ``min_length`` or ignore the rule.

Example
-------
Annotation 12 is 40 px wide and 1 px high. Delete it.

Reference
---------
None: a habit of annotation tools.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audit.detectors.base import Hit, option
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_length: int = option(5, unit="px", help="least length of a line")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every mask that is one line of pixels."""
    width, height = (measurements.instances[side].to_numpy() for side in ("w", "h"))
    is_line = (np.minimum(width, height) == 1) & (np.maximum(width, height) >= options.min_length)
    for row in np.flatnonzero(is_line).tolist():
        length = int(max(width[row], height[row]))
        yield Hit(
            f"This mask is a line of {length} pixels.", instances=(row,), evidence={"length_px": length}
        )
