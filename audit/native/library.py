"""Loads the C++ core and declares its functions.

The core is a plain shared library with a C interface, called through :mod:`ctypes`: it is built without
Python's headers, one build serves every Python, and ctypes releases the GIL for the length of each call.

A function of the core takes contiguous numpy arrays and numbers, and returns a table of columns::

    _area = declare("maskaudit_run_area", array("i4"), c_int64)
    columns = _area(lengths, len(lengths))
"""

import ctypes
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

LIBRARY_NAME = "libmaskaudit.so"

Columns = dict[str, np.ndarray]
"""Columns by name, as the core filled them."""


def library_path() -> Path:
    """Return where the library lies: beside this file, or where ``MASKAUDIT_LIBRARY`` says.

    Examples
    --------
    >>> library_path().is_file()
    True
    """
    return Path(os.environ.get("MASKAUDIT_LIBRARY") or Path(__file__).with_name(LIBRARY_NAME))


@cache
def load_library() -> ctypes.CDLL:
    """Load the shared library that lies beside this file, or the build that ``MASKAUDIT_LIBRARY`` names.

    Returns
    -------
    ctypes.CDLL
        With the functions that read tables declared.

    Raises
    ------
    ImportError
        Where the library was not built, with the command that builds it.
    """
    path = library_path()
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise ImportError(
            f"maskaudit's C++ core is missing: 'make native' builds it, or install maskaudit anew ({error})"
        ) from error
    library.maskaudit_error.restype = ctypes.c_char_p
    library.maskaudit_table_columns.restype = ctypes.c_char_p
    library.maskaudit_table_free.restype = None
    return library


class _Table:
    """Frees the core's table when the last array that looks into it is gone."""

    def __init__(self, address: int) -> None:
        self.address = ctypes.c_void_p(address)
        self.free = load_library().maskaudit_table_free

    def __del__(self) -> None:
        self.free(self.address)


class _ColumnMemory:
    """Tells numpy where a column lies; the array keeps it, and it keeps the table.

    Not a ctypes array: each length would be a class of its own, which only the cyclic collector frees.
    """

    __slots__ = ("__array_interface__", "_table")

    def __init__(self, table: _Table, address: int, size: int, dtype: np.dtype[Any]) -> None:
        self._table = table
        self.__array_interface__ = {
            "version": 3,
            "shape": (size,),
            "typestr": dtype.str,
            "data": (address, False),
        }


def _read_columns(address: int) -> Columns:
    """Return a table's columns as arrays over the core's own memory."""
    table = _Table(address)
    columns = {}
    for line in load_library().maskaudit_table_columns(table.address).decode().splitlines():
        name, type_code, size, first_element = line.split(" ")
        dtype = _dtype(type_code)
        columns[name] = (
            np.asarray(_ColumnMemory(table, int(first_element), int(size), dtype))
            if size != "0"
            else np.empty(0, dtype)
        )
    return columns


_dtype = cache(np.dtype)


class _ArrayArgument:
    """The type of a parameter, as ctypes asks for it: a contiguous array of one dtype.

    Not `numpy.ctypeslib.ndpointer`: what it makes of an array is a cycle of objects, and a scan of ten
    million annotations passes some millions of arrays while the cyclic collector is paused.
    """

    def __init__(self, dtype: str) -> None:
        self._dtype = np.dtype(dtype)

    def from_param(self, values: np.ndarray) -> ctypes.c_void_p:
        """Return the address of an array, which the caller keeps."""
        if not isinstance(values, np.ndarray) or values.dtype != self._dtype:
            raise TypeError(f"an array of {self._dtype} is needed, not {getattr(values, 'dtype', values)}")
        if not values.flags.c_contiguous:
            raise TypeError("a contiguous array is needed")
        return ctypes.c_void_p(values.ctypes.data)


def array(dtype: str) -> Any:
    """Return the ctypes argument type of a contiguous array.

    Parameters
    ----------
    dtype : str
        numpy's type string, as in ``"i4"``: an array of another type is a ``TypeError``, never converted.
    """
    return _ArrayArgument(dtype)


def declare(name: str, *arguments: Any) -> Callable[..., Columns]:
    """Return a function of the core that gives a table.

    Parameters
    ----------
    name : str
        As exported in C: ``maskaudit_...``.
    *arguments
        ctypes types of its parameters: :func:`array`, ``ctypes.c_int64``, ``ctypes.c_double``.

    Returns
    -------
    Callable
        Takes these arguments, returns columns by name. It loads the library with its first call, and raises
        ``MemoryError`` with the core's own words where the core gives up.
    """

    @cache
    def look_up() -> Any:
        try:
            function = load_library()[name]
        except AttributeError as error:
            raise ImportError(
                f"maskaudit's C++ core is older than its Python ({name}): run 'make native'"
            ) from error
        function.argtypes, function.restype = arguments, ctypes.c_void_p
        return function

    def call(*values: Any) -> Columns:
        address = look_up()(*values)
        if address is None:
            raise MemoryError(load_library().maskaudit_error().decode())
        return _read_columns(address)

    call.__name__ = call.__qualname__ = name
    return call
