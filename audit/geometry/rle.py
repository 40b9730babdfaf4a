"""COCO's compressed run-length strings, many at once.

The format packs each number into characters of five bits, least significant first: character
``48 + bits``, where bit 0x20 says that the number goes on and bit 0x10 of its last character is the
sign. From the fourth run on, a number is the difference to the run two before it (``rleToString`` of
the COCO API). Decoding here never leaves the text it is given, whatever the string holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import c_int64
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.native.library import array, declare

IntArray = NDArray[np.int64]

_decode = declare("maskaudit_decode_rle", array("u1"), array("i8"), c_int64)


class StringFault(IntEnum):
    """What makes a counts string unreadable; the first that holds, in this order."""

    OK = 0
    EMPTY = 1
    CHARSET = 2
    """A byte outside 48..111."""
    VARINT = 3
    """A number of more than 7 characters, or of 7 where 6 would do."""
    TRUNCATED = 4
    """The last character announces another one."""


@dataclass(frozen=True, slots=True)
class DecodedCounts:
    """The runs of n strings."""

    counts: IntArray
    """(c,) run lengths as written: may be negative or too long, see `guard.counts_faults`."""
    count_start: IntArray
    """(n + 1,) string i has the runs ``count_start[i]:count_start[i + 1]``; none where it is faulty."""
    fault: NDArray[np.uint8]
    """(n,) values of `StringFault`."""


def decode_rle(strings: Sequence[bytes]) -> DecodedCounts:
    """Unpack compressed counts strings.

    Numbers of up to 6 characters hold every run of an image within `guard.MAX_PIXELS`. A 7-character
    number is unpacked only if it is really that large: then no sum of runs can be right, and the
    caller says so with numbers instead of "unreadable".

    Parameters
    ----------
    strings : sequence of bytes

    Returns
    -------
    DecodedCounts
        In the order of ``strings``.

    Examples
    --------
    >>> d = decode_rle([b"52203", b"P", b"5 2"])
    >>> d.counts.tolist(), d.count_start.tolist(), d.fault.tolist()
    ([5, 2, 2, 2, 5], [0, 5, 5, 5], [0, 4, 2])
    >>> decode_rle([]).count_start.tolist()
    [0]
    """
    length = np.fromiter(map(len, strings), dtype=np.int64, count=len(strings))
    text = np.frombuffer(b"".join(strings), dtype=np.uint8)
    columns = _decode(text, length, len(strings))
    count_start = np.zeros(len(strings) + 1, dtype=np.int64)
    np.cumsum(columns["numbers"], out=count_start[1:])
    return DecodedCounts(columns["counts"], count_start, columns["fault"])
