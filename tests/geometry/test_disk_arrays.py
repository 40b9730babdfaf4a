"""Arrays on disk: they hold what arrays in memory hold, whatever is let go of."""

import errno
import gc
import os
from threading import Event
from threading import enumerate as list_threads
from weakref import WeakSet

import numpy as np
import pytest

from audit.geometry import disk_arrays
from audit.geometry.disk_arrays import (
    ArrayPool,
    GrowingArray,
    arrays_on_disk,
    count_file_bytes,
    full_array,
    is_large,
    release_pages,
    store_array,
    watch_pages,
)


@pytest.fixture
def on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(disk_arrays, "LARGE_BYTES", 64)
    monkeypatch.setattr(disk_arrays, "_maps", WeakSet())
    with arrays_on_disk(tmp_path / "new"):
        yield tmp_path / "new"


def n_maps():
    return len(disk_arrays._maps)


def test_what_is_written_stays_when_its_pages_are_let_go(on_disk):
    column = full_array(5000, np.int64, 3)
    column[1::2] = 9
    release_pages()
    assert n_maps() == 1
    assert column.sum() == 2500 * 12


@pytest.mark.parametrize("dtype", ["uint8", "bool", "float32", "int64"])
@pytest.mark.parametrize("shape", [(), (4,)])
def test_growing_arrays_are_the_same_on_disk(on_disk, dtype, shape):
    rng = np.random.default_rng(1)
    parts = [rng.integers(0, 2, (size, *shape)).astype(dtype) for size in (3, 0, 40, 700)]
    column = GrowingArray(parts[0])
    for part in parts[1:]:
        column.extend(part)
    array = column.finish()
    assert n_maps() == 1
    release_pages()
    assert array.dtype == dtype
    np.testing.assert_array_equal(array, np.concatenate(parts))
    array[0] = 1  # as writable as one in memory


def test_growing_converts_as_assignment_does(on_disk):
    column = GrowingArray(np.zeros(20))
    column.extend(np.array([7]))
    assert column.finish()[-1] == 7.0


def test_small_arrays_stay_in_memory(on_disk):
    assert full_array(3, np.int64).tolist() == [0, 0, 0]
    assert store_array(np.zeros(0)).tolist() == []
    assert n_maps() == 0
    assert not on_disk.exists()


def test_nothing_is_on_disk_outside():
    release_pages()
    assert not is_large(1 << 50)
    assert store_array(values := np.arange(9000)) is values


def test_a_file_goes_with_its_array_and_has_no_name(on_disk):
    column = store_array(np.arange(9000))
    assert list(on_disk.iterdir()) == []
    assert n_maps() == 1
    del column
    gc.collect()
    assert n_maps() == 0


def test_arrays_outlive_the_block(tmp_path, monkeypatch):
    monkeypatch.setattr(disk_arrays, "LARGE_BYTES", 64)
    with arrays_on_disk(tmp_path):
        column = store_array(np.arange(9000))
    release_pages()
    assert column[-1] == 8999


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="the system reserves no room")
def test_a_full_disk_is_an_error_and_no_crash(on_disk, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with pytest.raises(OSError, match="No space left"):
        full_array(9000, np.int64)


linux = pytest.mark.skipif(count_file_bytes() is None, reason="needs Linux's /proc")


def watchers():
    return [thread for thread in list_threads() if thread.name == "maskaudit-pages"]


@linux
def test_pages_are_let_go_of_while_a_step_goes_on(tmp_path, monkeypatch):
    released = Event()
    monkeypatch.setattr(disk_arrays, "LARGE_BYTES", 64)
    monkeypatch.setattr(disk_arrays, "RESIDENT_BYTES", 0)
    monkeypatch.setattr(disk_arrays, "WATCH_S", 0.001)
    monkeypatch.setattr(disk_arrays, "release_pages", released.set)
    with arrays_on_disk(tmp_path):
        assert watchers() == []  # a small scan needs none
        column = full_array(9000, np.int64, 3)
        assert len(watchers()) == 1
        assert released.wait(60)
    assert watchers() == []
    assert column.sum() == 27_000


@linux
def test_a_step_may_write_while_pages_are_let_go_of(tmp_path, monkeypatch):
    monkeypatch.setattr(disk_arrays, "LARGE_BYTES", 64)
    monkeypatch.setattr(disk_arrays, "RESIDENT_BYTES", 0)
    monkeypatch.setattr(disk_arrays, "WATCH_S", 0.0001)
    with arrays_on_disk(tmp_path):
        column = full_array(50_000, np.int64)
        for step in range(1, 41):
            column += step
    assert column.tolist() == [40 * 41 // 2] * 50_000


@linux
def test_pages_that_are_few_stay(tmp_path, monkeypatch):
    looks = iter([False, True])
    monkeypatch.setattr(disk_arrays, "release_pages", lambda: pytest.fail("let go of"))
    disk = disk_arrays._DiskFolder(tmp_path)
    monkeypatch.setattr(disk._is_over, "wait", lambda _seconds: next(looks))
    disk._release_often()
    assert next(looks, None) is None


def test_small_arrays_share_files_once_they_are_large_together(on_disk, monkeypatch):
    monkeypatch.setattr(disk_arrays, "LARGE_BYTES", 1000)
    monkeypatch.setattr(disk_arrays, "POOL_BYTES", 2000)
    pool = ArrayPool()
    arrays = [np.arange(number).astype(dtype) for number in range(1, 60) for dtype in ("i8", "u1", "f8", "?")]
    stored = [pool.store(array.copy()) for array in arrays]
    assert 1 < n_maps() < 60
    release_pages()
    for array, other in zip(stored, arrays, strict=True):
        assert array.dtype == other.dtype
        np.testing.assert_array_equal(array, other)
    assert pool.store(large := np.arange(1000)) is large


def test_a_pool_outside_keeps_arrays_where_they_are():
    values = np.arange(9000)
    assert ArrayPool().store(values) is values


@linux
def test_pages_are_watched_where_arrays_lie_on_disk(on_disk):
    with watch_pages():
        assert watchers() == []
    column = full_array(9000, np.int64, 3)
    n_before = len(watchers())
    with pytest.raises(ZeroDivisionError), watch_pages():
        assert len(watchers()) == n_before + 1
        1 / 0  # noqa: B018
    assert len(watchers()) == n_before
    assert column.sum() == 27_000
