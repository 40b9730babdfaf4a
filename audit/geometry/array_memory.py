"""Has numpy take the memory of its largest arrays from files without a name, for the length of a block.

Columns that a scan keeps are put into files where they are made (`audit.geometry.disk_arrays`). What is left
are the arrays between them: of ten million annotations, an index or a sum of two columns takes 80 MB, and a
step like learning makes thirty. numpy lets a library say where arrays lie (NEP 49), and no step has to know.
"""

from __future__ import annotations

import ctypes
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from audit.native.library import load_library

LEAST_BYTES = 8 << 20
"""Size from which on an array lies in a file: those of a million rows are quicker in memory."""
_GET_VERSION, _SET_HANDLER = 0, 304
"""Where numpy's table of C functions has `PyArray_GetNDArrayCVersion` and `PyDataMem_SetHandler`."""
KNOWN_VERSION = 0x02000000
"""Binary interface of numpy 2, in which functions keep their places."""
_logger = logging.getLogger("maskaudit.geometry")


@contextmanager
def numpy_arrays_in_files(folder: Path | None) -> Iterator[None]:
    """Let every array of at least `LEAST_BYTES` that is made inside the block lie in a file.

    Parameters
    ----------
    folder : Path or None
        Where; None = the system's folder for temporary files. Where there is no room, arrays lie in memory.

    Examples
    --------
    >>> import numpy as np
    >>> with numpy_arrays_in_files(None):
    ...     large = np.ones(LEAST_BYTES // 8)
    >>> int(large.sum()) == len(large)
    True
    """
    set_handler = _find_set_handler()
    if set_handler is None:
        yield
        return
    files_folder = str(tempfile.gettempdir() if folder is None else folder).encode(errors="surrogateescape")
    address = _core().maskaudit_array_memory(files_folder, LEAST_BYTES)
    handler = ctypes.pythonapi.PyCapsule_New(ctypes.c_void_p(address), b"mem_handler", None)
    before = set_handler(handler)
    try:
        yield
    finally:
        set_handler(before)


def release_array_pages() -> None:
    """Let go of the memory that arrays in files take; what is looked at next is loaded again.

    Examples
    --------
    >>> release_array_pages()
    """
    _core().maskaudit_release_arrays()


def trim_memory() -> None:
    """Give memory back to the system that the C library keeps, after a step that freed many objects.

    Examples
    --------
    >>> trim_memory()
    """
    _core().maskaudit_trim_memory()


@cache
def _core() -> ctypes.CDLL:
    library = load_library()
    library.maskaudit_array_memory.restype = ctypes.c_void_p
    library.maskaudit_array_memory.argtypes = [ctypes.c_char_p, ctypes.c_int64]
    library.maskaudit_release_arrays.restype = library.maskaudit_trim_memory.restype = None
    return library


@cache
def _find_set_handler() -> Callable[[Any], Any] | None:
    """Find numpy's function; None where this Python or numpy has none: then arrays lie in memory."""
    try:
        functions_capsule = import_module("numpy._core._multiarray_umath")._ARRAY_API
        pythonapi = ctypes.pythonapi
    except (ImportError, AttributeError) as error:
        _logger.info("large arrays lie in memory, as numpy does not say how else: %s", error)
        return None
    pythonapi.PyCapsule_New.restype = ctypes.py_object
    pythonapi.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    pythonapi.PyCapsule_GetPointer.restype = ctypes.c_void_p
    pythonapi.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    functions = ctypes.cast(
        pythonapi.PyCapsule_GetPointer(functions_capsule, None), ctypes.POINTER(ctypes.c_void_p)
    )
    version = ctypes.PYFUNCTYPE(ctypes.c_uint)(functions[_GET_VERSION])()
    if version != KNOWN_VERSION:  # another table of functions: calling one by its place would be a crash
        _logger.info("large arrays lie in memory, as numpy's binary interface is %#x", version)
        return None
    # PYFUNCTYPE keeps the interpreter's lock, as numpy's function needs it.
    return ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(functions[_SET_HANDLER])
