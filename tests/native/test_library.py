"""The way into the C++ core: types are checked, memory lives as long as it is looked at, errors are told."""

import ctypes
import gc
from ctypes import c_int64

import numpy as np
import pytest

from audit.native import library
from audit.native.library import array, declare, load_library

DECODE = declare("maskaudit_decode_rle", array("u1"), array("i8"), c_int64)


def decode(*strings):
    text = np.frombuffer(b"".join(strings), dtype=np.uint8)
    return DECODE(text, np.array([len(s) for s in strings], dtype=np.int64), len(strings))


def test_columns_have_the_types_that_the_core_names():
    columns = decode(b"52203", b"")
    assert {name: column.dtype.str for name, column in columns.items()} == {
        "counts": "<i8",
        "numbers": "<i8",
        "fault": "|u1",
    }
    assert columns["numbers"].tolist() == [5, 0]
    assert columns["fault"].tolist() == [0, 1]


def test_an_array_outlives_its_table():
    counts = decode(b"52203")["counts"]
    part = counts[1:3]
    del counts
    gc.collect()
    for _ in range(50):
        decode(b"0P4" * 100)  # would reuse the memory, were it freed
    assert part.tolist() == [2, 2]


def test_a_table_is_freed_once_with_its_last_array(monkeypatch):
    gc.collect()  # what earlier tests left is freed before
    freed = []
    monkeypatch.setattr(library._Table, "__del__", lambda table: freed.append(table.address.value))
    columns = decode(b"52203")
    first = columns.pop("counts")
    columns.clear()
    gc.collect()
    assert freed == []
    del first
    gc.collect()
    assert len(freed) == 1
    load_library().maskaudit_table_free(ctypes.c_void_p(freed[0]))


def test_empty_columns_keep_their_type():
    columns = DECODE(np.zeros(0, np.uint8), np.zeros(0, np.int64), 0)
    assert [len(column) for column in columns.values()] == [0, 0, 0]
    assert columns["fault"].dtype == np.uint8


@pytest.mark.parametrize(
    "length", [np.zeros(1, np.int32), np.zeros(1), [1], np.zeros((4, 2), np.int64)[:, 0]]
)
def test_another_type_is_refused_and_never_converted(length):
    with pytest.raises(ctypes.ArgumentError):
        DECODE(np.zeros(1, np.uint8), length, 1)


def test_a_missing_library_says_how_to_build_it(monkeypatch):
    monkeypatch.delenv("MASKAUDIT_LIBRARY", raising=False)
    monkeypatch.setattr(library, "LIBRARY_NAME", "libnothing.so")
    with pytest.raises(ImportError, match="make native"):
        load_library.__wrapped__()


def test_another_build_can_be_named(monkeypatch, tmp_path):
    monkeypatch.setenv("MASKAUDIT_LIBRARY", str(tmp_path / "sanitized.so"))
    with pytest.raises(ImportError, match=r"sanitized\.so"):
        load_library.__wrapped__()


def test_a_missing_function_says_how_to_build_it():
    with pytest.raises(ImportError, match=r"maskaudit_no_such.*make native"):
        declare("maskaudit_no_such")()


class Function:
    """A function of the core that returns no table."""

    argtypes = restype = None

    def __call__(self):
        return None


class GivesUp:
    def maskaudit_error(self):
        return b"std::bad_alloc"

    def __getitem__(self, name):
        return Function()


def test_where_the_core_gives_up_its_words_arrive(monkeypatch):
    monkeypatch.setattr(library, "load_library", GivesUp)
    with pytest.raises(MemoryError, match="bad_alloc"):
        declare("maskaudit_anything")()


def test_calls_leave_nothing_to_the_cyclic_collector():
    decode(b"52203")
    gc.collect()
    gc.disable()  # as during a scan
    try:
        for length in range(1, 40):
            decode(b"52203" * length)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_columns_can_be_written_to_and_keep_their_table():
    counts = decode(b"52203")["counts"]
    counts[0] = 9
    assert counts.tolist()[0] == 9
    assert counts.flags.c_contiguous
