"""One annotation looks like several objects that touch.

What it finds
-------------
Instances that look more like two touching objects of this dataset, taken together, than like one: too
large, with a neck, with notches on both sides, with two parts that are each like a single object. What
"like one" means is learned from the dataset itself, for every image and category. Nothing is said where
that cannot be learned (see `touching.mixed_convention`). With pictures, what the pixels inside show counts
too: parts of different brightness, or a valley between them.

Where a category has fewer than 50 touching pairs to learn from, its findings are infos: half are right.

The score is the estimated probability that it is several. ``cut_line`` says where to cut: its two ends,
in pixels of the image.

Why it matters
--------------
If touching objects are drawn sometimes as one and sometimes as two, the model learns both, and predicts
one mask over two objects with a second one inside.

When it is wrong
----------------
Objects that are really bent, branched or dividing. A dataset in which such objects are common widens
what counts as one by itself; for the rest, raise ``min_score``.

Example
-------
A `nucleus` of 612 px, where a single one has about 300, with a neck of 7 px: draw two.

Reference
---------
Caicedo et al., "Nucleus segmentation across imaging experiments: the 2018 Data Science Bowl", 2019,
counts merged objects among the main errors; the method is this project's own.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.describe_pairs import QuotedCategoryNames
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.measure.schema import Measurements
from audit.touching.learned import MIN_SCORE, is_learned_from_few, merged_instances
from audit.touching.reference_stats import typical_areas

SEVERITY = Severity.WARNING
IMPORTANCE = 1.0


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_score: float = option(MIN_SCORE, unit="probability", help="least probability of several objects")
    min_part: float = option(0.1, unit="share", help="least share of the area of the smaller part")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every instance that seems to be several objects.

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
    cut_share = measurements.shapes["cut_share"].to_numpy()
    rows = np.flatnonzero(merged_instances(measurements, options.min_score) & (cut_share >= options.min_part))
    if len(rows) == 0:
        return
    isolated_px, names = typical_areas(measurements), QuotedCategoryNames(measurements)
    area_px, merge_score = (
        measurements.instances["area_px"].to_numpy(),
        measurements.instances["merge_score"].to_numpy(),
    )
    is_unsure = is_learned_from_few(measurements)
    neck_px = measurements.shapes["cut_px"].to_numpy()
    ends = (measurements.shapes[name].to_numpy() for name in ("cut_x0", "cut_y0", "cut_x1", "cut_y1"))
    cut_lines = np.stack([*ends], axis=1).astype(float).round(1)
    for row in rows.tolist():
        smaller_px = round(float(cut_share[row]) * int(area_px[row]))
        part_px = [int(area_px[row]) - smaller_px, smaller_px]
        yield Hit(
            f"This {names[row]} looks like several objects drawn as one "
            f"({format_percent(float(merge_score[row]))} sure): "
            f"it has {area_px[row]} px where a single one here has about {isolated_px[row]:.0f} px, and a "
            "neck of "
            f"{neck_px[row]:.0f} px between parts of {part_px[0]} and {part_px[1]} px.",
            score=float(merge_score[row]),
            instances=(row,),
            evidence={
                "probability": float(merge_score[row]),
                "area_px": int(area_px[row]),
                "typical_single_px": round(float(isolated_px[row]), 1),
                "neck_px": round(float(neck_px[row]), 1),
                "part_px": part_px,
                "cut_line": cut_lines[row].tolist(),
            },
            severity=Severity.INFO if is_unsure[row] else None,
        )
