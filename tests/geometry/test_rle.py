import json
from itertools import pairwise

import numpy as np
import pycocotools.mask as coco
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from audit.geometry.rle import StringFault, decode_rle

masks = st.tuples(st.integers(1, 12), st.integers(1, 12)).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 1))
)


def runs_of(mask):
    flat = np.asfortranarray(mask).reshape(-1, order="F")
    edges = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff(np.r_[0, edges, len(flat)])
    return np.r_[0, runs] if flat[0] else runs


def flat(rows):
    lengths = [len(r) for r in rows]
    return np.array([c for r in rows for c in r], dtype=np.int64), np.r_[0, np.cumsum(lengths)].astype(
        np.int64
    )


def faults(*strings):
    return [StringFault(f).name for f in decode_rle(strings).fault]


@given(st.lists(masks, max_size=5))
@settings(max_examples=50)
def test_decodes_what_pycocotools_encodes(drawn):
    d = decode_rle([coco.encode(np.asfortranarray(m))["counts"] for m in drawn])
    assert not d.fault.any()
    for i, m in enumerate(drawn):
        assert d.counts[d.count_start[i] : d.count_start[i + 1]].tolist() == runs_of(m).tolist()


def packed(rows):
    """Encode runs as the COCO API's ``rleToString`` does, number by number."""

    def characters(value):
        text = []
        while True:
            bits, value = value & 0x1F, value >> 5
            ends = value == (-1 if bits & 0x10 else 0)
            text.append(48 + (bits if ends else bits | 0x20))
            if ends:
                return bytes(text)

    return [
        b"".join(characters(count - row[i - 2] if i > 2 else count) for i, count in enumerate(row))
        for row in rows
    ]


def test_large_runs_are_packed_here_as_pycocotools_does():
    rows = [[2**28 - 100, 40, 60], [0, 2**28], [1, 2**27, 3, 2**26, 2**27 - 4 - 2**26]]
    expected = [
        coco.frPyObjects({"size": [2**14, 2**14], "counts": row}, 2**14, 2**14)["counts"] for row in rows
    ]
    assert packed(rows) == expected


@given(st.lists(st.lists(st.integers(-(2**28), 2**28), min_size=1, max_size=9), max_size=6))
@settings(max_examples=50)
def test_decodes_any_runs_that_were_packed(rows):
    counts, start = flat(rows)
    d = decode_rle(packed(rows))
    assert not d.fault.any()
    assert d.counts.tolist() == counts.tolist()
    assert d.count_start.tolist() == start.tolist()


@given(st.lists(st.binary(max_size=12), max_size=6))
@settings(max_examples=100)
def test_any_bytes_decode_or_have_a_fault(strings):
    d = decode_rle(strings)
    runs = np.diff(d.count_start)
    assert len(runs) == len(d.fault) == len(strings)
    assert ((runs == 0) == (d.fault > 0)).all()
    together = [decode_rle([s]) for s in strings]
    assert [t.fault[0] for t in together] == d.fault.tolist()
    assert [c for t in together for c in t.counts] == d.counts.tolist()


@pytest.mark.parametrize(
    ("string", "fault"),
    [
        (b"", "EMPTY"),
        (b"P", "TRUNCATED"),
        (b"52Q", "TRUNCATED"),
        (b"b'52'", "CHARSET"),
        (b"5\x002", "CHARSET"),
        (b"1 3 10 5", "CHARSET"),
        ("5é".encode(), "CHARSET"),
        (b"\x7f", "CHARSET"),
        (b"P" * 100_000, "VARINT"),
        (b"P" * 7 + b"0", "VARINT"),
        (b"P" * 6 + b"0", "VARINT"),
        (b"P" * 6, "TRUNCATED"),
        (b"P" * 5 + b"0", "OK"),
    ],
)
def test_says_what_is_wrong(string, fault):
    assert faults(b"52203", string, b"4") == ["OK", fault, "OK"]
    assert decode_rle([b"52203", string, b"4"]).counts[:5].tolist() == [5, 2, 2, 2, 5]


def test_really_large_numbers_are_decoded_so_that_their_sum_can_be_named():
    rows = [[0, 2**32 - 1] * 10, [2**33, 5], [3, 4, -(2**33)]]
    counts, _ = flat(rows)
    d = decode_rle(packed(rows))
    assert not d.fault.any()
    assert d.counts.tolist() == counts.tolist()


@pytest.mark.shared
def test_real_strings_survive_bit_for_bit(shared_data):
    annotations = json.loads((shared_data / "dsb2018" / "as_released.json").read_text())["annotations"]
    segmentations = [a["segmentation"] for a in annotations]
    strings = [s["counts"].encode() for s in segmentations]
    d = decode_rle(strings)
    assert len(strings) == 14_251
    assert not d.fault.any()
    assert packed([d.counts[a:b].tolist() for a, b in pairwise(d.count_start)]) == strings
    areas = [int(d.counts[a + 1 : b : 2].sum()) for a, b in pairwise(d.count_start)]
    assert areas == [int(coco.area(s)) for s in segmentations]
