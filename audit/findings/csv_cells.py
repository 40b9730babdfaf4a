"""Texts as cells that a spreadsheet may open: most are safe as they are, only the others are looked at."""

from __future__ import annotations

from ctypes import c_int64
from string import ascii_letters, digits

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit.findings.arrow_arrays import build_array, replace_values, shorten_dictionary, take_values
from audit.findings.column_memory import read_text_memory
from audit.findings.sanitize import csv_safe, printable
from audit.native.library import array, declare

_find_odd_texts = declare("maskaudit_find_odd_texts", array("u1"), array("i8"), c_int64, c_int64)
_IS_HARMLESS_START = np.isin(np.arange(256), [ord(letter) for letter in f"{ascii_letters}{digits}_./"])
"""Whether a text that begins with a byte is no formula, whatever follows."""


def make_texts_safe(column: pa.Array, *, starts_matter: bool = True) -> pa.Array:
    r"""Replace the texts of a column that are not safe as cells of a CSV file.

    Parameters
    ----------
    column : Array
        Of type ``large_string``, none missing, or a dictionary of texts.
    starts_matter : bool
        Whether a text may begin a formula (`audit.findings.sanitize.csv_safe`); if not, it is made printable.

    Returns
    -------
    Array
        The column itself where all are safe.

    Examples
    --------
    >>> column = build_array(["cell 3", "=1+1", "größe", "a\nb"], pa.large_string())
    >>> print(make_texts_safe(column).to_pylist())
    ['cell 3', "'=1+1", 'größe', 'a\\nb']
    >>> make_texts_safe(build_array([], pa.large_string())).to_pylist()
    []
    """
    if not pa.types.is_dictionary(column.type):
        return _replace_odd_texts(column, starts_matter)
    if not len(_list_odd_rows(column.dictionary, starts_matter)):
        return column
    used = shorten_dictionary(column)  # rows may use few of the texts of a whole dataset
    return pa.DictionaryArray.from_arrays(used.indices, _replace_odd_texts(used.dictionary, starts_matter))


def _list_odd_rows(texts: pa.Array, starts_matter: bool) -> NDArray[np.int64]:
    """Return the rows of texts that are not plainly safe."""
    content, start = read_text_memory(texts)
    return _find_odd_texts(content, np.ascontiguousarray(start), len(texts), starts_matter)["row"]


def _replace_odd_texts(texts: pa.Array, starts_matter: bool) -> pa.Array:
    rows = _list_odd_rows(texts, starts_matter)
    odd_texts = take_values(texts, rows)
    if _are_printable(odd_texts, starts_matter):
        return texts
    safe_text = csv_safe if starts_matter else printable
    safe_texts = [safe_text(text) for text in odd_texts.to_pylist()]
    is_odd = np.zeros(len(texts), np.bool_)
    is_odd[rows] = True
    return replace_values(texts, is_odd, build_array(safe_texts, texts.type))


def _are_printable(texts: pa.Array, starts_matter: bool) -> bool:
    """Tell by one look at all texts, of which none is empty, whether each is safe; no may be wrong."""
    content, start = read_text_memory(texts)
    if starts_matter and not _IS_HARMLESS_START[content[start[:-1]]].all():
        return False
    return content[start[0] : start[-1]].tobytes().decode().isprintable()
