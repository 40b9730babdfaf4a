"""The colours of a picture as they are shown: any kind of pixels becomes RGB of 8 bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_STRIP_PIXELS = 2**24
"""Pixels that are turned into RGB at a time, of a picture that is shown smaller than it is."""
_LOW, _HIGH = 0.5, 99.5  # percentiles that become black and white


def to_rgb(picture: Image.Image, grey_range: tuple[float, float] | None = None) -> Image.Image:
    """Turn a picture of any kind into RGB; transparency is laid on white.

    Parameters
    ----------
    picture : PIL.Image.Image
        With its pixels.
    grey_range : (float, float), optional
        Values that become black and white where it is grey of more than 8 bits; default: its own percentiles
        0.5 and 99.5.

    Examples
    --------
    >>> to_rgb(Image.new("I;16", (1, 1), 4000)).getpixel((0, 0))
    (0, 0, 0)
    """
    if _is_deep_grey(picture):
        grey_pixels = np.asarray(picture)
        return Image.fromarray(
            _stretch_grey(grey_pixels, grey_range or _find_grey_range(grey_pixels))
        ).convert("RGB")
    # Most pictures that could be transparent are not, and laying those on white changes nothing.
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255):
        return picture.convert("RGB")
    if picture.mode in {"LA", "PA", "RGBA", "La", "RGBa"} or "transparency" in picture.info:
        rgba_picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba_picture.size, "white"), rgba_picture).convert(
            "RGB"
        )
    return picture.convert("RGB")


def shrink_to_rgb(picture: Image.Image, max_side: int) -> Image.Image:
    """Scale a picture down, strip by strip where it is large: the colours of the whole take most memory.

    Parameters
    ----------
    picture : PIL.Image.Image
        With its pixels.
    max_side : int
        Pixels; a picture that is not larger keeps its size.

    Returns
    -------
    PIL.Image.Image
        RGB.

    Examples
    --------
    >>> shrink_to_rgb(Image.new("L", (40, 20), 7), 10).size
    (10, 5)
    """
    shrink_factor = max_side / max(*picture.size, max_side)
    scaled_size = (
        max(1, round(picture.width * shrink_factor)),
        max(1, round(picture.height * shrink_factor)),
    )
    # Half of the way is gone in whole steps, the rest at once: else edges would be jagged.
    whole_factor = max(1, int(1 / shrink_factor) // 2)
    if picture.width * picture.height <= _STRIP_PIXELS or whole_factor == 1:
        rgb_picture = to_rgb(picture)
    else:
        grey_range = _find_grey_range(_sample_pixels(picture)) if _is_deep_grey(picture) else None
        rgb_picture = Image.new(
            "RGB", (-(-picture.width // whole_factor), -(-picture.height // whole_factor))
        )
        strip_height = max(1, _STRIP_PIXELS // picture.width // whole_factor) * whole_factor
        for top in range(0, picture.height, strip_height):
            strip = picture.crop((0, top, picture.width, min(top + strip_height, picture.height)))
            rgb_picture.paste(to_rgb(strip, grey_range).reduce(whole_factor), (0, top // whole_factor))
    if rgb_picture.size == scaled_size:
        return rgb_picture
    return rgb_picture.resize(scaled_size, Image.Resampling.BOX)


def _sample_pixels(picture: Image.Image) -> NDArray[np.generic]:
    """Take some 4 million pixels, evenly: enough for percentiles."""
    step = max(1, int((picture.width * picture.height / 2**22) ** 0.5))
    sample_size = (-(-picture.width // step), -(-picture.height // step))
    return np.asarray(picture.resize(sample_size, Image.Resampling.NEAREST))


def _is_deep_grey(picture: Image.Image) -> bool:
    """Say whether it is grey of more than 8 bits."""
    return picture.mode.startswith(("I", "F"))


def _find_grey_range(grey_pixels: NDArray[np.generic]) -> tuple[float, float]:
    """Return the values that are shown black and white."""
    grey_values = _finite_greys(grey_pixels)
    black_value, white_value = np.percentile(grey_values, (_LOW, _HIGH))
    # A nearly uniform picture has equal percentiles; its few odd pixels shall still be seen.
    if white_value <= black_value:
        black_value = float(grey_values.min())
        white_value = max(float(grey_values.max()), float(grey_values.min()) + 1)
    return black_value, white_value


def _finite_greys(grey_pixels: NDArray[np.generic]) -> NDArray[np.float32]:
    grey_values: NDArray[np.float32] = np.nan_to_num(grey_pixels.astype(np.float32), posinf=0.0, neginf=0.0)
    return grey_values


def _stretch_grey(grey_pixels: NDArray[np.generic], grey_range: tuple[float, float]) -> NDArray[np.uint8]:
    from skimage.exposure import rescale_intensity  # slow to import, and few pictures have more than 8 bits

    scaled_values: NDArray[np.uint8] = rescale_intensity(  # type: ignore[no-untyped-call]
        _finite_greys(grey_pixels), in_range=grey_range, out_range=np.uint8
    )
    return scaled_values
