"""A missing label: something looks like the labelled objects of its image and is not labelled.

What it finds
-------------
Places in a picture that stand out of the background as the labelled objects do, and that no mask covers: at
least ``min_contrast`` of the contrast of the dimmer labelled objects, and ``min_local_contrast`` of it to
their own surroundings; ``min_size`` to ``max_size`` times the median object's area and at least ``min_px``
pixels; compact (``min_fill`` of their box), and nowhere a strip, as the border of an image leaves of what
lies beyond (``min_width`` of the median object's side). Needs the pictures (--images).

Nothing is looked for in images with fewer than five labels, and where labelled objects do not stand out
by one brightness or colour, as in most photographs. An image with at least ``min_places`` such places that
are more than ``once_above`` of its labels is one finding, an info: probably only some of the objects were to
be labelled.

From a score of ``warn_score`` and a contrast to what lies around it of ``warn_local_contrast`` on it is a
warning, below that an info: faint things are debris and blur as often as objects, and what stands out less
from its own surroundings is often a part of them, as in stained tissue. And where one in ten of the images
that hold such places, and at least two, hold very many, only some of the objects were to be labelled in the
whole dataset: all are infos.

``outline`` of the evidence is a polygon around what stands out, x and y in turn, in pixels of the image.

Why it matters
--------------
What is not labelled counts as background: the model is punished for finding it, and learns to miss such
objects. A score on such labels punishes the better model too.

When it is wrong
----------------
Dirt, dye and debris that look like the objects; other kinds of objects that are not to be labelled; objects
that are out of focus, where the labelling guide leaves them out.

Example
-------
At (312, 40) something of 23 x 19 px stands out as the dimmer labels do and is not labelled.

Reference
---------
Fisher, "The use of multiple measurements in taxonomic problems", 1936 (the colour in which objects and
background differ most).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.findings.finding import EvidenceValue, Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.9
_FULL_SCORE_CONTRAST = 2.0
_MIN_CROWDED, _CROWDED_SHARE = 2, 0.1
"""Images with very many places, and their share of those with any, from which on labels are partial on
purpose."""


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_contrast: float = option(
        0.75,
        unit="factor",
        help="least contrast, by that of the dimmer labelled objects; measured from 0.75 on",
    )
    min_local_contrast: float = option(
        0.4, unit="factor", help="least contrast to what lies around it, by the same"
    )
    min_size: float = option(
        0.3, unit="factor", help="least area, by the median labelled object's; measured from 0.2 on"
    )
    max_size: float = option(3.0, unit="factor", help="most area, by the same; measured up to 4")
    min_fill: float = option(0.55, unit="share", help="least share of its box that it fills")
    min_px: int = option(40, unit="px", help="least area")
    min_width: float = option(
        0.25, unit="factor", help="least shorter side of its box, by that of a square of the median area"
    )
    warn_score: float = option(0.4, unit="score", help="score from which on a place is a warning")
    warn_local_contrast: float = option(
        0.8, unit="factor", help="contrast to what lies around it, from which on, besides"
    )
    once_above: float = option(
        0.25, unit="factor", help="places an image, by its labels, above which it is one finding"
    )
    min_places: int = option(5, unit="count", help="least places of such an image")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every place where a label may be missing, or every image with very many.

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
    table = measurements.unlabelled
    columns = {name: table[name].to_numpy() for name in table.columns}
    chosen = _choose_places(columns, options)
    scores = np.minimum(columns["contrast"] * np.minimum(columns["size"], 1) / _FULL_SCORE_CONTRAST, 1)
    is_clear = (scores >= options.warn_score) & (columns["local_contrast"] >= options.warn_local_contrast)
    only_category = _only_categories(measurements)
    labels = measurements.images["annotations"].to_numpy()
    places = np.bincount(columns["image"][chosen], minlength=len(labels))
    is_crowded = (places > options.once_above * labels) & (places >= options.min_places)
    n_crowded = np.count_nonzero(is_crowded)
    is_partial = n_crowded >= max(_MIN_CROWDED, _CROWDED_SHARE * np.count_nonzero(places))
    clearest: dict[int, int] = {}
    for row in chosen[is_crowded[columns["image"][chosen]]].tolist():
        image = int(columns["image"][row])
        clearest[image] = max(clearest.get(image, row), row, key=lambda k: (scores[k], -k))
    for row in chosen.tolist():
        image = int(columns["image"][row])
        if clearest.get(image, row) != row:
            continue
        message, evidence, identity = _describe_place(columns, row)
        if is_crowded[image]:
            identity = "many"
            evidence |= {"places": int(places[image]), "labels": int(labels[image])}
            message = (
                f"{places[image]} things in this image look like its {labels[image]} labelled objects and "
                "are not labelled."
            )
        yield Hit(
            message,
            score=float(scores[row]),
            image=image,
            categories=(int(only_category[image]),) if only_category[image] >= 0 else (),
            evidence=evidence,
            identity=(identity,),
            severity=Severity.INFO if is_crowded[image] or is_partial or not is_clear[row] else None,
        )


def _choose_places(columns: Mapping[str, NDArray[Any]], options: Options) -> NDArray[np.int64]:
    """Return the rows of places that stand out and are as large and as compact as the labelled objects."""
    median_side = np.sqrt(columns["area_px"] / np.maximum(columns["size"], 1e-9))
    return np.flatnonzero(
        (columns["contrast"] >= options.min_contrast)
        & (columns["local_contrast"] >= options.min_local_contrast)
        & (columns["size"] >= options.min_size)
        & (columns["size"] <= options.max_size)
        & (columns["fill"] >= options.min_fill)
        & (columns["area_px"] >= options.min_px)
        & (np.minimum(columns["w"], columns["h"]) >= options.min_width * median_side)
    )


def _describe_place(
    columns: Mapping[str, NDArray[Any]], row: int
) -> tuple[str, dict[str, EvidenceValue], str]:
    """Return the message about one place, its evidence, and what tells it from others of its image."""
    x, y, width, height = (int(columns[name][row]) for name in "xywh")
    contrast = float(columns["contrast"][row])
    evidence: dict[str, EvidenceValue] = {
        name: int(columns[name][row]) for name in ("x", "y", "w", "h", "area_px")
    } | {
        "contrast_share": contrast,
        "local_contrast_share": float(columns["local_contrast"][row]),
        "size_by_median": float(columns["size"][row]),
    }
    if columns["outline"][row]:
        evidence["outline"] = [float(value) for value in columns["outline"][row].split(" ")]
    message = (
        f"At ({x}, {y}) something of {width} x {height} px looks like the labelled objects and is "
        f"not labelled: its contrast is {contrast:.2f} times that of the dimmer ones."
    )
    return message, evidence, f"{x}:{y}:{width}:{height}"


def _only_categories(measurements: Measurements) -> NDArray[np.int64]:
    """Return for every image the row of the one category that its labels have; -1 = several or none."""
    image, category = (measurements.instances[name].to_numpy() for name in ("image", "category"))
    is_known, n_images = image >= 0, len(measurements.images)
    least, most = np.full(n_images, np.iinfo(np.int64).max), np.full(n_images, -1)
    np.minimum.at(least, image[is_known], category[is_known])
    np.maximum.at(most, image[is_known], category[is_known])
    return np.where(least == most, most, -1)
