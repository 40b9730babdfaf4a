"""Label Studio's brush strokes: blocks of bits, four bytes a pixel, the last being the mask."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.loaders.shapes import ShapeError

_CHANNELS = 4
_N_SIZE_BITS = (5, 4, 4, 4, 4)
_HEADER_BITS = 32 + sum(_N_SIZE_BITS)


def decode_brush(codes: object, height: int, width: int) -> NDArray[np.bool_]:
    """Decode a brush mask: thi.ng's ``rle-pack``, of an RGBA picture.

    Parameters
    ----------
    codes : list of int
        Bytes.
    height, width : int
        Of the image, pixels.

    Returns
    -------
    (height, width) bool

    Raises
    ------
    ShapeError
        If these are no bytes, or they do not hold an image of this size.

    References
    ----------
    https://github.com/thi-ng/umbrella/tree/develop/packages/rle-pack

    Examples
    --------
    >>> try:
    ...     decode_brush([], 1, 1)
    ... except ShapeError as error:
    ...     error.rule
    'rle.empty'
    """
    if not isinstance(codes, list) or not all(type(code) is int and 0 <= code < 256 for code in codes):
        raise ShapeError("rle.type", "/value/rle", "rle is no list of bytes")
    if not codes:
        raise ShapeError("rle.empty", "/value/rle", "rle is empty")
    data = bytes(codes)
    n_bytes = int.from_bytes(data[:4], "big")
    if n_bytes != height * width * _CHANNELS:
        message = f"rle is of {n_bytes / _CHANNELS:,.0f} pixels, the image of {width} x {height}"
        raise ShapeError("rle.size_mismatch", "/value/rle", message)
    values = _unpack_blocks(data, n_bytes)
    return np.asarray(values.reshape(height, width, _CHANNELS)[:, :, -1] > 0)


def _unpack_blocks(data: bytes, n_values: int) -> NDArray[np.uint8]:
    """Return the values: blocks are one value repeated, or that many values."""
    n_bits = len(data) * 8
    if n_bits < _HEADER_BITS:
        raise ShapeError("rle.truncated", "/value/rle", "rle ends within its header")
    bits = np.unpackbits(np.frombuffer(data, dtype=np.uint8))

    def read(position: int, length: int) -> int:
        first = position >> 3
        chunk = int.from_bytes(data[first : first + 4].ljust(4, b"\0"), "big")
        return (chunk >> (32 - (position & 7) - length)) & ((1 << length) - 1)

    value_bits = read(32, 5) + 1
    if value_bits != 8:
        raise ShapeError("rle.type", "/value/rle", f"its values have {value_bits} bits, and not 8")
    size_bits = [read(37 + 4 * number, 4) + 1 for number in range(4)]
    values = np.zeros(n_values, dtype=np.uint8)
    position, done = _HEADER_BITS, 0
    while done < n_values:  # over blocks, of which there are fewer than of pixels
        is_repeated, which = read(position, 1), read(position + 1, 2)
        length = read(position + 3, size_bits[which]) + 1
        position += 3 + size_bits[which]
        n_coded = 1 if is_repeated else length
        if position + 8 * n_coded > n_bits or done + length > n_values:
            raise ShapeError("rle.truncated", "/value/rle", "its runs do not fill the image")
        coded = np.packbits(bits[position : position + 8 * n_coded])
        values[done : done + length] = coded
        position += 8 * n_coded
        done += length
    return values
