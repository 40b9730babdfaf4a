"""Stray specks: a mask with tiny parts apart from its body.

What it finds
-------------
Masks of several parts whose smallest part has at most ``max_px`` pixels and at most ``max_share`` of
the mask. An object that is hidden behind a pole has several parts too, but large ones: it stays
silent. Crowd regions are left out.

Where a polygon has fewer rings than its mask has parts, the outline is so thin at one place that its
pixels fall apart: an info, because nobody drew a speck. Only the smallest part of a mask is known,
so the number of specks is not said.

Why it matters
--------------
A slip of the brush far from the object stretches the bounding box, and with it the region that the
model has to look at. The specks themselves teach it to scatter pixels.

When it is wrong
----------------
A far away object behind a fence can truly show as a few pixels beside its body.

Example
-------
Annotation 17 has 2 parts: a body of 812 px and a speck of 3 px, 40 px away. Erase the speck.

Reference
---------
`skimage.morphology.remove_small_objects` removes such parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.detectors.aggregate import each_or_once, once_above
from audit.detectors.base import Hit, option
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_px: int = option(16, unit="px", help="most pixels of a speck")
    max_share: float = option(0.05, unit="share", help="most of the mask's pixels that a speck may have")
    once_above: float = once_above()


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every mask whose smallest part is a speck."""
    area, parts, smallest, largest, rings = (
        m.instances[name].to_numpy()
        for name in ("area_px", "parts", "smallest_part_px", "largest_part_px", "rings")
    )
    among = (area > 0) & ~m.instances["iscrowd"].to_numpy()
    speck = (parts > 1) & (smallest <= o.max_px) & (smallest <= o.max_share * area)
    torn = (rings > 0) & (rings < parts)

    def hit(row: int) -> Hit:
        part = int(smallest[row])
        share = part / float(area[row])
        seen = f"the smallest has {part} px, {share:.2%} of the mask"
        if torn[row]:
            message = f"The outline is so thin that the mask falls into {parts[row]} parts: {seen}."
        else:
            message = f"The mask has {parts[row]} parts, and {seen}: probably a stray speck."
        return Hit(
            message,
            score=1.0 - share,
            instances=(row,),
            evidence={
                "parts": int(parts[row]),
                "smallest_part_px": part,
                "largest_part_px": int(largest[row]),
                "smallest_share": share,
            },
            severity=Severity.INFO if torn[row] else None,
        )

    yield from each_or_once(m, speck & among, among, o.once_above, "have stray specks", hit)
