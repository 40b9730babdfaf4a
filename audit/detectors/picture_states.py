"""The images whose picture file was found in one state, for the rules about picture files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.base import Hit
from audit.findings.finding import Evidence
from audit.measure.schema import Measurements


@dataclass(frozen=True, slots=True)
class ImageSizes:
    """What the dataset and the picture file say about the size of one image."""

    image: int
    """Row of the images table."""
    file_name: str
    declared: tuple[int, int]
    """Width, height in the dataset."""
    stored: tuple[int, int]
    """Width, height in the picture file."""
    orientation: int
    """EXIF orientation."""

    @property
    def evidence(self) -> Evidence:
        """The two sizes as every rule gives them."""
        return {
            "declared_width": self.declared[0],
            "declared_height": self.declared[1],
            "picture_width": self.stored[0],
            "picture_height": self.stored[1],
        }


def list_image_sizes(measurements: Measurements, is_chosen: NDArray[np.bool_]) -> Iterator[ImageSizes]:
    """Yield the sizes of some images.

    Parameters
    ----------
    measurements : Measurements
    is_chosen : (images,) bool

    Yields
    ------
    ImageSizes

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> none = empty_measurements()
    >>> list(list_image_sizes(none, none.images["picture"] == "ok"))
    []
    """
    rows = np.flatnonzero(is_chosen)

    def column(name: str) -> list[Any]:
        values: list[Any] = measurements.images[name].to_numpy()[rows].tolist()
        return values

    declared = zip(column("width"), column("height"), strict=True)
    stored = zip(column("picture_width"), column("picture_height"), strict=True)
    names, orientations = column("file_name"), column("exif_orientation")
    for values in zip(rows.tolist(), names, declared, stored, orientations, strict=True):
        yield ImageSizes(*values)


def report_picture_state(measurements: Measurements, state: str, message: str) -> Iterator[Hit]:
    """Yield one hit for every image whose picture is in a state.

    Parameters
    ----------
    measurements : Measurements
    state : str
        Value of the column ``picture``: a rule id.
    message : str
        One sentence with the places ``{name}`` and ``{detail}``.

    Yields
    ------
    Hit

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> list(report_picture_state(empty_measurements(), "image.missing", "{name} is not there."))
    []
    """
    names, details = (measurements.images[column].to_numpy() for column in ("file_name", "picture_detail"))
    for row in np.flatnonzero(measurements.images["picture"].to_numpy() == state).tolist():
        name, detail = names[row], details[row]
        yield Hit(
            message.format(name=shorten_name(name), detail=detail),
            image=row,
            evidence={"file_name": name, "detail": detail},
        )


def shorten_name(file_name: str, longest: int = 120) -> str:
    """Shorten a name for a message: its end says more than its start.

    Parameters
    ----------
    file_name : str
    longest : int
        Characters that are left.

    Examples
    --------
    >>> shorten_name("a/b.jpg")
    'a/b.jpg'
    >>> shorten_name("x" * 200 + ".jpg", longest=8)
    '…xxx.jpg'
    >>> shorten_name("")
    ''
    """
    return file_name if len(file_name) <= longest else "…" + file_name[1 - longest :]
