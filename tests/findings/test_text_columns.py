import csv
import io
import json

import msgspec
import numpy as np
import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from audit.findings.arrow_arrays import build_array
from audit.findings.column_memory import CellStyle
from audit.findings.evidence_columns import make_evidence_columns, write_evidence_columns
from audit.findings.fingerprint import hash_finding, hash_mask_findings
from audit.findings.number_format import format_percent
from audit.findings.text_columns import code_decimals, code_percents, code_texts, fill_template, join_columns

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
INTEGERS = st.integers(-(2**63), 2**63 - 1)


def _texts(texts):
    return build_array(texts, pa.large_string())


@example(["x" * 4095 + "\x01" + "y" * 5000])
@example(["", '"', "\\\b\t\n\f\r\x00\x1f\x7f", "größe “1”\u2028\U0001f600"])
@given(st.lists(TEXTS, min_size=1, max_size=9))
def test_texts_are_escaped_as_the_encoder_does(texts):
    written = join_columns(["<", ">"], [_texts(texts)], CellStyle.JSON).to_pylist()
    assert written == [f"<{msgspec.json.encode(text).decode()}>" for text in texts]
    repeated = code_texts(np.arange(len(texts)), texts)
    assert join_columns(["<", ">"], [repeated], CellStyle.JSON).to_pylist() == written


def _quote_cell(text):
    """As the csv module does in a row of several cells."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(["", text])
    return line.getvalue()[1:]


@example(["a" * 5000 + '"' + "b" * 5000 + '",'])
@given(st.lists(st.text('ab ,"', max_size=20), min_size=1, max_size=9))
def test_cells_are_quoted_as_the_standard_library_does(texts):
    expected = list(map(_quote_cell, texts))
    assert join_columns(["", ""], [_texts(texts)], CellStyle.CSV).to_pylist() == expected
    repeated = code_texts(np.arange(len(texts)), texts)
    assert join_columns(["", ""], [repeated], CellStyle.CSV).to_pylist() == expected


@example([0.0001, 0.00009, 1e15, 1e16, 123456789012345680.0, -0.0, float("inf"), float("nan"), 5e-324])
@given(st.lists(st.floats() | st.integers(0, 10**6).map(lambda n: n / 10**6), max_size=9))
def test_numbers_of_cells_are_written_as_python_does(numbers):
    for column in (np.array(numbers), build_array([*numbers, None], pa.float64())):
        written = join_columns(["", ""], [column], CellStyle.CSV).to_pylist()
        assert written == [*map(str, numbers), ""][: len(column)]


def test_what_is_missing_has_its_word_in_each_style():
    columns = [
        pa.array([7, None], pa.int64()),
        pa.array([0.5, None], pa.float64()),
        pa.array(["a", None]).dictionary_encode(),
    ]
    literals = ["", "/", "/", ""]
    assert join_columns(literals, columns, CellStyle.JSON).to_pylist() == ['7/0.5/"a"', "null/null/null"]
    assert join_columns(literals, columns, CellStyle.CSV).to_pylist() == ["7/0.5/a", "//"]
    assert join_columns(literals, [part[1:] for part in columns], CellStyle.JSON).to_pylist() == [
        "null/null/null"
    ]


@example([0, -1, 2**63 - 1, -(2**63)], [0.1, 1e-7, 1e16, -0.0, float("nan"), 5e-324])
@given(st.lists(INTEGERS, max_size=9), st.lists(st.floats(), max_size=9))
def test_numbers_are_written_as_the_encoder_does(integers, numbers):
    for values, dtype in ((integers, np.int64), (numbers, np.float64)):
        written = join_columns(["", ""], [np.array(values, dtype)]).to_pylist()
        assert written == [msgspec.json.encode(value).decode() for value in values]


def test_lists_and_parts_of_columns():
    lists = pa.array([[1], [], [-2, 30], [4]], pa.list_(pa.int64())).slice(1)
    names = code_texts(np.array([0, 1, 1, 0]), ["a", "b"]).slice(1)
    texts = _texts(["w", "x", "", "z"]).slice(1)
    assert join_columns(["[", "]", "/", "."], [lists, names, texts]).to_pylist() == [
        "[]b/x.",
        "[-2,30]b/.",
        "[4]a/z.",
    ]
    assert join_columns(["", ""], [lists], CellStyle.CSV).to_pylist() == ["", "'-2 30", "4"]


def test_a_template_may_hold_braces():
    assert fill_template("{{{n}}}", {"n": np.array([1])}).to_pylist() == ["{1}"]


@example([0.005, 0.015, 0.125, 0.995, 0.99, 0.01, 1e-9, 1.0, 0.0, 1 - 1e-9])
@given(st.lists(st.floats(0, 1) | st.integers(0, 2000).map(lambda n: n / 2000), max_size=9))
def test_percents_are_written_as_one_by_one(shares):
    assert code_percents(np.array(shares, dtype=np.float64)).to_pylist() == list(map(format_percent, shares))


@given(st.lists(st.floats(-2.0, 2.0) | st.integers(-2000, 2000).map(lambda n: n / 2000)), st.integers(0, 4))
@example([0.0625, 0.0005, 0.0015, 0.9995, -0.0, 1.0], 3)
def test_decimals_are_as_python_writes_them(values, decimals):
    expected = [f"{value:.{decimals}f}" for value in values]
    assert code_decimals(np.array(values, dtype=np.float64), decimals).to_pylist() == expected


@given(st.lists(st.tuples(st.floats(), st.booleans(), INTEGERS, TEXTS), min_size=1, max_size=5))
def test_evidence_in_columns_is_that_of_single_findings(rows):
    names = ("share", "is_cut", "count", 'odd "name"')
    shares, flags, counts, texts = zip(*rows, strict=True)
    columns = (np.array(shares), np.array(flags), np.array(counts), code_texts(np.arange(len(rows)), texts))
    expected = make_evidence_columns([dict(zip(names, row, strict=True)) for row in rows])
    written = write_evidence_columns(dict(zip(names, columns, strict=True)), len(rows))
    assert {name: array.to_pylist() for name, array in written.items()} == expected
    assert all(json.loads(text) for text in expected["evidence"])


@given(
    st.lists(st.text(max_size=150) | st.none(), min_size=1, max_size=4, unique=True),
    st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)), min_size=1, max_size=5),
)
@example(["a" * 95], [(1, 2)])
@example(["a" * 79], [(1, 2)])  # a text of exactly one block
def test_fingerprints_in_columns_are_those_of_single_findings(file_names, hashes):
    codes = np.arange(len(hashes)) % len(file_names)
    written = hash_mask_findings("mask.tiny", codes, file_names, np.array(hashes, dtype=np.uint64))
    assert written.to_pylist() == [
        hash_finding("mask.tiny", file_names[code], [f"{hashed:016x}" for hashed in row])
        for code, row in zip(codes.tolist(), hashes, strict=True)
    ]
