"""QuPath's GeoJSON: a file a picture, with objects, their outlines and their classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from audit.dataset.model import Source
from audit.loaders.json_file import JsonFile
from audit.loaders.json_value import UnusableNumber, parse_record, shorten_json
from audit.loaders.loaded import LoadedDataset, UnreadableError
from audit.loaders.record_collector import RecordCollector, find_picture, list_pictures
from audit.loaders.shapes import FARTHEST, Segmentation, ShapeError, draw_rings, join_points, place_pixels

FORMAT = "qupath"
_UNCLASSIFIED = "unclassified"


def read_qupath(file: JsonFile, *, pictures: Path | None = None) -> LoadedDataset:
    """Read the objects of one picture.

    Parameters
    ----------
    file : JsonFile
    pictures : Path, optional
        Where the picture is, which has the file's name; default: beside the file.

    Returns
    -------
    LoadedDataset
        Categories are QuPath's classes, in the order of their names. Outlines with holes become RLE.

    Raises
    ------
    UnreadableError
        If it is no JSON, or no GeoJSON.

    Examples
    --------
    >>> text = b'{"type": "FeatureCollection", "features": []}'
    >>> read_qupath(JsonFile("no/a.geojson", text, 9, "", False)).dataset.images.file_name
    ('a.tif',)
    """
    try:
        document = parse_record(file.data)
    except ValueError as error:
        raise UnreadableError("json.syntax", file.name, "", str(error), "export it again") from None
    except RecursionError:
        what = "it is nested too deeply"
        raise UnreadableError("json.depth", file.name, "", what, "export it again") from None
    features = document.get("features") if isinstance(document, dict) else document
    if not isinstance(features, list):
        raise UnreadableError(
            "schema.top_level", file.name, "", "there is no list of features", "export it as GeoJSON"
        )
    prefix = "/features" if isinstance(document, dict) else ""
    path = Path(file.name)
    folder = pictures or path.parent
    collector = RecordCollector(path, folder)
    name = find_picture(path.name, list_pictures(folder)) or f"{path.stem}.tif"
    height, width = collector.add_image(name, None, None, path.name)
    for position, feature in enumerate(features):
        place = f"{prefix}/{position}"
        if not isinstance(feature, dict):
            collector.report("schema.type", place, f"is {shorten_json(feature)}, not an object")
            continue
        try:
            segmentation = _convert_geometry(feature.get("geometry"), height, width)
        except ShapeError as error:
            collector.report_shape(f"{place}/geometry", error)
            continue
        collector.add_annotation(place, position, _class_name(feature.get("properties")), segmentation)
    return collector.finish(Source(file.name, FORMAT, file.size_bytes, file.sha256))


def _class_name(properties: Any) -> str:
    classification = properties.get("classification") if isinstance(properties, dict) else None
    name = classification.get("name") if isinstance(classification, dict) else None
    return name if isinstance(name, str) and name else _UNCLASSIFIED


def _convert_geometry(geometry: Any, height: int, width: int) -> Segmentation:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind in ("Point", "MultiPoint", "LineString", "MultiLineString"):
        raise ShapeError("segm.missing", "/type", f"a {kind} has no area, so it is no mask")
    if kind not in ("Polygon", "MultiPolygon"):
        raise ShapeError("segm.type", "/type", f"the geometry {shorten_json(kind)} is not known")
    coordinates = geometry.get("coordinates")
    parts = coordinates if kind == "MultiPolygon" else [coordinates]
    if not isinstance(parts, list) or not all(isinstance(part, list) and part for part in parts):
        raise ShapeError("segm.nesting", "/coordinates", f"{shorten_json(coordinates)} is no {kind}")
    polygons = [[_read_ring(ring) for ring in part] for part in parts]
    if all(len(rings) == 1 for rings in polygons):
        return [ring for rings in polygons for ring in rings]
    if not (height and width):
        raise ShapeError("segm.missing", "", "its holes cannot be cut out: the image's size is not known")
    pixels = np.zeros((height, width), dtype=np.bool_)
    try:
        for outer, *holes in polygons:
            pixels |= draw_rings([outer], height, width) & ~draw_rings(holes, height, width)
    except ShapeError as error:
        raise ShapeError(error.rule, "/coordinates", error.message) from None
    return place_pixels(pixels, 0, 0, height, width)


def _read_ring(ring: Any) -> list[float]:
    """Return the points of a ring; GeoJSON repeats the first one at the end."""
    points = ring if isinstance(ring, list) else [ring]
    for point in points:
        numbers: list[Any] = point if isinstance(point, list) and len(point) >= 2 else [None]
        if any(isinstance(number, UnusableNumber) for number in numbers):
            raise ShapeError("number.nonfinite", "/coordinates", "a coordinate is no usable number")
        if not all(type(number) in (int, float) for number in numbers):
            raise ShapeError("polygon.type", "/coordinates", f"{shorten_json(point)} is no point [x, y]")
        if any(abs(number) > FARTHEST for number in numbers):
            raise ShapeError("polygon.range", "/coordinates", "its coordinates are beyond any image")
    closed = len(points) > 1 and points[0] == points[-1]
    return join_points([(point[0], point[1]) for point in (points[:-1] if closed else points)])[0]
