"""Arrays that are too large for memory lie in files without a name, and are used like any others.

A scan of ten million annotations fills some hundred columns, of which any one step needs a few. Inside
`arrays_on_disk`, columns above `LARGE_BYTES` are mapped from temporary files: the system loads the pages that
are looked at, and `release_pages` lets go of them. Nothing else changes: a column is a numpy array, and its
file is gone with the array, or with the process, however that ends.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import prod
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, BinaryIO, cast
from weakref import WeakSet

import numpy as np
from numpy.typing import DTypeLike, NDArray

from audit.geometry.array_memory import numpy_arrays_in_files, release_array_pages

LARGE_BYTES = 4 << 20
"""Size from which on an array lies in a file: those of half a million annotations stay in memory."""
RESIDENT_BYTES = 512 << 20
"""Pages of files that may be in memory before they are let go of, whatever a step looks at."""
WATCH_S = 0.1
"""How often that is looked at: a step reads some gigabytes a second."""
POOL_BYTES = 16 << 20
"""Size of the files that hold small arrays."""
_ALIGNMENT = 64
_RELEASE = getattr(mmap, "MADV_DONTNEED", None)


class _PageWatcher:
    """A thread that lets go of pages while a step looks at whole columns."""

    def __init__(self) -> None:
        self._watcher: Thread | None = None
        self._is_over = Event()

    def watch(self) -> None:
        """Begin to watch how much memory pages of files take, where that is not so already."""
        if self._watcher is None and count_file_bytes() is not None:
            self._watcher = Thread(target=self._release_often, name="maskaudit-pages", daemon=True)
            self._watcher.start()

    def close(self) -> None:
        """End watching."""
        self._is_over.set()
        if self._watcher is not None:
            self._watcher.join()

    def _release_often(self) -> None:
        while not self._is_over.wait(WATCH_S):
            if (count_file_bytes() or 0) > RESIDENT_BYTES:
                release_pages()


class _DiskFolder(_PageWatcher):
    """Where large arrays lie; their pages are watched from the first of them on."""

    def __init__(self, folder: Path | None) -> None:
        super().__init__()
        self.folder = folder


_current: ContextVar[_DiskFolder | None] = ContextVar("disk_folder", default=None)
_maps: WeakSet[mmap.mmap] = WeakSet()
"""All that are in use: columns outlive the block in which they were made, and are written after it."""
_maps_lock = Lock()


@contextmanager
def arrays_on_disk(folder: Path | None) -> Iterator[None]:
    """Keep the large arrays that are made inside the block in files; they stay usable after it.

    Parameters
    ----------
    folder : Path or None
        On a disk with room for them, made when the first of them is; None = the system's folder for
        temporary files.

    Examples
    --------
    >>> with arrays_on_disk(None):
    ...     column = full_array(1 << 20, np.int64, 7)
    >>> int(column.sum())
    7340032
    """
    disk = _DiskFolder(folder)
    token = _current.set(disk)
    try:
        with numpy_arrays_in_files(folder):
            yield
    finally:
        _current.reset(token)
        disk.close()


@contextmanager
def watch_pages() -> Iterator[None]:
    """Let go of pages now and then inside the block, where there are arrays on disk.

    Examples
    --------
    >>> with watch_pages():
    ...     column = np.arange(3)
    """
    watcher = _PageWatcher()
    with _maps_lock:
        is_needed = len(_maps) > 0
    if is_needed:
        watcher.watch()
    try:
        yield
    finally:
        watcher.close()


def is_large(n_bytes: int) -> bool:
    """Tell whether an array of so many bytes would lie in a file.

    Examples
    --------
    >>> is_large(1 << 40), is_large(0)
    (False, False)
    """
    return _current.get() is not None and n_bytes >= max(LARGE_BYTES, 1)


def release_pages() -> None:
    """Let go of the memory that arrays on disk take; what is looked at next is loaded again.

    Examples
    --------
    >>> with arrays_on_disk(None):
    ...     column = full_array(1 << 20, np.int64, 7)
    ...     release_pages()
    >>> int(column.sum())
    7340032
    >>> release_pages()
    """
    if _RELEASE is None:
        return
    # The maps are shared with their files, so what was written is kept by the system and not lost.
    with _maps_lock:
        maps = list(_maps)
    for mapped in maps:
        mapped.madvise(_RELEASE)
    release_array_pages()


def count_file_bytes() -> int | None:
    """Count the bytes of files that are in this process's memory; None where the system does not tell.

    Examples
    --------
    >>> n_bytes = count_file_bytes()
    >>> n_bytes is None or n_bytes > 0
    True
    """
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[2]) * mmap.PAGESIZE
    except OSError:
        return None


def full_array(shape: int | tuple[int, ...], dtype: DTypeLike, value: Any = 0) -> NDArray[Any]:
    """Make an array that holds one value, in a file where it is large.

    Parameters
    ----------
    shape : int or tuple of int
    dtype : dtype
    value : scalar

    Examples
    --------
    >>> full_array(2, np.float64, np.nan).tolist(), full_array((0, 2), np.int64).tolist()
    ([nan, nan], [])
    """
    dtype = np.dtype(dtype)
    n_bytes = prod(np.atleast_1d(shape).tolist()) * dtype.itemsize
    disk = _current.get()
    if disk is None or not is_large(n_bytes):
        return np.zeros(shape, dtype) if value == 0 else np.full(shape, value, dtype=dtype)
    with open_file() as file:
        _reserve(file, n_bytes)
        array: NDArray[Any] = np.frombuffer(map_file(file), dtype=dtype).reshape(shape)
    if value != 0:  # a file without content reads as zeros
        array[...] = value
    return array


def store_array(values: NDArray[Any]) -> NDArray[Any]:
    """Move an array into a file where it is large; else return it as it is.

    Examples
    --------
    >>> store_array(np.arange(3)).tolist(), store_array(np.zeros(0)).tolist()
    ([0, 1, 2], [])
    """
    if not is_large(values.nbytes):
        return values
    stored = full_array(values.shape, values.dtype)
    stored[...] = values
    return stored


class ArrayPool:
    """Puts many small arrays into few files, once all together are large.

    Examples
    --------
    >>> pool = ArrayPool()
    >>> pool.store(np.arange(3)).tolist(), pool.store(np.zeros((0, 2))).tolist()
    ([0, 1, 2], [])
    """

    def __init__(self) -> None:
        self._block: NDArray[np.uint8] = np.zeros(0, dtype=np.uint8)
        self._used = 0
        self._n_bytes = 0

    def store(self, values: NDArray[Any]) -> NDArray[Any]:
        """Move an array into a file where those so far are large together; else return it as it is.

        Parameters
        ----------
        values : array
        """
        self._n_bytes += values.nbytes
        if not is_large(self._n_bytes) or not values.nbytes or is_large(values.nbytes):
            return values  # large ones have files of their own
        if self._used + values.nbytes > len(self._block):
            self._block = full_array(max(POOL_BYTES, LARGE_BYTES), np.uint8)
            self._used = 0
        place = self._block[self._used : self._used + values.nbytes]
        # The next one begins where numbers of any type may.
        self._used += -(-values.nbytes // _ALIGNMENT) * _ALIGNMENT
        stored = place.view(values.dtype).reshape(values.shape)
        stored[...] = values
        return stored


class GrowingArray:
    """An array that grows at its end: parts and whole are never in memory together.

    Parameters
    ----------
    values : array
        How it begins.

    Examples
    --------
    >>> column = GrowingArray(np.array([1, 2]))
    >>> column.extend(np.array([3]))
    >>> column.finish().tolist()
    [1, 2, 3]
    """

    def __init__(self, values: NDArray[Any]) -> None:
        self._array, self._size = values.copy(), len(values)
        self._disk = _current.get()
        self._file: BinaryIO | None = None

    def extend(self, values: NDArray[Any]) -> None:
        """Add values at the end."""
        stop = self._size + len(values)
        if self._file is None and self._disk is not None and is_large(stop * self._row_bytes):
            self._file = open_file()
            self._file.write(np.ascontiguousarray(self._array[: self._size]).view(np.uint8).data)
            self._array = self._array[:0].copy()
        if self._file is not None:
            # A conversion, as an assignment makes it, so that both ways give one type.
            same_type = np.ascontiguousarray(values, dtype=self._array.dtype)
            self._file.write(same_type.reshape(-1).view(np.uint8).data)
        else:
            if stop > len(self._array):
                self._resize(stop + stop // 8)  # some room to spare, so that few parts have to resize
            self._array[self._size : stop] = values
        self._size = stop

    def finish(self) -> NDArray[Any]:
        """Return the array; it grows no more."""
        if self._file is None:
            self._resize(self._size)
            return self._array
        with self._file as file:
            file.flush()
            array: NDArray[Any] = np.frombuffer(map_file(file), dtype=self._array.dtype)
        return array.reshape(self._size, *self._array.shape[1:])

    @property
    def _row_bytes(self) -> int:
        return prod(self._array.shape[1:]) * self._array.dtype.itemsize

    def _resize(self, size: int) -> None:
        # The system moves the pages of a large array that grows, so that little is copied. Without the
        # check: it counts references, which a debugger or a tracer adds to.
        self._array.resize((size, *self._array.shape[1:]), refcheck=False)


def open_file() -> BinaryIO:
    """Open a file without a name in the folder of the surrounding `arrays_on_disk`.

    Examples
    --------
    >>> with arrays_on_disk(None), open_file() as file:
    ...     file.write(b"abc")
    3
    """
    disk = _current.get()
    folder = None if disk is None else disk.folder
    if disk is not None:
        disk.watch()
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return cast("BinaryIO", tempfile.TemporaryFile(dir=folder))


def map_file(file: BinaryIO) -> mmap.mmap:
    """Map a file that `open_file` opened, with all that it holds; it may be closed then.

    Examples
    --------
    >>> with arrays_on_disk(None), open_file() as file:
    ...     _ = file.write(b"abc")
    ...     file.flush()
    ...     map_file(file)[:]
    b'abc'
    """
    mapped = mmap.mmap(file.fileno(), 0)
    with _maps_lock:
        _maps.add(mapped)
    return mapped


def _reserve(file: BinaryIO, n_bytes: int) -> None:
    """Make room: a full disk is an error here, but would end the process where an array is written to."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, n_bytes)
    else:
        file.truncate(n_bytes)
