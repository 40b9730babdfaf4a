"""The pictures of a report: small enough to keep, large enough to judge an outline by."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.paths import RefusedError
from audit.pipeline.result import ScanResult
from audit.report.image_page import ImagePage
from audit.report.picture_contrast import stretch_contrast

if TYPE_CHECKING:
    from PIL import Image

PICTURE_SIDE = 1600
THUMBNAIL_SIDE = 360
_WINDOW = 32
"""Pictures in memory at a time."""
_ENLARGED = 640
"""Pictures up to this side are looked at enlarged, so they keep more detail."""

Box = tuple[int, int, int, int]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a report, and where it lies in mask coordinates."""

    href: str
    x: int
    y: int
    width: int
    height: int
    stretched: bool = False
    """Its contrast was raised: the stored picture is darker or flatter."""

    @property
    def whole(self) -> bool:
        """Whether it begins where the image does; else it is a crop."""
        return self.x == 0 and self.y == 0


@dataclass(frozen=True, slots=True)
class Encoded:
    """One picture as JPEG."""

    jpeg: bytes
    small: bytes
    """The same for the contact sheet; empty where it is not on it."""
    box: Box
    """x, y, width, height in mask coordinates."""
    stretched: bool = False
    """Its contrast was raised."""

    def picture(self, href: str) -> Picture:
        """Say where it can be found."""
        return Picture(href, *self.box, self.stretched)


def encode_pictures(
    result: ScanResult,
    pages: Sequence[ImagePage],
    *,
    thumbnails: int,
    side: int = PICTURE_SIDE,
    quality: int = 82,
    crop: bool = False,
) -> Iterator[Encoded | None]:
    """Read and compress the pictures of some pages, in their order.

    In threads, because Pillow decodes and encodes without holding Python back.

    Parameters
    ----------
    result : ScanResult
    pages : sequence of ImagePage
    thumbnails : int
        So many of the first get a small copy too.
    side : int
        Longest side, pixels.
    quality : int
        Of the JPEG, 1..95.
    crop : bool
        Keep only the part that the page's findings are about, where that is less than half.

    Yields
    ------
    Encoded or None
        None where no pictures were given or this one cannot be read, which a finding says.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> list(encode_pictures(ScanResult("1.0", empty_measurements(), (), {}, {}), [], thumbnails=0))
    []
    """
    image_root = result.image_root
    if image_root is None:
        yield from [None] * len(pages)
        return
    from PIL import Image  # late: many reports have no pictures

    from audit.dataset.pixels import load_picture

    file_names = result.measurements.images["file_name"].to_numpy()
    stored_widths, stored_heights = (
        result.measurements.images[f"picture_{side}"].tolist() for side in ("width", "height")
    )

    def encode_picture(page_number: int) -> Encoded | None:
        image_page = pages[page_number]
        picture_size = (
            stored_widths[image_page.row] or image_page.width,
            stored_heights[image_page.row] or image_page.height,
        )
        crop_box = _choose_crop(image_page, picture_size) if crop else (0, 0, *picture_size)
        try:
            # A crop is cut from a picture so large that the part is as fine as a whole one would be.
            whole_picture = load_picture(
                image_root,
                str(file_names[image_page.row]),
                max_side=_loading_side(side, picture_size, crop_box),
            )
        except (OSError, RefusedError):
            return None
        # By the whole picture, not the part: crops of one picture are to look alike.
        visible, stretched = stretch_contrast(whole_picture)
        cropped = _cut_crop(visible, picture_size, crop_box)
        thumbnail = _encode_jpeg(_shrink_picture(cropped), 80) if page_number < thumbnails else b""
        return Encoded(_encode_jpeg(Image.fromarray(cropped), quality), thumbnail, crop_box, stretched)

    with ThreadPoolExecutor() as pool:
        for window_start in range(0, len(pages), _WINDOW):
            yield from pool.map(encode_picture, range(window_start, min(window_start + _WINDOW, len(pages))))


def write_data_url(jpeg_bytes: bytes) -> str:
    """Write a JPEG so that a page holds it itself.

    Examples
    --------
    >>> write_data_url(b"")
    'data:image/jpeg;base64,'
    """
    return "data:image/jpeg;base64," + base64.b64encode(jpeg_bytes).decode()


def _choose_crop(image_page: ImagePage, picture_size: tuple[int, int]) -> Box:
    """Return the part around all findings, or everything where that saves little."""
    finding_zooms = np.array(
        [finding.zoom for finding in image_page.findings if finding.zoom is not None]
    ).reshape(-1, 4)
    width, height = picture_size
    if not len(finding_zooms) or width <= 0 or height <= 0:
        return (0, 0, width, height)
    top_left = np.floor(finding_zooms[:, :2].min(axis=0)).clip(0, picture_size).astype(int)
    bottom_right = (
        np.ceil((finding_zooms[:, :2] + finding_zooms[:, 2:]).max(axis=0)).clip(0, picture_size).astype(int)
    )
    crop_width, crop_height = (bottom_right - top_left).tolist()
    if crop_width <= 0 or crop_height <= 0 or 2 * crop_width * crop_height > width * height:
        return (0, 0, width, height)
    x, y = top_left.tolist()
    return (x, y, crop_width, crop_height)


def _loading_side(target_side: int, picture_size: tuple[int, int], crop_box: Box) -> int:
    return (
        min(max(picture_size), target_side * max(picture_size) // max(crop_box[2], crop_box[3], 1))
        if max(picture_size) > 0
        else target_side
    )


def _cut_crop(picture: Pixels, picture_size: tuple[int, int], crop_box: Box) -> Pixels:
    if picture_size[0] <= 0 or picture_size[1] <= 0 or crop_box == (0, 0, *picture_size):
        return picture
    x, y, width, height = crop_box
    x_scale, y_scale = picture.shape[1] / picture_size[0], picture.shape[0] / picture_size[1]
    row_range = slice(int(y * y_scale), max(int((y + height) * y_scale), int(y * y_scale) + 1))
    column_range = slice(int(x * x_scale), max(int((x + width) * x_scale), int(x * x_scale) + 1))
    return picture[row_range, column_range]


def _shrink_picture(picture: Pixels) -> Image.Image:
    from PIL import Image

    thumbnail = Image.fromarray(picture)
    thumbnail.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return thumbnail


def _encode_jpeg(pil_image: Image.Image, quality: int) -> bytes:
    is_small = max(pil_image.size) <= _ENLARGED
    jpeg_buffer = io.BytesIO()
    pil_image.save(
        jpeg_buffer,
        "JPEG",
        quality=min(quality + 10, 95) if is_small else quality,
        subsampling=0 if is_small else 2,
    )
    return jpeg_buffer.getvalue()
