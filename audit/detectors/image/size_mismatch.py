"""The picture has another size than the dataset declares.

What it finds
-------------
Images whose ``height`` and ``width`` differ from the picture file's, as stored. It says whether the
two are swapped or whether one is the other scaled (both sides by the same factor, to a pixel).
Swapped sizes that the picture's EXIF orientation explains are `image.exif_rotated` instead. Only
with ``--images``.

Why it matters
--------------
Masks are drawn in pixels of the declared size. On a picture of another size they lie beside their
objects, and RLE masks become noise.

When it is wrong
----------------
Never as a measurement. Where a loader scales polygons to the picture itself, a uniform factor does
no harm there.

Example
-------
`a.jpg` has 640 x 480 pixels (width x height); the dataset declares 1280 x 960, 2 times as large. The
pictures were scaled down after labelling: scale the polygons too.

Reference
---------
COCO data format: ``width`` and ``height`` of an image are those of its file.
"""

from __future__ import annotations

from collections.abc import Iterator

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.picture_states import list_image_sizes, shorten_name
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_factor: float = option(
        1.02, unit="factor", help="least factor that is called scaled; below, the sizes just differ"
    )


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every image whose picture was read and has another size.

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
    images = measurements.images
    is_swapped = (images["height"] == images["picture_width"]) & (images["width"] == images["picture_height"])
    is_different = (images["height"] != images["picture_height"]) | (
        images["width"] != images["picture_width"]
    )
    is_usable = (images["picture"] == "ok") & (images["height"] > 0) & (images["width"] > 0)
    for image in list_image_sizes(
        measurements, is_usable & is_different & ~(is_swapped & (images["exif_orientation"] >= 5))
    ):
        relation, factor = _relation(image.declared, image.stored, options.min_factor)
        relation_text = {
            "swapped": "width and height are swapped",
            "scaled": f"{factor:.4g} times as large",
            "different": "neither swapped nor scaled",
        }[relation]
        evidence = {**image.evidence, "relation": relation}
        if relation == "scaled":
            evidence["factor"] = round(factor, 6)
        yield Hit(
            f"The picture {shorten_name(image.file_name)} has {image.stored[0]} x {image.stored[1]} pixels "
            f"(width x height), but {image.declared[0]} x {image.declared[1]} are declared: {relation_text}.",
            image=image.image,
            evidence=evidence,
        )


def _relation(declared: tuple[int, int], stored: tuple[int, int], min_factor: float) -> tuple[str, float]:
    if declared == stored[::-1]:
        return "swapped", 1.0
    # The longer side says the factor most exactly; each side was rounded on its own.
    long_side, short_side = (0, 1) if stored[0] >= stored[1] else (1, 0)
    factor = declared[long_side] / stored[long_side]
    is_uniform = abs(declared[short_side] - stored[short_side] * factor) <= max(1.0, factor)
    if is_uniform and max(factor, 1 / factor) >= min_factor:
        return "scaled", factor
    return "different", 1.0
