"""Noise in outlines, by the definitions of a public benchmark, at its medium strength.

COCO-N (Grad, Kimhi, Halika and Baskin, "Benchmarking Label Noise in Instance Segmentation: Spatial Noise
Matters", 2024; ``noise_annotations.py`` of its repository): vertices of the pixel outline moved by a normal
distribution, outlines simplified by Douglas and Peucker, masks dilated or eroded by a square. Its masks are
written as RLE, and so are these.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage
from skimage.measure import find_contours

from audit.synthetic.annotation_records import RLE, Mask
from audit.synthetic.crops import MaskCrop, window_around
from audit.synthetic.error_types import ErrorType, Outcome, has_area
from audit.synthetic.planter import Instance, Planter
from audit.touching.candidate_pairs import MIN_AREA_PX

JITTER_PX = 3.0
"""Standard deviation of a vertex's place, along x and along y."""
SIMPLIFY_PX = 10.0
"""Tolerance of the simplification."""
KERNEL_PX = 5
"""Side of the square that masks are dilated or eroded by."""

Points = NDArray[np.float64]


def jitter_vertices(rng: np.random.Generator, mask: Mask, spread: float = JITTER_PX) -> Mask:
    """Move every vertex of a mask's outer outlines by chance.

    Parameters
    ----------
    rng : numpy.random.Generator
    mask : (H, W) bool
    spread : float
        Standard deviation, pixels.

    Examples
    --------
    >>> mask = np.pad(np.ones((20, 20), dtype=bool), 9)
    >>> bool((jitter_vertices(np.random.default_rng(0), mask) != mask).any())
    True
    >>> jitter_vertices(np.random.default_rng(0), np.zeros((4, 4), dtype=bool)).any()
    np.False_
    """
    return _fill(mask.shape, [points + rng.normal(0, spread, points.shape) for points in _trace(mask)])


def simplify_outlines(mask: Mask, tolerance: float = SIMPLIFY_PX) -> Mask:
    """Replace a mask's outer outlines by coarse polygons.

    Parameters
    ----------
    mask : (H, W) bool
    tolerance : float
        How far off a polygon may lie, pixels.

    Examples
    --------
    >>> y, x = np.mgrid[:80, :80]
    >>> disc = (x - 40) ** 2 + (y - 40) ** 2 < 30**2
    >>> bool(simplify_outlines(disc).sum() < disc.sum())
    True
    >>> simplify_outlines(np.zeros((4, 4), dtype=bool)).any()
    np.False_
    """
    outlines = [shapely.Polygon(points) for points in _trace(mask) if len(points) >= 4]
    coarse = [outline.simplify(tolerance, preserve_topology=True) for outline in outlines]
    return _fill(mask.shape, [shapely.get_coordinates(polygon) for polygon in coarse])


def resize_by_square(rng: np.random.Generator, mask: Mask, side: int = KERNEL_PX) -> Mask:
    """Dilate or erode a mask, by even odds.

    Parameters
    ----------
    rng : numpy.random.Generator
    mask : (H, W) bool
    side : int
        Of the square, pixels, odd.

    Examples
    --------
    >>> mask = np.pad(np.ones((20, 20), dtype=bool), 9)
    >>> int(resize_by_square(np.random.default_rng(0), mask).sum()) in (16 * 16, 24 * 24)
    True
    """
    square = np.ones((side, side), dtype=bool)
    change = ndimage.binary_dilation if rng.random() < 0.5 else ndimage.binary_erosion
    return np.asarray(change(mask, square), dtype=bool)


def _trace(mask: Mask) -> list[Points]:
    """Return the outer outlines as (x, y) of the outermost pixels, where they turn."""
    labels, n_parts = ndimage.label(mask, np.ones((3, 3)))
    outlines = []
    for part in range(1, n_parts + 1):
        filled = np.pad(ndimage.binary_fill_holes(labels == part), 1).astype(np.float64)
        # A level just below 1 runs through the pixels, as an outline of pixels does.
        (points, *_) = find_contours(filled, 0.999)  # type: ignore[no-untyped-call]
        points = np.round(points[:-1, ::-1] - 1)
        points = points[(points != np.roll(points, 1, axis=0)).any(axis=1)]
        step = points - np.roll(points, 1, axis=0)
        turns = (step != np.roll(step, -1, axis=0)).any(axis=1)
        outlines.append(points[turns] if turns.any() else points)
    return outlines


def _fill(shape: tuple[int, ...], outlines: list[Points]) -> Mask:
    """Fill polygons of whole pixels with their rim."""
    image = Image.new("1", (shape[1], shape[0]))
    draw = ImageDraw.Draw(image)
    for points in outlines:
        corners = [(int(x), int(y)) for x, y in np.round(points)]
        if len(corners) > 1:
            draw.polygon(corners, fill=1, outline=1)
    return np.asarray(image, dtype=bool)


def _redraw(planter: Planter, victim: Instance, mask: Mask, window: tuple[int, ...], note: str) -> Outcome:
    crop = MaskCrop.cut_out(mask, window[0], window[1]).clip(*planter.sizes[victim.image])
    if crop.area < MIN_AREA_PX:
        return None
    planter.redraw(victim, crop, RLE)
    return (victim.row + 1,), note


def _jitter(planter: Planter, victim: Instance) -> Outcome:
    window = window_around([victim.crop], round(4 * JITTER_PX))
    mask = jitter_vertices(planter.rng, victim.crop.paint(window))
    return _redraw(planter, victim, mask, window, f"vertices moved by {JITTER_PX:g} px")


def _simplify(planter: Planter, victim: Instance) -> Outcome:
    window = window_around([victim.crop], 1)
    mask = simplify_outlines(victim.crop.paint(window))
    return _redraw(planter, victim, mask, window, f"simplified to within {SIMPLIFY_PX:g} px")


def _resize(planter: Planter, victim: Instance) -> Outcome:
    window = window_around([victim.crop], KERNEL_PX)
    mask = resize_by_square(planter.rng, victim.crop.paint(window))
    return _redraw(planter, victim, mask, window, f"dilated or eroded by a square of {KERNEL_PX} px")


NOISE_TYPES = {
    "jitters": ErrorType("mask.jagged", 0, has_area(), _jitter),
    "simplifications": ErrorType("mask.simplified", 0, has_area(), _simplify),
    "resizings": ErrorType("mask.edge_beside", 0, has_area(), _resize),
}
"""What is planted only where ``--kinds`` asks for it, by its names."""
