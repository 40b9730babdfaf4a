"""E: polygon segmentations."""

import math
from typing import Any

import numpy as np

from corpus.base import (
    ABSENT,
    ACCEPT,
    BODY,
    HEIGHT,
    PARTS,
    RECORD,
    WIDTH,
    Case,
    Raw,
    annotation,
    ellipse,
    masked,
)

STAR = [float(v) for k in range(5) for v in (30 + 18 * math.sin(k * 4 * math.pi / 5), 24 - 18 * math.cos(k * 4 * math.pi / 5))]  # fmt: skip
BOW_TIE = [[12.0, 10.0, 50.0, 40.0, 50.0, 10.0, 12.0, 40.0]]
INNER = ellipse(30, 24, 5, 5)
SPIKED = [*BODY[:12], BODY[12], BODY[13], BODY[12], BODY[13] + 9, *BODY[12:]]
FAR = ellipse(430, 324, 13, 12)
LEFT = ellipse(3, 24, 13, 12)
SMALL = [float(v) for v in (np.array(BODY).reshape(-1, 2) / (WIDTH, HEIGHT)).round(6).ravel()]
SCRIBBLE = [float(v) for v in np.random.default_rng(35).uniform(1, HEIGHT - 1, 6000).round(2)]
VERTICES = Raw(
    "[[" + "20.5,20.5,21.5,20.5,21.5,21.5,20.5,21.5," * 249_999 + "20.5,20.5,40,20.5,40,40,20.5,40]]"
)
LONG = Raw("[[" + "2.5,2.5,60.5,2.5,60.5,40.5,2.5,40.5," * 249_999 + "2.5,2.5,60.5,2.5,60.5,40.5,2.5,40.5]]")
"""Its outline is too long as well."""
TRIANGLES = Raw("[" + "[2,2,9,2,9,9]," * 99_999 + "[20,20,29,20,29,29]]")


def drawn(parts: list[list[float]]) -> dict[str, Any]:
    """Return a segmentation that can be drawn, with the box and the area that it has."""
    return masked(parts)


def with_coordinate(value: Any) -> dict[str, Any]:
    """Return the victim's polygon with its fifth number changed."""
    return {"segmentation": [[*BODY[:4], value, *BODY[5:]]]}


def segmentation(id: str, title: str, rule: str, value: Any, **more: Any) -> Case:
    """Make a case of another segmentation, box and area as they were."""
    return annotation(id, title, rule, {"segmentation": value}, **more)


def polygons(id: str, title: str, rule: str, parts: list[list[float]], **more: Any) -> Case:
    """Make a case of another segmentation that can be drawn."""
    return annotation(id, title, rule, drawn(parts), **more)


