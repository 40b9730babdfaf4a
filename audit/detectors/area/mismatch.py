"""An area that is not that of the mask.

What it finds
-------------
Declared areas that differ from the mask's pixels by more than ``max_share`` of the mask plus
``max_border`` times its perimeter. The second is needed because most tools declare the area inside the
polygon, and COCO's pixels differ from that by a part of the border. The score is 1 - the smaller of
the two areas over the larger. Areas that are those of the declared box are said once where they are
more than ``box_once_above`` of a dataset: some exports do that for all annotations drawn as boxes. Where all
areas of a file are wrong, and at least 10, the program that wrote it is at fault, and that is said once.

Why it matters
--------------
COCO's evaluation sorts objects into small, medium and large by the declared area, and some training
programs weigh or drop objects by it. A wrong area most often means that the outline was changed, or
the image scaled, and the number was not.

When it is wrong
----------------
Amodal areas that count hidden parts on purpose: raise ``max_share``.

Example
-------
Annotation 17 declares an area of 624, which is that of its box; its mask has 412 px.

Reference
---------
COCO data format: ``area`` is that of the segmentation.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import MIN_OF_ALL, aggregate_above_option, report_table_or_aggregate
from audit.detectors.base import Hit, HitTable, option
from audit.detectors.classify_boxes import declared_boxes
from audit.detectors.polygon.normalised import flag_normalised
from audit.findings.finding import Severity
from audit.findings.text_columns import code_texts, fill_template, format_numbers
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.2


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_share: float = option(0.1, unit="share", help="how far the area may be off, plus max_border")
    max_border: float = option(0.5, unit="px", help="how far off along each pixel of the perimeter besides")
    box_once_above: float = option(
        0.05,
        unit="share",
        help="areas of boxes are said once for the dataset where more than this share has them; 1 = list all",
    )
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every annotation whose area is not that of its mask.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : Options
        Of this rule.

    Yields
    ------
    Hit or HitTable
    """
    declared_area, area_px, perimeter_px = (
        measurements.instances[name].to_numpy(np.float64)
        for name in ("declared_area", "area_px", "perimeter_px")
    )
    is_compared = (
        (declared_area >= 0) & np.isfinite(declared_area) & (area_px > 0) & ~flag_normalised(measurements)
    )
    is_wrong = is_compared & (
        np.abs(declared_area - area_px) > options.max_share * area_px + options.max_border * perimeter_px
    )
    box_width, box_height = declared_boxes(measurements)[:, 2:].clip(0.0, 1e9).T
    is_box_area = is_wrong & (np.abs(declared_area - box_width * box_height) <= 0.01 * box_width * box_height)

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        declared, pixels = declared_area[rows], area_px[rows]
        message = fill_template(
            "The area is declared as {declared}{of_box}; the mask has {pixels} px.",
            {
                "declared": format_numbers(declared, ".6g"),
                "of_box": code_texts(is_box_area[rows].astype(np.int64), ["", " (that of its box)"]),
                "pixels": format_numbers(pixels, ".0f"),
            },
        )
        evidence = {
            "declared_area": declared,
            "area_px": pixels.astype(np.int64),
            "is_box_area": is_box_area[rows],
        }
        score = 1.0 - np.minimum(declared, pixels) / np.maximum(declared, pixels)
        yield HitTable(message, rows, score, evidence, field="area")

    trait = "declare the area of their box instead of their mask's"
    yield from report_table_or_aggregate(
        measurements, is_box_area, is_compared, options.box_once_above, trait, make_tables, Severity.WARNING
    )
    trait = "declare an area that is not their mask's"
    yield from report_table_or_aggregate(
        measurements,
        is_wrong & ~is_box_area,
        is_compared,
        options.once_above,
        trait,
        make_tables,
        Severity.WARNING,
        MIN_OF_ALL,
    )
