"""COCO's compressed run-length strings, many at once.

The format packs each number into characters of five bits, least significant first: character
``48 + bits``, where bit 0x20 says that the number goes on and bit 0x10 of its last character is the
sign. From the fourth run on, a number is the difference to the run two before it (``rleToString`` of
the COCO API). Decoding here never leaves the array it is given, whatever the string holds, and works
on thousands of strings in a few dozen array operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

_BATCH = 1 << 20  # characters: bounds memory (about 60 bytes a character) and fits caches
_LONGEST = 7  # characters: 35 bits, room for a 32-bit run and its sign


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
    parts = [_decode_batch(b"".join(strings[a:b]), length[a:b]) for a, b in _batches(length)]
    count_start = np.zeros(len(strings) + 1, dtype=np.int64)
    if not parts:
        return DecodedCounts(np.zeros(0, dtype=np.int64), count_start, np.zeros(0, dtype=np.uint8))
    counts, lengths, faults = (np.concatenate(column) for column in zip(*parts, strict=True))
    np.cumsum(lengths, out=count_start[1:])
    return DecodedCounts(counts, count_start, faults)


def encode_rle(counts: IntArray, count_start: IntArray) -> list[bytes]:
    """Pack runs into compressed counts strings, character for character as the COCO API does.

    Parameters
    ----------
    counts : (c,) integer
        Run lengths of all masks.
    count_start : (n + 1,) int64
        Mask i has the runs ``count_start[i]:count_start[i + 1]``.

    Returns
    -------
    list of bytes
        One a mask; ``b""`` for a mask without runs.

    Examples
    --------
    >>> import numpy as np
    >>> encode_rle(np.array([5, 2, 2, 2, 5]), np.array([0, 5]))
    [b'52203']
    >>> encode_rle(np.zeros(0, np.int64), np.zeros(1, np.int64))
    []
    """
    value = counts.astype(np.int64)
    within = np.arange(len(value)) - np.repeat(count_start[:-1], np.diff(count_start))
    late = np.flatnonzero(within > 2)
    value[late] -= counts[late - 2].astype(np.int64)
    chars = _chars_needed(value)
    char_start = np.zeros(len(value) + 1, dtype=np.int64)
    np.cumsum(chars, out=char_start[1:])
    number = np.repeat(np.arange(len(value)), chars)
    digit = np.arange(char_start[-1]) - char_start[number]
    packed = (value[number] >> (5 * digit)) & 0x1F
    packed[digit < chars[number] - 1] |= 0x20
    text = (packed + 48).astype(np.uint8).tobytes()
    ends = char_start[count_start].tolist()
    return [text[a:b] for a, b in pairwise(ends)]


def _batches(length: IntArray) -> Iterator[tuple[int, int]]:
    """Cut the strings into stretches of about `_BATCH` characters; a string is never cut."""
    end = np.cumsum(length)
    start = 0
    while start < len(length):
        before = int(end[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(end, before + _BATCH, side="right")))
        yield start, stop
        start = stop


def _decode_batch(text: bytes, length: IntArray) -> tuple[IntArray, IntArray, NDArray[np.uint8]]:
    """Return the runs of the readable strings, the number of runs of each string, and the faults."""
    char = np.frombuffer(text, dtype=np.uint8)
    string_end = np.cumsum(length)
    filled = np.flatnonzero(length > 0)
    goes_on = ((char - np.uint8(48)) & 0x20) != 0
    last_of_string = string_end[filled] - 1
    truncated = goes_on[last_of_string]
    goes_on = goes_on.copy()
    goes_on[last_of_string] = False  # so that no number crosses into the next string
    number_end = np.flatnonzero(~goes_on)
    digits = np.diff(number_end, prepend=-1)
    value = _values(char, number_end, digits)
    too_long = (digits > _LONGEST) | ((digits == _LONGEST) & (_chars_needed(value) < _LONGEST))

    numbers = np.zeros(len(length), dtype=np.int64)
    number_stop = np.searchsorted(number_end, last_of_string) + 1
    numbers[filled] = np.diff(number_stop, prepend=0)
    owner = np.repeat(np.arange(len(length)), numbers)
    fault = np.zeros(len(length), dtype=np.uint8)
    fault[filled[truncated]] = StringFault.TRUNCATED
    # A number cut off by the end of its string is truncated, not too long for its value.
    too_long[number_stop[truncated] - 1] &= digits[number_stop[truncated] - 1] > _LONGEST
    fault[owner[too_long]] = StringFault.VARINT
    odd_char = np.flatnonzero((char < 48) | (char > 111))
    fault[np.searchsorted(string_end, odd_char, side="right")] = StringFault.CHARSET
    fault[length == 0] = StringFault.EMPTY

    numbers[fault != 0] = 0
    return _undo_differences(value[fault[owner] == 0], numbers), numbers, fault


def _values(char: NDArray[np.uint8], number_end: IntArray, digits: IntArray) -> IntArray:
    """Put the characters of each number together; numbers that are too long give any value."""
    if not len(char):
        return np.zeros(0, dtype=np.int64)
    number_start = number_end - digits + 1
    digit = np.arange(len(char)) - np.repeat(number_start, digits)
    np.minimum(digit, _LONGEST, out=digit)
    bits = ((char - np.uint8(48)) & 0x1F).astype(np.int64)
    value: IntArray = np.add.reduceat(bits << (5 * digit), number_start)
    negative = (bits[number_end] & 0x10) != 0
    value[negative] -= np.int64(1) << (5 * np.minimum(digits[negative], _LONGEST))
    return value


def _undo_differences(value: IntArray, numbers: IntArray) -> IntArray:
    """Add to each number from the fourth on the run two before it.

    Even and odd positions are two independent running sums. Every string is padded to an even
    length, so that they are the two columns of one table; the first run stands outside of both.
    """
    rows = (numbers + 1) // 2
    row_start = np.cumsum(rows) - rows
    position = np.arange(len(value)) + np.repeat(2 * row_start - (np.cumsum(numbers) - numbers), numbers)
    table = np.zeros((int(rows.sum()), 2), dtype=np.int64)
    flat = table.reshape(-1)
    flat[position] = value
    head = row_start[numbers > 0]
    first = table[head, 0].copy()
    table[head, 0] = 0
    total = np.zeros((len(table) + 1, 2), dtype=np.int64)
    np.cumsum(table, axis=0, out=total[1:])
    sums = total[1:] - np.repeat(total[row_start], rows, axis=0)
    sums[head, 0] = first
    result: IntArray = sums.reshape(-1)[position]
    return result


def _chars_needed(value: IntArray) -> IntArray:
    """Count the characters of each number: the fewest whose top bit can be the sign."""
    magnitude = np.where(value < 0, ~value, value)
    chars = np.ones(len(value), dtype=np.int64)
    limit = 4
    while limit < 63 and (more := magnitude >> limit != 0).any():
        chars += more
        limit += 5
    return chars
