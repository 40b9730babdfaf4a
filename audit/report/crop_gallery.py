"""Small pictures of single places: masks of any dataset, drawn on a crop of their image."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from audit.carriers import dataclass
from audit.dataset import pixels
from audit.dataset.paths import RefusedError
from audit.geometry.runs import Runs
from audit.geometry.shape import measure_boxes
from audit.report.mask_outlines import choose_step, trace_coarsely
from audit.report.outline_paths import simplify_outlines, write_svg_paths
from audit.report.picture_contrast import stretch_contrast
from audit.report.pictures import write_data_url
from audit.report.text_format import shorten_text

MAX_SIDE = 220
"""Pixels of a crop's longer side, as the page shows it."""
_SCREEN_DENSITY = 2
"""Pixels of a crop for each that the page shows: screens of phones and good laptops show twice as many."""
_MARGIN = 0.25
"""Of the longer side of what is shown, around it."""
_MIN_MARGIN = 6
"""Pixels."""
_MAX_PICTURE_SIDE = 2048
"""The picture is read so large before the crop is cut out of it."""
_JPEG_QUALITY = 75
CONTEXT = "context"
"""Kind of a mask that is drawn but not zoomed to."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class CropRequest:
    """A place to be shown."""

    file_name: str
    size: tuple[int, int]
    """Width, height of the image."""
    masks: Runs
    kinds: tuple[str, ...]
    """Class of each mask for the style sheet: ``a``, ``b`` ... or `CONTEXT`."""
    names: tuple[str, ...]
    text: str
    kind: str = ""
    category: str = ""
    image_row: int = -1


@dataclass(frozen=True, slots=True)
class Crop:
    """A place as the page shows it."""

    name: str
    text: str
    box: Box
    """x, y, width, height of what is shown."""
    picture: str
    """Data URL of the crop; empty where there is no picture."""
    outlines: tuple[tuple[str, str, str], ...]
    """SVG path data, kind and name of each mask that has pixels."""
    kind: str = ""
    """By which a reader can choose: the cause of a pair, the kind of a change."""
    category: str = ""
    """By which a reader can choose, too."""
    image_row: int = -1
    """Row of its image, whose page it leads to; -1 = there are no such pages."""


def draw_crops(requests: Sequence[CropRequest], image_root: Path | None) -> Iterator[Crop]:
    """Draw places, in their order; those without a pixel are left out.

    A picture is read once for places that follow each other in it.

    Parameters
    ----------
    requests : sequence of CropRequest
    image_root : Path or None
        Where the pictures lie.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs
    >>> square = dense_to_runs(np.ones((1, 4, 4), dtype=bool))
    >>> request = CropRequest("a.png", (4, 4), square, ("a",), ("prediction 1",), "IoU 0.9")
    >>> (crop,) = draw_crops([request], None)
    >>> crop.box, crop.outlines
    ((0, 0, 4, 4), (('M0 0v4h4v-4z', 'a', 'prediction 1'),))
    >>> list(draw_crops([], None))
    []
    """
    last_picture: tuple[str, NDArray[np.uint8] | None] = ("", None)
    for request in requests:
        box = _frame_masks(request)
        if box is None:
            continue
        # Half a pixel of the crop: finer corners are not seen, and they weigh more than the picture.
        tolerance = 0.5 * max(box[2:]) / MAX_SIDE
        loops = simplify_outlines(trace_coarsely(request.masks, choose_step(request.masks)), tolerance)
        paths = write_svg_paths(loops, request.masks.count)
        outlines = zip(paths, request.kinds, request.names, strict=True)
        if image_root is not None and last_picture[0] != request.file_name:
            last_picture = (request.file_name, _load_picture(image_root, request.file_name))
        yield Crop(
            name=shorten_text(request.file_name, 60),
            text=request.text,
            kind=request.kind,
            category=request.category,
            image_row=request.image_row,
            box=box,
            picture=_cut_out(last_picture[1], request, box) if last_picture[1] is not None else "",
            outlines=tuple((path, kind, shorten_text(name, 60)) for path, kind, name in outlines if path),
        )


def _frame_masks(request: CropRequest) -> Box | None:
    """Return the part of the image around the masks that are not just context."""
    subjects = [mask for mask, kind in enumerate(request.kinds) if kind != CONTEXT]
    subject_boxes = measure_boxes(request.masks)[subjects]
    subject_boxes = subject_boxes[subject_boxes[:, 2] > 0]
    if not len(subject_boxes):
        return None
    low = subject_boxes[:, :2].min(axis=0)
    high = (subject_boxes[:, :2] + subject_boxes[:, 2:]).max(axis=0)
    margin = max(int(_MARGIN * (high - low).max()), _MIN_MARGIN)
    low, high = np.clip(low - margin, 0, request.size), np.clip(high + margin, 0, request.size)
    (x, y), (width, height) = low.tolist(), (high - low).tolist()
    return (x, y, width, height) if width > 0 and height > 0 else None


def _load_picture(image_root: Path, file_name: str) -> NDArray[np.uint8] | None:
    """Read a picture with its contrast raised; None where it cannot be read."""
    try:
        stored = pixels.load_picture(image_root, file_name, max_side=_MAX_PICTURE_SIDE)
    except (OSError, RefusedError):
        return None
    return stretch_contrast(stored)[0]


def _cut_out(picture: NDArray[np.uint8], request: CropRequest, box: Box) -> str:
    x, y, width, height = box
    # The picture may have been read smaller than the image that the masks are drawn on.
    x_scale, y_scale = picture.shape[1] / request.size[0], picture.shape[0] / request.size[1]
    left, top = round(x * x_scale), round(y * y_scale)
    right, bottom = round((x + width) * x_scale), round((y + height) * y_scale)
    crop = Image.fromarray(picture).crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    crop.thumbnail((_SCREEN_DENSITY * MAX_SIDE, _SCREEN_DENSITY * MAX_SIDE))
    jpeg = io.BytesIO()
    crop.save(jpeg, "JPEG", quality=_JPEG_QUALITY)
    return write_data_url(jpeg.getvalue())
