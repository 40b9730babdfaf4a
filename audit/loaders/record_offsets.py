"""The byte at which each record of a JSON list begins, noted while the file is read.

msgspec gives the text of a record, but not its place. Between two records stand a comma and white space
alone, so lengths and gaps add up to places; nothing is parsed or searched for a second time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from audit.dataset.model import IntArray
from audit.loaders.json_scanner import Span

_GAP = re.compile(rb"[ \t\n\r]*,[ \t\n\r]*")
_LIST_START = re.compile(rb"[ \t\n\r]*:?[ \t\n\r]*\[[ \t\n\r]*")


def note_offsets(data: bytes, list_name: str, records: Sequence[msgspec.Raw]) -> IntArray:
    r"""Return the byte at which each record of a list begins.

    Parameters
    ----------
    data : bytes
        The whole document.
    list_name : str
        The list's key, which stands once in the document; empty where the document is the list.
    records : sequence of msgspec.Raw
        All records of the list, unparsed and in order.

    Returns
    -------
    (records,) int64

    Examples
    --------
    >>> text = b'{"images": [{}, {"id": 1},\n {}]}'
    >>> note_offsets(text, "images", [msgspec.Raw(r) for r in (b"{}", b'{"id": 1}', b"{}")]).tolist()
    [12, 16, 28]
    >>> note_offsets(b"[]", "", []).tolist()
    []
    """
    if not records:
        return np.zeros(0, dtype=np.int64)
    key = b'"%s"' % list_name.encode()
    after_key = data.index(key) + len(key) if list_name else 0
    first = _end(_LIST_START, data, after_key)
    lengths = np.fromiter((len(record) for record in records), np.int64, len(records))
    offsets = _even_offsets(data, first, lengths)
    return _walked_offsets(data, first, lengths) if offsets is None else offsets


def _even_offsets(data: bytes, first: int, lengths: IntArray) -> IntArray | None:
    """Place records with the same gap between any two, as programs write them; None where they differ."""
    end = first + int(lengths[0])
    gap = data[end : _end(_GAP, data, end)] if len(lengths) > 1 else b""
    offsets = first + np.r_[0, np.cumsum(lengths[:-1] + len(gap))]
    if offsets[-1] + lengths[-1] > len(data):
        return None
    octets = np.frombuffer(data, dtype=np.uint8)
    gap_start = offsets[1:] - len(gap)
    as_guessed = all(bool((octets[gap_start + k] == octet).all()) for k, octet in enumerate(gap))
    # White space where a record should begin: the gap is longer than the first one.
    return offsets if as_guessed and bool((octets[offsets] > ord(" ")).all()) else None


def _walked_offsets(data: bytes, first: int, lengths: IntArray) -> IntArray:
    offsets = np.empty(len(lengths), dtype=np.int64)
    position = first
    for k, length in enumerate(lengths.tolist()):
        offsets[k] = position
        position += length
        if k + 1 < len(lengths):
            position = _end(_GAP, data, position)
    return offsets


def _end(pattern: re.Pattern[bytes], data: bytes, position: int) -> int:
    match = pattern.match(data, position)
    if match is None:
        raise ValueError(f"no list goes on at byte {position}")
    return match.end()


def span_offsets(text: str, spans: Mapping[str, Sequence[Span]]) -> dict[str, IntArray]:
    """Turn places counted in characters into places counted in bytes.

    Parameters
    ----------
    text : str
        The whole document; what is no UTF-8 in it as lone surrogates.
    spans : mapping
        Name of a list to the first character, and the one after the last, of each record.

    Returns
    -------
    dict
        Name of the list to the (records,) int64 offsets.

    Examples
    --------
    >>> {name: at.tolist() for name, at in span_offsets('["é", {}]', {"": [(1, 4), (6, 8)]}).items()}
    {'': [1, 7]}
    >>> span_offsets("", {})
    {}
    """
    offsets = {name: np.array([begin for begin, _ in of_list], np.int64) for name, of_list in spans.items()}
    if text.isascii():
        return offsets
    done = byte = 0
    places = sorted(
        (begin, name, k) for name, of_list in spans.items() for k, (begin, _) in enumerate(of_list)
    )
    for begin, name, k in places:
        byte += len(text[done:begin].encode(errors="surrogateescape"))
        done = begin
        offsets[name][k] = byte
    return offsets
