"""Where the cells lie: seeded label maps of smooth, irregular, sometimes touching outlines."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from audit.carriers import dataclass

NUCLEUS, CELL, DEBRIS = 1, 2, 3
CATEGORIES = {NUCLEUS: "nucleus", CELL: "cell", DEBRIS: "debris"}
"""Category id to name, as written."""

LOOKS = ("fluorescence", "stained", "membrane", "interference")
"""How a picture is lit; see `audit.synthetic.optics`."""

_SIZES = ((320, 320), (360, 360), (320, 448), (384, 384), (384, 512))
_TRIES = 40
_FREE = np.float32(9.0)
_CROSS = ndimage.generate_binary_structure(2, 1)


@dataclass(frozen=True, slots=True)
class Scene:
    """What lies under the microscope in one picture, before any light.

    Every pixel belongs to one cell at most, so the masks are exclusive by construction.
    """

    look: str
    """One of `LOOKS`."""
    labels: NDArray[np.int32]
    """(H, W); 0 = background, else 1..n."""
    rim: NDArray[np.float32]
    """(H, W); 0 at a cell's centre, 1 at its outline; more than 1 outside of every cell."""
    categories: tuple[int, ...]
    """Category id of the labels 1..n."""

    def mask(self, label: int) -> NDArray[np.bool_]:
        """Return the (H, W) mask of one cell."""
        return np.asarray(self.labels == label)


def make_scene(rng: np.random.Generator, microscopy: str, *, crowded: bool = False) -> Scene:
    """Lay cells out in an empty picture: alone, in pairs and in clusters, with some debris.

    Parameters
    ----------
    rng : numpy.random.Generator
        The only source of chance.
    microscopy : str
        One of `LOOKS`; decides the kind and the usual size of the cells.
    crowded : bool
        Lay out several times as many, much smaller cells: a picture that is unlike the others.

    Returns
    -------
    Scene
        With about 40 cells (crowded: about 200), numbered from 1 without gaps.

    Examples
    --------
    >>> scene = make_scene(np.random.default_rng(0), "stained")
    >>> int(scene.labels.max()) == len(scene.categories)
    True
    >>> bool(scene.mask(len(scene.categories) + 1).any())
    False
    """
    image_shape = (384, 512) if crowded else _SIZES[rng.integers(len(_SIZES))]
    cell_field = _Field(rng, image_shape, microscopy, crowded=crowded)
    n_wanted = 210 if crowded else int(rng.uniform(35.0, 46.0) * image_shape[0] * image_shape[1] / 384**2)
    for _ in range(n_wanted):
        is_debris = rng.random() < 0.07
        for _ in range(_TRIES):
            if cell_field.add_cell(
                is_debris, beside_another=not is_debris and rng.random() < cell_field.neighbour_share
            ):
                break
    return cell_field.number_cells(microscopy)