CASES: tuple[Case, ...] = (
    segmentation("E01", "segmentation missing", "segm.missing", ABSENT),
    segmentation("E02", "segmentation null", "segm.type", None),
    segmentation("E03", "segmentation []", "segm.empty", []),
    segmentation("E04", "segmentation [[]]", "segm.empty", [[]]),
    segmentation("E04", "segmentation [[], []]", "segm.empty", [[], []], variant="two"),
    segmentation("E04", "100,000 empty parts", "segm.empty", [[]] * 100_000, variant="many"),
    segmentation("E05", "odd number of coordinates", "polygon.odd", [BODY[:-1]]),
    segmentation("E05", "seven coordinates", "polygon.odd", [BODY[:7]], variant="seven"),
    segmentation("E05", "odd second part", "polygon.odd", [PARTS[0], PARTS[1][:-1]], variant="second",
                 places=(f"{RECORD}/segmentation/1",)),
    segmentation("E06", "2-point polygon (4 numbers)", "polygon.too_few", [[20.0, 15.0, 40.0, 35.0]]),
    segmentation("E07", "1-point polygon", "polygon.too_few", [[20.0, 15.0]]),
    segmentation("E08", "flat list, not nested", "segm.nesting", BODY),
    segmentation("E08", "flat list that begins with a part", "segm.nesting", [PARTS[0], *PARTS[1]], variant="half"),
    segmentation("E09", "nested too deep [[[x,y],...]]", "segm.nesting", [[[x, y] for x, y in zip(BODY[::2], BODY[1::2], strict=True)]]),
    segmentation("E09", "one list too many around it", "segm.nesting", [[BODY]], variant="list"),
    annotation("E10", "NaN coordinate", "number.nonfinite", with_coordinate(math.nan)),
    segmentation("E10", "all coordinates NaN", "number.nonfinite", [[math.nan] * 8], variant="all"),
    annotation("E11", "Infinity coordinate", "number.nonfinite", with_coordinate(math.inf)),
    annotation("E11", "-Infinity coordinate", "number.nonfinite", with_coordinate(-math.inf), variant="minus"),
    annotation("E12", "coordinate 1e308", "polygon.range", with_coordinate(1e308)),
    annotation("E12", "coordinate 10**40", "polygon.range", with_coordinate(10**40), variant="integer"),
    annotation("E12", "coordinate 10**399", "polygon.range", with_coordinate(10**399), variant="no_double"),
    annotation("E13", "coordinate 2e8 (needs GBs in rleFrPoly)", "polygon.range", with_coordinate(2e8)),
    annotation("E14", "coordinate 1e9 (int overflow in rleFrPoly)", "polygon.range", with_coordinate(1e9)),
    annotation("E14", "coordinate -1e9", "polygon.range", with_coordinate(-1e9), variant="minus"),
    polygons("E15", "negative coordinates", "polygon.outside", [LEFT]),
    polygons("E16", "polygon wholly outside", "polygon.outside", [FAR]),
    polygons("E17", "bow-tie", "polygon.self_intersection", BOW_TIE),
    polygons("E18", "self-intersecting star", "polygon.self_intersection", [STAR]),
    polygons("E19", "zero area (collinear)", "polygon.zero_area", [[10.0, 10.0, 20.0, 20.0, 30.0, 30.0]]),
    polygons("E19", "zero area (upright line)", "polygon.zero_area", [[10.0, 10.0, 10.0, 30.0, 10.0, 20.0, 10.0, 15.0]], variant="upright"),
    polygons("E20", "all points identical", "polygon.zero_area", [[20.0, 20.0] * 5]),
    polygons("E21", "repeated consecutive points", "polygon.repeated_point", [[*BODY[:8], *BODY[6:]]]),
    polygons("E22", "spike (0-width antenna)", "polygon.spike", [SPIKED]),
    polygons("E23", "hole-like second ring (COCO fills it)", "polygon.hole_ring", [BODY, INNER]),
    polygons("E24", "valid multi-part", "", PARTS, expected=ACCEPT),
    polygons("E25", "same part twice", "polygon.duplicate_part", [*PARTS, PARTS[0]]),
    segmentation("E26", "second part is []", "segm.empty", [BODY, []], places=(f"{RECORD}/segmentation/1",)),
    segmentation("E27", "numeric strings as coordinates", "polygon.type", [[str(v) for v in BODY]]),
    annotation("E27", "one coordinate is a text", "polygon.type", with_coordinate("30.5"), variant="one"),
    annotation("E28", "null coordinate", "polygon.type", with_coordinate(None)),
    segmentation("E29", "1,000,000-vertex polygon", "polygon.vertices", VERTICES),
    segmentation("E29", "1,000,000 vertices far apart", "polygon.vertices", LONG, variant="far"),
    segmentation("E30", "100,000 parts", "polygon.parts", TRIANGLES),
    segmentation("E31", "segmentation is a string", "segm.type", "17,12,43,12,43,36"),
    segmentation("E32", "segmentation is {}", "segm.type", {}),
    segmentation("E32", "segmentation is an object without RLE", "segm.type", {"x": [1, 2]}, variant="other"),
    annotation("E33", "normalised (0..1) coordinates", "polygon.normalised",
               {"segmentation": [SMALL], "bbox": [0.265625, 0.25, 0.40625, 0.5], "area": 0.16}),
    segmentation("E34", "first part 4 numbers, second valid", "polygon.too_few", [[20.0, 15.0, 40.0, 35.0], BODY],
                 places=(f"{RECORD}/segmentation/0",)),
    polygons("E35", "3,000-vertex random scribble (quadratic self-crossings)", "polygon.self_intersection", [SCRIBBLE]),
    segmentation("E36", "boolean coordinates", "polygon.type", [[True, False, True, True, False, False]]),
    annotation("E36", "one coordinate is true", "polygon.type", with_coordinate(True), variant="one"),
    segmentation("E37", "segmentation false / 0", "segm.type", False),
    segmentation("E37", "segmentation is 0", "segm.type", 0, variant="zero"),
    polygons("E38", "clockwise and counter-clockwise parts mixed (legal)", "",
             [PARTS[0], [v for k in range(len(PARTS[1]) - 2, -1, -2) for v in PARTS[1][k : k + 2]]], expected=ACCEPT),
    polygons("E39", "explicitly closed ring (first point repeated last, legal)", "", [[*BODY, *BODY[:2]]], expected=ACCEPT),
    annotation("E40", "coordinate 1e7 (0.8 GB, slow)", "polygon.range", with_coordinate(1e7)),
    polygons("E41", "parts that overlap partly (union in COCO)", "polygon.part_overlap",
             [ellipse(24, 24, 9, 9), ellipse(36, 24, 9, 9)]),
)  # fmt: skip
