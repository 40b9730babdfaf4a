"""Cells are those of `csv_safe`, whichever of them the core passes without a look."""

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from audit.findings.arrow_arrays import build_array
from audit.findings.csv_cells import make_texts_safe
from audit.findings.sanitize import csv_safe, printable

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)


@example(["", "=1", " =1", "-", "größe “1”", "\u2028", "a" * 99 + "\x7f"], 0)
@example(["a", "=1"], 2)
@given(st.lists(TEXTS, max_size=9), st.integers(0, 3))
def test_texts_are_replaced_as_one_by_one(texts, start):
    expected = list(map(csv_safe, texts))[start:]
    column = build_array(texts, pa.large_string()).slice(start)
    assert make_texts_safe(column).to_pylist() == expected
    assert make_texts_safe(column, starts_matter=False).to_pylist() == list(map(printable, texts))[start:]
    names = build_array([None, *texts], pa.dictionary(pa.int32(), pa.string())).slice(start)
    assert make_texts_safe(names).to_pylist() == [None, *map(csv_safe, texts)][start:]


def test_every_character():
    """Inside a text and in front of one, next to a sign that may begin a formula."""
    characters = [chr(code) for code in (*range(0xD800), *range(0xE000, 0x10FFFF, 97))]
    for before, after in (("a", ""), ("", "1")):
        texts = [f"{before}{character}{after}" for character in characters]
        safe_texts = make_texts_safe(build_array(texts, pa.large_string())).to_pylist()
        assert safe_texts == list(map(csv_safe, texts))


def test_safe_columns_are_not_copied():
    plain = build_array(["größe “1” × 2…", "/annotations/3", ""], pa.large_string())
    assert make_texts_safe(plain) is plain
    names = build_array(["a.png", None], pa.dictionary(pa.int32(), pa.string()))
    assert make_texts_safe(names) is names
