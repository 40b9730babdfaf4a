"""Columns of texts, written for all rows at once: messages, evidence, pointers and the lines of files.

What a column is, `audit.findings.column_memory` says. Rules import this, and commands that only list rules
start without Arrow: so it is imported where it is used.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from contextlib import suppress
from ctypes import c_int64
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from audit.findings.column_memory import CellStyle, Column, describe_column, text_array
from audit.findings.number_format import format_percent
from audit.findings.sanitize import encodable
from audit.native.library import array, declare

if TYPE_CHECKING:
    import pyarrow as pa

_join_texts = declare("maskaudit_join_texts", array("u8"), array("u1"), array("i8"), c_int64, c_int64)

Texts: TypeAlias = "pa.Array"
"""Texts of any length, or texts that repeat; one a row."""


def fill_template(template: str, columns: Mapping[str, Column]) -> pa.LargeStringArray:
    """Fill a sentence with the cells of each row.

    Parameters
    ----------
    template : str
        With the names of columns in braces, as for `str.format`; without conversions and formats.
    columns : mapping
        All of one length. Numbers are written as JSON has them: round or format them before.

    Returns
    -------
    LargeStringArray
        One text a row.

    Examples
    --------
    >>> names = code_texts(np.array([0, 1]), ["cell", "nucleus"])
    >>> fill_template("This {name} has {n} pixels.", {"name": names, "n": np.array([3, 5])}).to_pylist()
    ['This cell has 3 pixels.', 'This nucleus has 5 pixels.']
    >>> fill_template("{n} px", {"n": np.zeros(0, dtype=np.int64)}).to_pylist()
    []
    """
    literals, parts, pending = [], [], ""
    for literal, name, _, _ in string.Formatter().parse(template):
        pending += literal
        if name is not None:
            literals.append(pending)
            parts.append(columns[name])
            pending = ""
    return join_columns([*literals, pending], parts)


def join_columns(
    literals: Sequence[str],
    columns: Sequence[Column],
    styles: CellStyle | Sequence[CellStyle] = CellStyle.PLAIN,
) -> pa.LargeStringArray:
    r"""Write a text a row: a literal, a cell, a literal, a cell ... and a last literal.

    Parameters
    ----------
    literals : sequence of str
        One more than columns.
    columns : sequence of Column
        At least one; all of one length.
    styles : CellStyle or sequence of CellStyle
        Of all columns, or one each.

    Returns
    -------
    LargeStringArray

    Examples
    --------
    >>> messages = fill_template('{n} "px"', {"n": np.array([2])})
    >>> join_columns(['{"message":', "}"], [messages], CellStyle.JSON).to_pylist()
    ['{"message":"2 \\"px\\""}']
    """
    encoded_literals = [literal.encode() for literal in literals]
    literal_start = np.cumsum([0, *map(len, encoded_literals)], dtype=np.int64)
    if isinstance(styles, CellStyle):
        styles = [styles] * len(columns)
    described = list(map(describe_column, columns, styles))  # kept for the call
    record = [[*numbers, *map(_address_of, arrays)] for *numbers, arrays in described]
    n_rows = len(columns[0])
    joined = np.frombuffer(b"".join(encoded_literals) or b" ", np.uint8)
    lines = _join_texts(np.array(record, np.uint64), joined, literal_start, len(columns), n_rows)
    return text_array(lines["content"], lines["start"])


def code_texts(
    codes: NDArray[np.integer], texts: Sequence[str | None], *, can_be_none: bool = False
) -> pa.DictionaryArray:
    """Make a column of texts that repeat.

    Parameters
    ----------
    codes : (n,) int
        Each the number of a text; a negative one counts from the end, as in Python.
    texts : sequence of str
        Any; some may be equal.
    can_be_none : bool
        Whether some may be None, which makes a missing value.

    Examples
    --------
    >>> code_texts(np.array([1, 0, -1]), ["cell", "nucleus"]).to_pylist()
    ['nucleus', 'cell', 'nucleus']
    >>> code_texts(np.zeros(0, dtype=np.int64), []).to_pylist()
    []
    """
    import pyarrow as pa

    from audit.findings.arrow_arrays import build_array, build_numbers

    numbers, distinct = _number_texts(texts)
    chosen = numbers[codes]
    is_known = chosen >= 0 if can_be_none else None
    indices = build_numbers(np.maximum(chosen, 0), is_known)
    return pa.DictionaryArray.from_arrays(indices, build_array(distinct, pa.string()))


def _number_texts(texts: Sequence[str | None]) -> tuple[NDArray[np.int32], list[str]]:
    """Return which of the distinct texts each is (-1 = None), and these."""
    distinct: dict[Any, int] = dict.fromkeys(texts, 0)
    if len(distinct) == len(texts) and None not in distinct:
        with suppress(UnicodeEncodeError):
            "".join(distinct).encode()
            return np.arange(len(texts), dtype=np.int32), list(distinct)
    distinct.clear()
    numbers = [-1 if text is None else distinct.setdefault(encodable(text), len(distinct)) for text in texts]
    return np.array(numbers, np.int32), list(distinct)


def code_percents(shares: NDArray[np.float64]) -> pa.DictionaryArray:
    """Write shares as `format_percent` does.

    Parameters
    ----------
    shares : (n,) float64
        Parts of a whole, 0..1.

    Examples
    --------
    >>> code_percents(np.array([0.384, 1.0, 0.004])).to_pylist()
    ['38 %', '100 %', '0.4 %']
    >>> code_percents(np.zeros(0)).to_pylist()
    []
    """
    percentages = 100 * shares
    # Below 1 % and above 99 % there is a decimal; between them numpy rounds as Python does, half to even.
    is_usual = (percentages >= 1) & (percentages <= 99)
    codes = np.where(is_usual, np.rint(np.where(is_usual, percentages, 0.0)), 0).astype(np.int64)
    distinct_shares, numbers = np.unique(shares[~is_usual], return_inverse=True)  # most are whole
    codes[~is_usual] = 100 + numbers
    unusual_texts = list(map(format_percent, distinct_shares.tolist()))
    return code_texts(codes, [*(f"{percentage} %" for percentage in range(100)), *unusual_texts])


def code_decimals(values: NDArray[np.float64], decimals: int) -> pa.DictionaryArray:
    """Write numbers with so many decimals, as ``f"{value:.3f}"`` does, where many are equal then.

    Parameters
    ----------
    values : (n,) float64
        Finite; their size times 10 ** decimals is far below 2 ** 53.
    decimals : int

    Examples
    --------
    >>> code_decimals(np.array([0.0625, 1.0, -0.0004]), 3).to_pylist()
    ['0.062', '1.000', '-0.000']
    >>> code_decimals(np.zeros(0), 3).to_pylist()
    []
    """
    scaled = values * 10.0**decimals
    numbers = np.rint(scaled)
    # Next to a half the product may lie on the wrong side, and a sign may be all that is left of a number.
    is_sure = (np.abs(scaled - np.floor(scaled) - 0.5) > 1e-6) & (numbers > 0)
    distinct, codes = np.unique(np.where(is_sure, numbers / 10.0**decimals, values), return_inverse=True)
    return code_texts(codes, [f"{value:.{decimals}f}" for value in distinct.tolist()])


def format_numbers(values: NDArray[np.float64], number_format: str) -> pa.LargeStringArray:
    """Write numbers in one of Python's formats.

    Parameters
    ----------
    values : (n,) float64
    number_format : str
        As behind the colon in an f-string.

    Examples
    --------
    >>> format_numbers(np.array([0.12345, 2.0]), ".3f").to_pylist()
    ['0.123', '2.000']
    >>> format_numbers(np.zeros(0), ".0f").to_pylist()
    []
    """
    import pyarrow as pa

    from audit.findings.arrow_arrays import build_array

    return build_array(list(map(f"{{:{number_format}}}".format, values.tolist())), pa.large_string())


def _address_of(values: NDArray[Any] | None) -> int:
    return 0 if values is None else values.ctypes.data
