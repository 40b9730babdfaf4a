"""Masks of one image as people hold them in notebooks: pixels of any library, COCO's RLEs and polygons.

What is unambiguous is read; anything else is refused in one line that says what to pass instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ctypes import c_int64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.geometry.guard import MAX_PIXELS, MAX_SIDE, counts_faults, merge_zero_runs, polygon_faults
from audit.geometry.native_runs import runs_from_columns, thread_count
from audit.geometry.raster import counts_to_runs, polygons_to_runs
from audit.geometry.rle import decode_rle
from audit.geometry.runs import IntArray, Runs, concatenate_runs, no_runs, take_masks
from audit.native.library import array, declare

_dense_to_runs = declare("maskaudit_dense_to_runs", array("u8"), c_int64, c_int64, c_int64, c_int64, c_int64)

PixelArray = NDArray[np.uint8]
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ImageMasks:
    """Masks of one image, as pixels or as runs."""

    height: int
    width: int
    pixels: tuple[PixelArray, ...] | None
    """Each (height, width), one byte a pixel, all contiguous in one order; None = given as runs."""
    runs: Runs | None
    """Filled where ``pixels`` is None."""

    def __len__(self) -> int:
        return len(self.pixels) if self.pixels is not None else self.as_runs().count

    @property
    def is_column_major(self) -> bool:
        """Whether neighbours in memory lie below each other, as pycocotools has them."""
        return bool(self.pixels) and not self.pixels[0].flags.c_contiguous  # type: ignore[index]

    def pixel_arguments(self) -> tuple[NDArray[np.uint64], int, int]:
        """Return the pixels as a kernel takes them: addresses, lines, and length of a line."""
        address = np.array([mask.ctypes.data for mask in self.pixels or ()], dtype=np.uint64)
        lines = (self.height, self.width)
        return (address, *(lines[::-1] if self.is_column_major else lines))

    def as_runs(self) -> Runs:
        """Return the masks as runs."""
        if self.runs is not None:
            return self.runs
        address, lines, length = self.pixel_arguments()
        columns = _dense_to_runs(address, len(address), lines, length, self.is_column_major, thread_count())
        return runs_from_columns(columns, len(address))


def read_masks(
    masks: Any, *, threshold: float | None = None, layout: str | None = None, size: Size | None = None
) -> ImageMasks:
    """Read the masks of one image.

    Parameters
    ----------
    masks : array or sequence
        An (N, H, W) array, an (N, 1, H, W) one, or one bool (H, W) mask; or a sequence, also a mixed one, of
        (H, W) arrays, COCO RLEs and COCO polygons (a list of rings each). A single RLE is one mask. An
        array is whatever has ``__array__`` or ``__dlpack__``: numpy, torch, cupy, jax, on any device.
    threshold : float, optional
        A pixel belongs to a mask where its value is larger. Floats that are not all 0 or 1 need one.
    layout : {"NHW", "HWN"}, optional
        Which axis counts the masks. Only where an array looks like (H, W, N) it has to be said.
    size : (int, int), optional
        Height and width of the image; polygons need it where no other mask tells it.

    Returns
    -------
    ImageMasks

    Raises
    ------
    ValueError
        In one line, with what to pass instead.

    Examples
    --------
    >>> masks = read_masks([np.eye(2, dtype=bool), {"size": [2, 2], "counts": [3, 1]}])
    >>> len(masks), masks.as_runs().x.tolist()
    (2, [0, 1, 1])
    >>> read_masks(np.array([[[0.2, 0.9]]]), threshold=0.5).as_runs().x.tolist()
    [1]
    >>> len(read_masks([]))
    0
    """
    if layout not in (None, "NHW", "HWN"):
        raise ValueError(f'layout is "NHW" or "HWN", not {layout!r}')
    if isinstance(masks, Mapping):
        masks = [masks]
    if isinstance(masks, str | bytes):
        raise ValueError('the text of an RLE needs its image\'s size: pass {"size": [H, W], "counts": text}')
    if _is_array(masks):
        return _read_stack(to_numpy(masks), threshold, layout)
    if not isinstance(masks, Iterable):
        raise ValueError(f"masks are an (N, H, W) array or a list of masks, not {type(masks).__name__}")
    entries = [_unwrap_annotation(entry) for entry in masks]
    is_pixels = [_is_array(entry) for entry in entries]
    if not entries:
        return ImageMasks(*(size or (0, 0)), None, no_runs(0))
    pixels = [_read_pixels(to_numpy(entry), k, threshold) for k, entry in enumerate(entries) if is_pixels[k]]
    height, width = _common_size(entries, pixels, size)
    if len(pixels) == len(entries):
        return ImageMasks(height, width, _in_one_order(pixels), None)
    drawn = ImageMasks(height, width, _in_one_order(pixels), None).as_runs() if pixels else no_runs(0)
    encoded = [
        _read_rle(k, entry, height, width) if isinstance(entry, Mapping)
        else _read_polygons(k, entry, height, width)
        for k, entry in enumerate(entries) if not is_pixels[k]
    ]  # fmt: skip
    # Pixels come first in the concatenation; this puts the masks back in their order.
    place = np.argsort(np.argsort(~np.array(is_pixels), kind="stable"))
    return ImageMasks(height, width, None, take_masks(concatenate_runs([drawn, *encoded]), place))


def to_numpy(values: Any) -> NDArray[Any]:
    """Return an array of any library, on any device, as numpy's.

    Parameters
    ----------
    values : array
        With ``__array__`` or ``__dlpack__``; memory is shared where that is possible.

    Examples
    --------
    >>> to_numpy(np.arange(2)).tolist()
    [0, 1]
    >>> to_numpy([]).tolist()
    []
    """
    if isinstance(values, np.ndarray):
        return values
    for step in ("detach", "cpu", "get"):  # of torch: out of the graph, off the device; of cupy: off it
        if hasattr(values, step) and not isinstance(values, Mapping):
            values = getattr(values, step)()
    if hasattr(values, "__array__"):
        if "bfloat16" in str(getattr(values, "dtype", "")):  # numpy has no such type
            values = values.float()
        return np.asarray(values)
    return np.from_dlpack(values) if hasattr(values, "__dlpack__") else np.asarray(values)


def _is_array(values: Any) -> bool:
    return hasattr(values, "__array__") or hasattr(values, "__dlpack__")


def _unwrap_annotation(entry: Any) -> Any:
    """Return the segmentation of a COCO annotation; anything else as it is."""
    if isinstance(entry, Mapping) and "counts" not in entry and "segmentation" in entry:
        return entry["segmentation"]
    return entry


def _read_stack(stack: NDArray[Any], threshold: float | None, layout: str | None) -> ImageMasks:
    if stack.ndim == 4 and stack.shape[1] == 1 and layout != "HWN":
        stack = stack[:, 0]  # as the mask head of Mask R-CNN gives them
    if stack.ndim == 2 and stack.dtype == np.bool_:
        stack = stack[None]
    if stack.ndim == 2:
        raise ValueError(
            "an (H, W) array of numbers may be one mask or a label map: pass masks[None], "
            "or [labels == k for k in np.unique(labels) if k]"
        )
    if stack.ndim != 3:
        raise ValueError(f"masks are (N, H, W), not {stack.ndim}-dimensional")
    rows, columns, last = stack.shape
    if layout is None and 0 < 4 * last < min(rows, columns):
        raise ValueError(
            f"masks of shape {stack.shape} look like (H, W, N): pass layout='HWN' if they are, "
            f"layout='NHW' if they are {rows} masks of {columns} x {last}"
        )
    if layout == "HWN":
        stack = stack.transpose(2, 0, 1)
    pixels = _to_bytes(stack, threshold)
    return ImageMasks(pixels.shape[1], pixels.shape[2], _in_one_order(list(pixels)), None)


def _read_pixels(mask: NDArray[Any], position: int, threshold: float | None) -> PixelArray:
    if mask.ndim == 3 and mask.shape[0] == 1:
        mask = mask[0]
    if mask.ndim != 2:
        raise ValueError(f"mask {position} is {mask.ndim}-dimensional: a list holds (H, W) arrays")
    return _to_bytes(mask, threshold)


def _to_bytes(masks: NDArray[Any], threshold: float | None) -> PixelArray:
    """Return one byte a pixel; what is not 0 belongs to the mask."""
    if threshold is not None:
        above: PixelArray = (masks > threshold).view(np.uint8)
        return above
    if masks.dtype.kind not in "bui":
        if masks.dtype.kind != "f":
            raise ValueError(f"masks are bool or numbers, not {masks.dtype}")
        # Mask by mask: a stack may be large, and soft masks show it at once.
        for mask in masks if masks.ndim == 3 else [masks]:
            if not ((mask == 0) | (mask == 1)).all():
                raise ValueError(
                    "masks hold numbers other than 0 and 1 (probabilities or logits): pass threshold=0.5, "
                    "or 0 for logits"
                )
    if masks.dtype.itemsize == 1:
        return masks.view(np.uint8)
    is_set: PixelArray = (masks != 0).view(np.uint8)
    return is_set


def _in_one_order(pixels: list[PixelArray]) -> tuple[PixelArray, ...]:
    """Make every mask contiguous, all by rows or all by columns; nothing is copied that is so already."""
    if all(mask.flags.c_contiguous for mask in pixels) or all(mask.flags.f_contiguous for mask in pixels):
        return tuple(pixels)
    return tuple(np.ascontiguousarray(mask) for mask in pixels)


def _common_size(entries: Sequence[Any], pixels: Sequence[PixelArray], size: Size | None) -> Size:
    sizes: set[tuple[int, ...]] = {mask.shape for mask in pixels}
    for k, entry in enumerate(entries):
        if isinstance(entry, Mapping):
            if "size" not in entry or "counts" not in entry:
                raise ValueError(f'mask {k} is no RLE: {{"size": [H, W], "counts": ...}}')
            sides = entry["size"]
            if not isinstance(sides, Sequence | np.ndarray) or any(
                not isinstance(side, int | np.integer) or isinstance(side, bool) for side in sides
            ):
                raise ValueError(f"mask {k}: the size of its RLE is [height, width] in pixels, not {sides!r}")
            sizes.add(tuple(int(side) for side in sides))
    if size is not None:
        sizes.add((int(size[0]), int(size[1])))
    if not sizes:
        raise ValueError(
            "nested lists are read as COCO polygons, which need the image's size: pass size=(height, width), "
            "or numpy arrays where they are pixels"
        )
    if len(sizes) > 1 or len(next(iter(sizes))) != 2:
        raise ValueError(f"masks have different sizes ({sorted(sizes)}); those of one image have one")
    height, width = sizes.pop()
    if len(pixels) < len(entries) and (
        min(height, width) < 1 or max(height, width) > MAX_SIDE or height * width > MAX_PIXELS
    ):
        raise ValueError(f"masks of {height} x {width} pixels cannot be read")
    return height, width


def _read_rle(position: int, rle: Mapping[str, Any], height: int, width: int) -> Runs:
    counts = _read_counts(position, rle["counts"])
    start = np.array([0, len(counts)])
    if counts_faults(counts, start, np.array([height * width])).any():
        raise ValueError(f"mask {position}: its runs do not cover {height} x {width} pixels")
    counts, start, _ = merge_zero_runs(counts, start)
    return counts_to_runs(counts, start, np.array([height]))


def _read_counts(position: int, counts: object) -> IntArray:
    """Return the run lengths of a mask."""
    if isinstance(counts, str | bytes):
        decoded = decode_rle([counts.encode("ascii", "replace") if isinstance(counts, str) else counts])
        if decoded.fault[0]:
            raise ValueError(f"mask {position}: the text of its RLE cannot be read")
        return decoded.counts
    numbers = np.asarray(counts)
    if numbers.ndim != 1 or (len(numbers) and numbers.dtype.kind not in "iu"):
        raise ValueError(f"mask {position}: the runs of its RLE are no list of integers")
    return numbers.astype(np.int64)


def _read_polygons(position: int, rings: Any, height: int, width: int) -> Runs:
    if not isinstance(rings, Sequence) or isinstance(rings, str | bytes):
        raise ValueError(f"mask {position} is neither an array nor an RLE nor a list of rings: {type(rings)}")
    if any(not isinstance(ring, Sequence) and not _is_array(ring) for ring in rings):
        raise ValueError(
            f"mask {position} is a list of numbers: its polygons are a list of rings, [[x, y, x, y, ...]]"
        )
    try:
        flat = [np.asarray(ring, dtype=np.float64) for ring in rings]
    except (TypeError, ValueError):
        raise ValueError(f"mask {position}: its rings are no lists of numbers") from None
    if any(ring.ndim != 1 or len(ring) % 2 for ring in flat):
        raise ValueError(f"mask {position}: a ring is x, y, x, y, ...")
    vertex_start = np.cumsum([0, *(len(ring) // 2 for ring in flat)])
    xy = np.concatenate([np.zeros(0), *flat]).reshape(-1, 2)
    if polygon_faults(xy, vertex_start).any():
        raise ValueError(f"mask {position}: a ring has three points or more, at finite places near the image")
    one = np.array([0, len(flat)])
    return polygons_to_runs(xy, vertex_start, one, np.array([height]), np.array([width]))
