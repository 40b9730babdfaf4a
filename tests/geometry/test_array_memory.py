"""Large arrays of numpy in files: they hold what arrays in memory hold, and outlive the block they were made in."""

import gc
from pathlib import Path

import numpy as np
import pytest
from numpy._core.multiarray import get_handler_name

from audit.geometry import array_memory
from audit.geometry.array_memory import numpy_arrays_in_files, release_array_pages
from audit.geometry.disk_arrays import arrays_on_disk

ROWS = 20_000


@pytest.fixture(autouse=True)
def small_limit(monkeypatch):
    monkeypatch.setattr(array_memory, "LEAST_BYTES", 8 * ROWS)


def mapped_files(folder):
    """List the files of a folder, with or without a name, that this process has mapped."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    return [line for line in lines if f" {folder}/" in line]


linux = pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux's /proc")


@linux
def test_only_large_arrays_lie_in_files_and_the_files_have_no_name(tmp_path):
    with numpy_arrays_in_files(tmp_path):
        small, large = np.arange(ROWS - 1), np.arange(ROWS)
        assert len(mapped_files(tmp_path)) == 1
    assert list(tmp_path.iterdir()) == []
    release_array_pages()
    assert large.sum() == small.sum() + ROWS - 1
    del large
    gc.collect()
    assert mapped_files(tmp_path) == []


def test_the_handler_is_set_inside_the_block_alone(tmp_path):
    before = get_handler_name()
    with numpy_arrays_in_files(tmp_path), pytest.raises(ZeroDivisionError):
        assert get_handler_name() == "maskaudit_files"
        with numpy_arrays_in_files(tmp_path):
            pass
        assert get_handler_name() == "maskaudit_files"
        1 / 0  # noqa: B018
    assert get_handler_name() == before


def test_all_ways_to_make_an_array_give_what_they_give_in_memory(tmp_path):
    rng = np.random.default_rng(3)
    values = rng.integers(0, 1000, 2 * ROWS)

    def work():
        zeros = np.zeros((2, ROWS), dtype=np.int64)
        order = np.argsort(values, kind="stable")
        grown = values[order][:ROWS].copy()
        grown.resize(3 * ROWS, refcheck=False)
        shrunk = grown.copy()
        shrunk.resize(5, refcheck=False)
        unique, inverse = np.unique(values, return_inverse=True)
        return [zeros, order, grown, shrunk, unique, inverse, np.concatenate([values, order]) * 0.5]

    expected = work()
    with numpy_arrays_in_files(tmp_path):
        found = work()
        release_array_pages()
    for array, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(array, other)


def test_where_there_is_no_folder_arrays_lie_in_memory(tmp_path):
    with numpy_arrays_in_files(tmp_path / "no" / "such" / "folder"):
        assert np.ones(ROWS).sum() == ROWS


@linux
def test_a_scan_s_large_arrays_lie_where_its_columns_lie(tmp_path):
    with arrays_on_disk(tmp_path / "cache"):
        array = np.ones(ROWS)
        assert len(mapped_files(tmp_path / "cache")) == 1
    assert array.sum() == ROWS


def test_another_numpy_is_left_alone_with_a_word(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(array_memory, "KNOWN_VERSION", 0x03000000)
    monkeypatch.setattr(array_memory, "_find_set_handler", array_memory._find_set_handler.__wrapped__)
    with caplog.at_level("INFO", "maskaudit.geometry"), numpy_arrays_in_files(tmp_path):
        assert get_handler_name() != "maskaudit_files"
    assert "large arrays lie in memory" in caplog.text


def test_numpy_s_table_of_functions_is_known():
    assert array_memory._find_set_handler() is not None


def test_without_numpy_s_function_nothing_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(array_memory, "_find_set_handler", lambda: None)
    with numpy_arrays_in_files(tmp_path):
        assert get_handler_name() != "maskaudit_files"
