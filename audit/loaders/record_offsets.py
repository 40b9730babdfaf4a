"""Places in a text, counted in characters, as places in its bytes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audit.dataset.model import IntArray
from audit.loaders.json_scanner import Span


def byte_places(data: bytes, spans: Sequence[Span]) -> tuple[IntArray, IntArray]:
    """Turn places counted in characters into places counted in bytes.

    Parameters
    ----------
    data : bytes
        The whole document, UTF-8; a character may be cut at its end.
    spans : sequence
        The first character, and the one after the last, of each record.

    Returns
    -------
    begin, end : (records,) int64

    Examples
    --------
    >>> [places.tolist() for places in byte_places('["é", {}]'.encode(), [(1, 4), (6, 8)])]
    [[1, 7], [5, 9]]
    >>> [places.tolist() for places in byte_places(b"", [])]
    [[], []]
    """
    places = np.array(spans, dtype=np.int64).reshape(-1, 2)
    if not data.isascii():
        # Bytes 10xxxxxx continue a character; each other one begins one.
        octets = np.frombuffer(data, dtype=np.uint8)
        first_bytes = np.append(np.flatnonzero((octets & 0xC0) != 0x80), len(data))
        places = first_bytes[places]
    return np.ascontiguousarray(places[:, 0]), np.ascontiguousarray(places[:, 1])
