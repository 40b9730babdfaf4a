import numpy as np
import pyarrow as pa
import pytest

from audit.findings.arrow_arrays import build_array, build_numbers, read_numbers
from audit.findings.encode import encode_evidence, encode_evidence_texts

CODED = pa.dictionary(pa.int32(), pa.string())


@pytest.mark.parametrize("arrow_type", [pa.string(), pa.large_string(), CODED])
@pytest.mark.parametrize("texts", [[], [None], ["a", "", "ä“日", "a"], [None, "b", None, "b", "c"] * 5])
def test_texts_as_pyarrow_makes_them(texts, arrow_type):
    built = build_array(texts, arrow_type)
    built.validate(full=True)
    assert built.equals(pa.array(texts, arrow_type))


@pytest.mark.parametrize("values", [[], [1, None, -3], list(range(20))])
def test_numbers_as_pyarrow_makes_them(values):
    for arrow_type in (pa.int64(), pa.float64()):
        built = build_array(values, arrow_type)
        built.validate(full=True)
        assert built.equals(pa.array(values, arrow_type))
        expected = [-1 if value is None else value for value in values]
        assert read_numbers(built).tolist() == expected
        assert read_numbers(built.slice(1)).tolist() == expected[1:]


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.uint64, np.float32, np.float64])
def test_columns_as_pyarrow_makes_them(dtype):
    values = np.arange(11).astype(dtype)
    assert build_numbers(values).equals(pa.array(values))
    assert build_numbers(values[::2]).equals(pa.array(values[::2].copy()))


def test_lone_surrogates_are_refused():
    with pytest.raises(UnicodeEncodeError):
        build_array(["a", "\ud800"], pa.string())


def test_nan_is_missing_as_pandas_writes_it():
    built = build_numbers(np.array([0.5, np.nan] * 5))
    built.validate(full=True)
    assert built.to_pylist() == [0.5, None] * 5
    assert built.null_count == 5


def test_evidence_of_many_is_that_of_each():
    evidence = [{"b": 1, "a": float("nan")}, {}, {"name": "line\nend"}, {"name": "\ud800"}]
    assert encode_evidence_texts(evidence) == list(map(encode_evidence, evidence))
    assert encode_evidence_texts(evidence[:3]) == list(map(encode_evidence, evidence[:3]))