class _Field:
    """A picture that is being filled with cells; these are alike within a picture more than between them."""

    def __init__(
        self, rng: np.random.Generator, image_shape: tuple[int, int], microscopy: str, *, crowded: bool
    ) -> None:
        self.rng = rng
        self.labels = np.zeros(image_shape, dtype=np.int32)
        self.rim = np.full(image_shape, _FREE, dtype=np.float32)
        self.centres: list[tuple[float, float, float, bool]] = []
        self.categories: list[int] = []
        self.body = NUCLEUS if microscopy in ("fluorescence", "stained") else CELL
        min_radius, max_radius = (11.0, 16.0) if self.body == NUCLEUS else (14.0, 19.0)
        self.radius = 7.0 if crowded else float(rng.uniform(min_radius, max_radius))
        self.radius_spread = float(rng.uniform(0.08, 0.16))
        self.wobble = 0.035 if self.body == NUCLEUS else 0.055
        self.stretch = 0.10 if self.body == NUCLEUS else 0.14
        self.neighbour_share = float(rng.uniform(0.25, 0.55))  # of cells that are set beside another

    def _draw_outline(self, debris: bool) -> _Outline:
        harmonics = np.arange(2, 8)
        wobble = 0.10 if debris else self.wobble
        if debris:
            radius = self.rng.uniform(4.5, 6.5)
        else:
            radius = self.radius * np.exp(self.rng.normal(0.0, self.radius_spread))
        return _Outline(
            radius=float(radius),
            stretch=float(np.exp(abs(self.rng.normal(0.0, self.stretch)))),
            turn=float(self.rng.uniform(0.0, np.pi)),
            amplitude=np.clip(self.rng.normal(0.0, 2.0 * wobble / harmonics), -0.12, 0.12),
            phase=self.rng.uniform(0.0, 2.0 * np.pi, len(harmonics)),
        )

    def add_cell(self, is_debris: bool, beside_another: bool) -> bool:
        """Try to set one cell at a place drawn by chance; say whether it fitted.

        Parameters
        ----------
        is_debris : bool
            A small bit of dirt, not a cell.
        beside_another : bool
            Set it so that it touches an earlier cell, if there is one.
        """
        outline = self._draw_outline(is_debris)
        host_cells = [centre for centre in self.centres if not centre[3]] if beside_another else []
        y, x = self._place(outline.radius, host_cells)
        window = self._window(y, x, outline.reach + 5)
        if window is None:
            return False
        rows, columns = np.mgrid[window]
        rim_distance = outline.rim(rows - y, columns - x)
        inside = rim_distance < 1.0
        disc_area = np.pi * outline.radius**2
        labels_here, rim_here = self.labels[window], self.rim[window]
        if inside.sum() < 0.55 * disc_area:
            return False
        if not host_cells and np.any(labels_here[rim_distance < 1.0 + 5.0 / outline.radius]):
            return False
        # Where two cells meet, a pixel belongs to the one whose centre is relatively nearer.
        taken_pixels = inside & (rim_distance < rim_here)
        largest_loss = np.bincount(labels_here[taken_pixels & (labels_here > 0)], minlength=1).max()
        if inside.sum() - taken_pixels.sum() > 0.14 * disc_area or largest_loss > 0.14 * disc_area:
            return False
        self.categories.append(DEBRIS if is_debris else self.body)
        self.centres.append((y, x, outline.radius, is_debris))
        labels_here[taken_pixels] = len(self.categories)
        rim_here[taken_pixels] = rim_distance[taken_pixels]
        np.minimum(rim_here, np.maximum(rim_distance, 1.0), out=rim_here, where=labels_here == 0)
        return True

    def _place(
        self, radius: float, host_cells: list[tuple[float, float, float, bool]]
    ) -> tuple[float, float]:
        height, width = self.labels.shape
        if not host_cells:
            return float(self.rng.uniform(0, height)), float(self.rng.uniform(0, width))
        y, x, host_radius, _ = host_cells[self.rng.integers(len(host_cells))]
        angle = self.rng.uniform(0.0, 2.0 * np.pi)
        distance = (host_radius + radius) * self.rng.uniform(0.84, 0.96)
        return float(y + distance * np.sin(angle)), float(x + distance * np.cos(angle))

    def _window(self, y: float, x: float, reach: int) -> tuple[slice, slice] | None:
        height, width = self.labels.shape
        if not (0 <= y < height and 0 <= x < width):
            return None
        top_row, left_column = max(int(y) - reach, 0), max(int(x) - reach, 0)
        return slice(top_row, min(int(y) + reach, height)), slice(left_column, min(int(x) + reach, width))

    def number_cells(self, microscopy: str) -> Scene:
        """Tidy every mask up (one part, no holes, no thin bits) and number them without gaps.

        Parameters
        ----------
        microscopy : str
            One of `LOOKS`.
        """
        labels = np.zeros_like(self.labels)
        categories: list[int] = []
        for label, label_window in enumerate(ndimage.find_objects(self.labels), start=1):
            if label_window is None:
                continue
            cell_mask = _tidy(self.labels[label_window] == label)
            foreign = (self.labels[label_window] > 0) & (self.labels[label_window] != label)
            if cell_mask.sum() < 40 or np.any(cell_mask & foreign):
                continue
            categories.append(self.categories[label - 1])
            labels[label_window][cell_mask] = len(categories)
        return Scene(microscopy, labels, self.rim, tuple(categories))


class _Outline(NamedTuple):
    """A closed curve: radius times an ellipse times a low-order Fourier series of the angle."""

    radius: float
    stretch: float
    turn: float
    amplitude: NDArray[np.float64]
    phase: NDArray[np.float64]

    def rim(self, dy: NDArray[np.float64], dx: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return how far out points lie: 0 at the centre, 1 on the curve.

        Parameters
        ----------
        dy, dx : float64
            From the centre, pixels; of one shape.
        """
        cosine, sine = np.cos(self.turn), np.sin(self.turn)
        along = (cosine * dx + sine * dy) / self.stretch
        across = (cosine * dy - sine * dx) * self.stretch
        polar_angle = np.arctan2(across, along)
        harmonics = np.arange(2, 2 + len(self.amplitude))[:, None, None]
        wave = self.amplitude[:, None, None] * np.cos(harmonics * polar_angle + self.phase[:, None, None])
        distance = np.hypot(along, across) / (self.radius * (1.0 + wave.sum(axis=0)))
        return np.asarray(distance, dtype=np.float32)

    @property
    def reach(self) -> int:
        """Pixels from the centre that surely hold the curve."""
        return int(np.ceil(self.radius * self.stretch * (1.0 + np.abs(self.amplitude).sum()))) + 2


def _tidy(cell_mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep the largest part of a mask, opened by one pixel so that no whisker is left."""
    padded = np.pad(cell_mask, 2, mode="edge")  # the image's border must not be eaten away
    opened = ndimage.binary_opening(padded, _CROSS)[2:-2, 2:-2] & cell_mask
    component_map, n_components = ndimage.label(opened, _CROSS)
    if n_components > 1:
        opened = component_map == 1 + np.argmax(np.bincount(component_map.ravel())[1:])
    return np.asarray(ndimage.binary_fill_holes(opened), dtype=np.bool_)
