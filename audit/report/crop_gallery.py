"""Small pictures of single places: masks of any dataset, drawn on a crop of their image."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from audit.dataset import pixels
from audit.dataset.paths import RefusedError
from audit.geometry.runs import Runs
from audit.geometry.shape import boxes
from audit.report.mask_outlines import simplify_outlines, trace_outlines, write_svg_paths
from audit.report.pictures import write_data_url
from audit.report.text_format import shorten_text

SIDE = 220
"""Pixels of a crop's longer side."""
_MARGIN = 0.25
_SOURCE_SIDE = 2048

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class CropRequest:
    """A place to be shown."""

    file_name: str
    size: tuple[int, int]
    """Width, height of the image."""
    masks: Runs
    kinds: tuple[str, ...]
    """Class of each mask for the style sheet: ``a``, ``b`` ... or ``context``."""
    names: tuple[str, ...]
    text: str
    address: str = ""
    """Where the place is shown larger; empty = nowhere."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One mask of an exhibit."""

    path: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Crop:
    """A place as the page shows it."""

    name: str
    text: str
    box: Box
    """x, y, width, height of what is shown."""
    picture: str
    """Data URL of the crop; empty where there is no picture."""
    outlines: tuple[Outline, ...]
    address: str


def draw_crops(wanted: Sequence[CropRequest], root: Path | None) -> Iterator[Crop]:
    """Draw places, in their order; those without a pixel are left out.

    Parameters
    ----------
    wanted : sequence of Wanted
    root : Path or None
        Where the pictures lie.

    Examples
    --------
    >>> list(draw_crops([], None))
    []
    """
    for one in wanted:
        box = _frame_masks(one)
        if box is None:
            continue
        x, y, w, h = box
        tolerance = 0.5 * max(w, h) / SIDE
        paths = write_svg_paths(simplify_outlines(trace_outlines(one.masks), tolerance), one.masks.count)
        outlines = zip(paths, one.kinds, one.names, strict=True)
        yield Crop(
            shorten_text(one.file_name, 60),
            one.text,
            (x, y, w, h),
            _load_crop(root, one, box) if root is not None else "",
            tuple(Outline(path, kind, shorten_text(name, 60)) for path, kind, name in outlines if path),
            one.address,
        )


def _frame_masks(one: CropRequest) -> Box | None:
    """Return the part of the image around the masks that are not just context."""
    about = [k for k, kind in enumerate(one.kinds) if kind != "context"]
    found = boxes(one.masks)[about]
    found = found[found[:, 2] > 0]
    if not len(found):
        return None
    low, high = found[:, :2].min(axis=0), (found[:, :2] + found[:, 2:]).max(axis=0)
    margin = max(int(_MARGIN * (high - low).max()), 6)
    low, high = np.clip(low - margin, 0, one.size), np.clip(high + margin, 0, one.size)
    (x, y), (w, h) = low.tolist(), (high - low).tolist()
    return (x, y, w, h) if w > 0 and h > 0 else None


def _load_crop(root: Path, one: CropRequest, box: Box) -> str:
    try:
        picture = pixels.load(root, one.file_name, max_side=_SOURCE_SIDE)
    except (OSError, RefusedError):
        return ""
    x, y, w, h = box
    across, down = picture.shape[1] / one.size[0], picture.shape[0] / one.size[1]
    area = (round(x * across), round(y * down), round((x + w) * across), round((y + h) * down))
    crop = Image.fromarray(picture).crop((*area[:2], max(area[2], area[0] + 1), max(area[3], area[1] + 1)))
    crop.thumbnail((2 * SIDE, 2 * SIDE))
    out = io.BytesIO()
    crop.save(out, "JPEG", quality=75)
    return write_data_url(out.getvalue())
