"""Which images are the same picture, by the bytes of the file or by their masks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.base import Hit
from audit.detectors.picture_states import shorten_name
from audit.findings.finding import Severity
from audit.geometry.sort_keys import flag_repeated
from audit.measure.schema import Measurements

MAX_LISTED = 5
"""Images that repeat masks and are named one by one: more of them are a video, or one cause."""


@dataclass(frozen=True, slots=True)
class RepeatedImage:
    """One image that repeats an earlier one."""

    row: int
    """Row of images."""
    first: int
    """The first image with this picture."""
    by: str
    """``picture`` (bytes of the file) or ``masks`` (size, masks and categories)."""
    same_source: bool
    """Both are in one input file."""
    masks: int
    """Annotations of the image."""


def find_repeated_images(measurements: Measurements, min_masks: int) -> Iterator[RepeatedImage]:
    """Yield the images that repeat an earlier one, in order.

    Where both picture files were read, their bytes decide and nothing else. Else two images count as
    one picture if they have the same size and exactly the same masks and categories, at least
    ``min_masks`` of them.

    Parameters
    ----------
    measurements : Measurements
    min_masks : int

    Yields
    ------
    RepeatedImage

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> list(find_repeated_images(empty_measurements(), 1))
    []
    """
    images = measurements.images
    file_hash = images["picture_hash"].to_numpy(dtype=object)
    is_read = file_hash != ""
    annotations, source = images["annotations"].to_numpy(), images["source"].to_numpy()
    masks_hash = images["masks_hash"].to_numpy()
    usable_rows = np.flatnonzero(~is_read & (masks_hash != 0) & (annotations >= min_masks))
    usable_rows = usable_rows[flag_repeated(masks_hash[usable_rows])]  # few
    image_shapes = zip(
        *(images[name].to_numpy()[usable_rows].tolist() for name in ("masks_hash", "height", "width")),
        strict=True,
    )
    read_rows = np.flatnonzero(is_read)
    repeated = [
        *_repeated(file_hash[read_rows].tolist(), read_rows, "picture"),
        *_repeated(list(image_shapes), usable_rows, "masks"),
    ]
    for row, first_row, by in sorted(repeated):
        yield RepeatedImage(row, first_row, by, bool(source[row] == source[first_row]), int(annotations[row]))


def describe_repetition(image: RepeatedImage, file_name: str, original: str) -> str:
    """Say what one image repeats: bytes prove it, masks do not.

    Parameters
    ----------
    image : RepeatedImage
    file_name : str
        Of the image.
    original : str
        The first image with this picture, in words.

    Examples
    --------
    >>> describe_repetition(RepeatedImage(1, 0, "picture", True, 3), "b.png", "a.png")
    'The image b.png is the same picture as a.png, byte for byte.'
    >>> describe_repetition(RepeatedImage(1, 0, "masks", True, 3), "b.png", "a.png")
    'The image b.png has the same 3 masks as a.png, pixel for pixel: the same picture, or a standing camera.'
    """
    name = shorten_name(file_name)
    if image.by == "picture":
        return f"The image {name} is the same picture as {original}, byte for byte."
    return (
        f"The image {name} has the same {image.masks} masks as {original}, pixel for pixel: "
        "the same picture, or a standing camera."
    )


def report_repeated_masks(
    measurements: Measurements, repeated: Sequence[RepeatedImage], original: str, severity: Severity
) -> Hit:
    """Report many images that repeat masks in one hit.

    Parameters
    ----------
    measurements : Measurements
    repeated : sequence of RepeatedImage
        At least one.
    original : str
        What they repeat, in words.
    severity : Severity

    Returns
    -------
    Hit
        Of the whole dataset.

    Examples
    --------
    >>> from audit.testing import measured, scene
    >>> tables = measured(scene("ab"), scene("ab"))
    >>> image = RepeatedImage(1, 0, "masks", True, 2)
    >>> report_repeated_masks(tables, [image], "an earlier image", Severity.INFO).evidence["images"]
    1
    """
    images = len(measurements.images)
    names = measurements.images["file_name"].to_numpy()
    example, first_name = str(names[repeated[0].row]), str(names[repeated[0].first])
    return Hit(
        f"{len(repeated)} of the {images} images have exactly the masks of {original}, the first of them "
        f"{shorten_name(example)} those of {shorten_name(first_name)}: labels copied along a standing "
        "camera, or pictures that are there twice. Give the pictures to tell.",
        score=len(repeated) / images,
        evidence={
            "images": len(repeated),
            "of": images,
            "by": "masks",
            "file_name": example,
            "first_file_name": first_name,
        },
        severity=severity,
    )


def _repeated(hashes: Sequence[object], rows: NDArray[np.int64], by: str) -> Iterator[tuple[int, int, str]]:
    first_rows: dict[object, int] = {}
    for image_hash, row in zip(hashes, rows.tolist(), strict=True):
        first_row = first_rows.setdefault(image_hash, row)
        if first_row != row:
            yield row, first_row, by
