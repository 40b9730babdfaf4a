"""A table as numpy columns, which becomes a pandas DataFrame where somebody asks for what only pandas can do.

Why not DataFrames from the start: importing pandas takes longer than a small dataset takes to audit, and
neither measuring nor judging needs more than whole columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


class ColumnValues(np.ndarray[Any, Any]):
    """The values of a column: a numpy array that also answers as a pandas Series does.

    Examples
    --------
    >>> sizes = ColumnTable({"area_px": np.array([4, 2])})["area_px"]
    >>> sizes.to_numpy(), sizes.rank().tolist()
    (array([4, 2]), [2.0, 1.0])
    """

    def to_numpy(self, dtype: Any = None) -> NDArray[Any]:
        """Return a plain array that cannot be written to, or a copy of another dtype."""
        values = np.asarray(self)
        return values if dtype is None else values.astype(dtype, copy=False)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)  # numpy asks arrays for many such names
        import pandas as pd

        return getattr(pd.Series(np.asarray(self), copy=False), name)


class ColumnTable:
    """A table: columns of one length by name. It is read as a DataFrame is, and never changed.

    Columns by name, ``len`` and `assign` need numpy alone. Everything else (`loc`, `groupby`, a list or a
    condition in brackets) is asked of `to_pandas`, and gives what pandas gives.

    Parameters
    ----------
    columns : mapping
        Name to an (n,) array.

    Examples
    --------
    >>> sizes = ColumnTable({"image": np.array([0, 0, 1]), "area_px": np.array([4, 2, 9])})
    >>> len(sizes), sizes["area_px"].max().item()
    (3, 9)
    >>> sizes.groupby("image")["area_px"].sum().tolist()
    [6, 9]
    >>> len(ColumnTable({}))
    0
    """

    __slots__ = ("_columns", "_frame")

    def __init__(self, columns: Mapping[str, NDArray[Any]]) -> None:
        self._columns: dict[str, NDArray[Any]] = dict(columns)
        self._frame: pd.DataFrame | None = None

    def __len__(self) -> int:
        return len(next(iter(self._columns.values()), ()))

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, str):
            return self.to_pandas()[key]
        values = self._columns[key].view(ColumnValues)
        values.flags.writeable = False
        return values

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)  # copy and pickle ask for them before there are columns
        return getattr(self.to_pandas(), name)

    @property
    def columns(self) -> list[str]:
        """Names, in order."""
        return list(self._columns)

    def items(self) -> Iterator[tuple[str, ColumnValues]]:
        """Yield names and values, in order."""
        return ((name, self[name]) for name in self._columns)

    def assign(self, **columns: Any) -> ColumnTable:
        """Return a table with other values in some columns, or with more columns.

        Parameters
        ----------
        **columns : (n,) array-like, or one value for all rows
        """
        assigned = dict(self._columns)
        for name, column in columns.items():
            values = np.asarray(column)
            if values.dtype.kind == "U":
                values = values.astype(object)
            assigned[name] = values if values.ndim else np.full(len(self), values[()], dtype=values.dtype)
        return ColumnTable(assigned)

    def record(self, row: int) -> dict[str, Any]:
        """Return one row: values by column.

        Parameters
        ----------
        row : int
        """
        return {name: values[row] for name, values in self._columns.items()}

    def take(self, rows: NDArray[Any] | slice) -> ColumnTable:
        """Return some rows.

        Parameters
        ----------
        rows : (k,) int64, (n,) bool or slice
        """
        return ColumnTable({name: values[rows] for name, values in self._columns.items()})

    def equals(self, other: ColumnTable | pd.DataFrame) -> bool:
        """Say whether another table has the same columns, types and values; NaN equals NaN.

        Parameters
        ----------
        other : ColumnTable or DataFrame
        """
        return self.to_pandas().equals(other.to_pandas() if isinstance(other, ColumnTable) else other)

    def to_pandas(self) -> pd.DataFrame:
        """Return the same as a DataFrame; with pandas 3 it shares the memory until it is changed."""
        import pandas as pd

        if self._frame is None:
            # Text as objects: pandas would make an array of its own kind of it.
            series = {
                name: pd.Series(np.asarray(values), dtype=values.dtype, copy=False)
                for name, values in self._columns.items()
            }
            self._frame = pd.DataFrame(series, copy=False)
        # Before pandas 3 a shallow copy writes into this table, where somebody changes a cell.
        return self._frame.copy(deep=int(pd.__version__.split(".")[0]) < 3)
