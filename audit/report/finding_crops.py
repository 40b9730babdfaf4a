"""A small picture of every finding: the place alone, its masks, and what the finding is about marked.

All findings of an image are drawn at once: its picture is read once, and its masks are clipped to the places
and traced together. Outlines are kept apart from pixels, so that a reader can take them away.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.paths import RefusedError
from audit.pipeline.result import ScanResult
from audit.report.crop_shapes import CropShapes, PlacedFinding
from audit.report.image_page_builder import ImagePageBuilder
from audit.report.picture_contrast import stretch_contrast

MAX_CROPS = 20_000
"""Findings that get a crop, the weightiest of every rule first."""
CROPS_A_FILE = 48
"""A few screens: what a reader scrolls to is loaded, and not much more."""
PICTURE_SIDE = 224
"""Pixels of a crop's longer side; a smaller place is kept as it is stored, and enlarged by the browser."""
_QUALITY = 72
_SPEED = 2  # of WebP, 0..6: more takes longer and saves little
_WINDOW = 64
"""Images in work at a time."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class FindingCrop:
    """The place of one finding."""

    box: Box
    """x, y, width, height in the image."""
    picture: bytes
    """WebP; empty where there is no picture."""
    shapes: tuple[tuple[str, str], ...]
    """Class for the style sheet and SVG path data, from the corner of the box."""

    @property
    def data_url(self) -> str:
        """The picture, for a page that holds it itself."""
        return f"data:image/webp;base64,{base64.b64encode(self.picture).decode()}"

    @property
    def size(self) -> int:
        """Bytes that it takes in a page, about."""
        return 4 * len(self.picture) // 3 + sum(len(path) + 8 for _, path in self.shapes) + 30


def choose_crops(
    codes: NDArray[np.int64], weights: NDArray[np.float64], max_crops: int = MAX_CROPS
) -> NDArray[np.int64]:
    """Choose the findings that get a crop: the weightiest of every rule in turn, until there are enough.

    Parameters
    ----------
    codes : (n,) int64
        Number of each finding's rule.
    weights : (n,) float64
    max_crops : int

    Returns
    -------
    (m,) int64
        Positions of findings, in the order in which a contact sheet shows them: rule by rule, the rule with
        the weightiest finding first.

    Examples
    --------
    >>> choose_crops(np.array([0, 0, 0, 1]), np.array([0.1, 0.3, 0.2, 0.9]), 3).tolist()
    [3, 1, 2]
    >>> choose_crops(np.zeros(0, dtype=np.int64), np.zeros(0)).tolist()
    []
    """
    if not len(codes):
        return np.zeros(0, dtype=np.int64)
    by_rule = np.lexsort((np.arange(len(codes)), -weights, codes))
    first = np.flatnonzero(np.r_[True, np.diff(codes[by_rule]) != 0])
    rank_in_rule = np.arange(len(codes)) - np.repeat(first, np.diff(np.r_[first, len(codes)]))
    heaviest = np.zeros(int(codes.max()) + 1)
    np.maximum.at(heaviest, codes, weights)
    taken = np.sort(np.lexsort((by_rule, rank_in_rule))[:max_crops])
    chosen = by_rule[taken]
    return chosen[np.lexsort((rank_in_rule[taken], codes[chosen], -heaviest[codes[chosen]]))]


def draw_finding_crops(
    result: ScanResult, builder: ImagePageBuilder, chosen: Sequence[int]
) -> Mapping[int, FindingCrop]:
    """Draw the places of some findings.

    In threads, because Pillow decodes and encodes without holding Python back.

    Parameters
    ----------
    result : ScanResult
    builder : ImagePageBuilder
        Of the same result.
    chosen : sequence of int
        Positions of findings.

    Returns
    -------
    mapping
        Position to crop; those without a place in an image are not in it.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> empty = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> draw_finding_crops(empty, ImagePageBuilder(empty), [])
    {}
    """
    by_image: dict[int, list[int]] = {}
    for number in sorted(chosen):
        image_row = result.findings[number].image_row
        if image_row >= 0:
            by_image.setdefault(image_row, []).append(number)
    images = list(by_image.items())
    shapes = CropShapes(result, builder)
    crops: dict[int, FindingCrop] = {}

    def draw_image(position: int) -> dict[int, FindingCrop]:
        image_row, numbers = images[position]
        placed = shapes.place_findings(image_row, numbers)
        return dict(zip((p.number for p in placed), _add_pictures(result, image_row, placed), strict=True))

    with ThreadPoolExecutor() as pool:
        for start in range(0, len(images), _WINDOW):
            for drawn in pool.map(draw_image, range(start, min(start + _WINDOW, len(images)))):
                crops |= drawn
    return crops


def _add_pictures(
    result: ScanResult, image_row: int, placed: Sequence[PlacedFinding]
) -> Iterator[FindingCrop]:
    """Cut the place of each finding out of the picture; the same place is cut once."""
    picture = _load_picture(result, image_row, placed) if placed else None
    cut: dict[Box, bytes] = {}
    for finding in placed:
        if finding.box not in cut:
            cut[finding.box] = b"" if picture is None else _encode_part(*picture, finding.box)
        yield FindingCrop(finding.box, cut[finding.box], finding.shapes)


def _load_picture(
    result: ScanResult, image_row: int, placed: Sequence[PlacedFinding]
) -> tuple[NDArray[np.uint8], tuple[int, int]] | None:
    """Return the picture of an image, as large as its smallest crop needs it, and the size of the image."""
    if result.image_root is None:
        return None
    record = result.measurements.images.record(image_row)
    width, height = (int(record[f"picture_{side}"]) or int(record[side]) for side in ("width", "height"))
    if min(width, height) <= 0:
        return None
    smallest = min(max(finding.box[2:]) for finding in placed)
    max_side = min(max(width, height), PICTURE_SIDE * max(width, height) // max(smallest, 1))
    from audit.dataset.pixels import load_picture  # late, as Pillow below: many reports have no pictures

    try:
        stored = load_picture(result.image_root, str(record["file_name"]), max_side=max(max_side, 1))
    except (OSError, RefusedError):
        return None
    return stretch_contrast(stored)[0], (width, height)


def _encode_part(picture: NDArray[np.uint8], size: tuple[int, int], box: Box) -> bytes:
    from PIL import Image

    x, y, width, height = box
    # The picture may have been read smaller than the image that the masks are drawn on.
    x_scale, y_scale = picture.shape[1] / size[0], picture.shape[0] / size[1]
    left, top = round(x * x_scale), round(y * y_scale)
    right, bottom = max(round((x + width) * x_scale), left + 1), max(round((y + height) * y_scale), top + 1)
    part = Image.fromarray(np.ascontiguousarray(picture[top:bottom, left:right]))
    if min(part.size) <= 0:
        return b""
    part.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
    buffer = io.BytesIO()
    part.save(buffer, "WEBP", quality=_QUALITY, method=_SPEED)
    return buffer.getvalue()


def split_crops(crops: Sequence[FindingCrop]) -> list[Sequence[FindingCrop]]:
    """Split crops into those of one file each.

    Examples
    --------
    >>> split_crops([])
    []
    """
    return [crops[start : start + CROPS_A_FILE] for start in range(0, len(crops), CROPS_A_FILE)]


def write_crop_file(number: int, crops: Sequence[FindingCrop]) -> str:
    r"""Write some crops as a script that hands them to the page: ``file://`` lets it read nothing else.

    Parameters
    ----------
    number : int
        Of the file, from 0.
    crops : sequence of FindingCrop

    Examples
    --------
    >>> write_crop_file(0, [FindingCrop((1, 2, 3, 4), b"", (("s0", "M0 0h1v1h-1z"),))])
    'document.dispatchEvent(new CustomEvent("crops",{detail:[0,[[1,2,3,4,"",[["s0","M0 0h1v1h-1z"]]]]]}));\n'
    >>> write_crop_file(1, [])
    'document.dispatchEvent(new CustomEvent("crops",{detail:[1,[]]}));\n'
    """
    return f'document.dispatchEvent(new CustomEvent("crops",{{detail:[{number},{pack_crops(crops)}]}}));\n'


def pack_crops(crops: Sequence[FindingCrop]) -> str:
    """Write crops as JSON: x, y, width, height, picture as base64, shapes.

    Examples
    --------
    >>> pack_crops([])
    '[]'
    """
    rows = [[*crop.box, base64.b64encode(crop.picture).decode(), crop.shapes] for crop in crops]
    return json.dumps(rows, separators=(",", ":")).replace("<", "\\u003c")
