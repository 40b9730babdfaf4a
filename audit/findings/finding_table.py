"""Findings as columns: an object is made of a row only when somebody asks for one.

A scan of a million annotations finds half a million things. As objects they are a gigabyte, and every
step that only counts, sorts or writes them would make and read each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, overload

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit.findings.arrow_arrays import read_numbers
from audit.findings.columns_on_disk import is_large_table, store_columns, take_rows
from audit.findings.finding import Finding, Severity
from audit.findings.finding_objects import lay_out_findings, make_findings
from audit.findings.sanitize import encodable
from audit.findings.sort_rows import sort_rows
from audit.findings.table_columns import (
    TABLE_SCHEMA,
    combine_pieces,
    convert_column,
    fill_left_out,
    list_cells,
    read_codes,
    read_lists,
)

IntArray = NDArray[np.int64]
Flags = NDArray[np.bool_]

OBJECT_BATCH = 20_000
"""Rows that are made objects together: Arrow hands out many at once far quicker than one by one."""


class FindingTable(Sequence[Finding]):
    """Findings in order, one row each; what reads it as a sequence gets `Finding` objects.

    Text is held as UTF-8 can encode it (`audit.findings.sanitize.encodable`), evidence as its JSON text, so
    numbers in it that are not finite are None in the objects.

    Examples
    --------
    >>> table = FindingTable.of([Finding("mask.tiny", Severity.INFO, "2 px", evidence={"area_px": 2})])
    >>> table[0].rule, dict(table[0].evidence), table.count_texts("rule")
    ('mask.tiny', {'area_px': 2}, {'mask.tiny': 1})
    >>> len(FindingTable.of([]))
    0
    """

    __slots__ = ("_objects", "_unencodable_names", "columns")

    def __init__(self, columns: pa.Table, unencodable_names: Mapping[str, str] | None = None) -> None:
        """Take columns of `TABLE_SCHEMA`, with the file names that UTF-8 cannot hold by what stands there."""
        self.columns = columns
        self._unencodable_names = dict(unencodable_names or {})
        self._objects: tuple[Finding, ...] | None = None

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> FindingTable:
        """Lay findings out as columns; a table is returned as it is.

        Examples
        --------
        >>> FindingTable.of(()).columns.num_rows
        0
        """
        if isinstance(findings, FindingTable):
            return findings
        objects = tuple(findings)
        if not objects:
            return _empty_table()
        table = cls.build(lay_out_findings(objects))
        table._objects = objects
        return table

    @classmethod
    def build(
        cls, columns: Mapping[str, Any], file_names: Iterable[str | None] | None = None
    ) -> FindingTable:
        """Build a table of one list or Arrow array a column.

        Parameters
        ----------
        columns : mapping
            Columns of `TABLE_SCHEMA`, all of one length; ``decision``, ``note`` and ``prediction_rows``
            may be left out. Texts of lists may be any.
        file_names : iterable of str or None, optional
            As the images have them, where the column ``file_name`` is an array: it holds only what UTF-8 can.

        Examples
        --------
        >>> empty = FindingTable.build({name: [] for name in TABLE_SCHEMA.names})
        >>> list(empty)
        []
        """
        columns = {**fill_left_out(len(columns["rule"])), **columns}
        unencodable_names = {
            encodable(name): name
            for name in dict.fromkeys(columns["file_name"] if file_names is None else file_names)
            if name is not None and encodable(name) != name
        }
        arrays = [convert_column(columns[field.name], field.type) for field in TABLE_SCHEMA]
        return cls(pa.Table.from_arrays(arrays, schema=TABLE_SCHEMA), unencodable_names)

    @classmethod
    def concat(cls, tables: Sequence[FindingTable]) -> FindingTable:
        """Put tables one after the other.

        Examples
        --------
        >>> len(FindingTable.concat([]))
        0
        """
        filled = [table for table in tables if len(table)]
        if len(filled) == 1:
            return filled[0]
        if not filled:
            return tables[0] if tables else cls.of(())
        columns = pa.concat_tables([table.columns for table in filled])
        if not is_large_table(columns):  # else every piece on disk keeps its own dictionaries
            columns = columns.unify_dictionaries()
        names = {key: name for table in filled for key, name in table._unencodable_names.items()}
        return cls(columns, names)

    def __len__(self) -> int:
        return int(self.columns.num_rows)

    @overload
    def __getitem__(self, position: int) -> Finding: ...
    @overload
    def __getitem__(self, position: slice) -> Sequence[Finding]: ...
    def __getitem__(self, position: int | slice) -> Finding | Sequence[Finding]:
        return self.objects[position]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.objects)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self.objects == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<FindingTable: {len(self):,} findings>"

    @property
    def objects(self) -> tuple[Finding, ...]:
        """All rows as objects; made at the first call and kept."""
        if self._objects is None:
            self._objects = tuple(
                finding
                for start in range(0, len(self), OBJECT_BATCH)
                for finding in self._make_objects(start)
            )
        return self._objects

    def _make_objects(self, start: int) -> Iterator[Finding]:
        part = FindingTable(self.columns.slice(start, OBJECT_BATCH))
        cells = {name: part.cells(name) for name in TABLE_SCHEMA.names}
        return make_findings(cells, self._unencodable_names)

    def take(self, rows: IntArray) -> FindingTable:
        """Select rows, in the order given.

        Examples
        --------
        >>> table = FindingTable.of([Finding("a.b", Severity.INFO, text) for text in "xyz"])
        >>> [finding.message for finding in table.take(np.array([2, 0]))]
        ['z', 'x']
        >>> len(table.take(np.zeros(0, dtype=np.int64)))
        0
        """
        return FindingTable(take_rows(self.columns, rows), self._unencodable_names)

    def filter(self, is_kept: Flags) -> FindingTable:
        """Select the rows that are marked, in order; the table itself where all are.

        Examples
        --------
        >>> table = FindingTable.of([Finding("a.b", Severity.INFO, "x")])
        >>> len(table.filter(np.array([False]))), table.filter(np.array([True])) is table
        (0, True)
        """
        return self if is_kept.all() else self.take(np.flatnonzero(is_kept))

    def replace(self, name: str, values: Sequence[str]) -> FindingTable:
        """Exchange a column of texts.

        Parameters
        ----------
        name : str
            One whose texts repeat: ``severity``, ``decision``, ``note``.
        values : sequence of str
            One a row.

        Examples
        --------
        >>> table = FindingTable.of([Finding("a.b", Severity.INFO, "x")])
        >>> table.replace("severity", ["error"])[0].severity
        <Severity.ERROR: 'error'>
        """
        position = TABLE_SCHEMA.get_field_index(name)
        array = convert_column(values, TABLE_SCHEMA.field(name).type)
        return FindingTable(
            self.columns.set_column(position, TABLE_SCHEMA.field(name), array), self._unencodable_names
        )

    def codes(self, name: str) -> tuple[IntArray, list[str]]:
        """Return a column of repeating texts as numbers and the texts that they stand for; -1 = none.

        Examples
        --------
        >>> codes, names = FindingTable.of([Finding("a.b", Severity.INFO, "x")]).codes("rule")
        >>> codes.tolist(), names
        ([0], ['a.b'])
        """
        return read_codes(self.columns[name])

    def count_texts(self, name: str) -> dict[str, int]:
        """Count the rows of every text of a column of repeating texts, sorted by text.

        Examples
        --------
        >>> FindingTable.of([]).count_texts("severity")
        {}
        """
        codes, names = self.codes(name)
        counts = np.bincount(codes[codes >= 0], minlength=len(names)).tolist()
        return {text: number for text, number in sorted(zip(names, counts, strict=True)) if number}

    def severity_ranks(self) -> IntArray:
        """Return the rank of every row's severity: 0 is worst.

        Examples
        --------
        >>> FindingTable.of([Finding("a.b", Severity.INFO, "x")]).severity_ranks().tolist()
        [2]
        """
        codes, names = self.codes("severity")
        return np.array([Severity(name).rank for name in names], dtype=np.int64)[codes]

    def numbers(self, name: str) -> NDArray[Any]:
        """Return a column of numbers; an ``image_id`` that is none as -1.

        Examples
        --------
        >>> FindingTable.of([Finding("a.b", Severity.INFO, "x")]).numbers("image_row").tolist()
        [-1]
        """
        return read_numbers(combine_pieces(self.columns[name]))

    def lists(self, name: str) -> tuple[IntArray, IntArray]:
        """Return a column of lists as how long each is, and the members of all.

        Examples
        --------
        >>> table = FindingTable.of([Finding("a.b", Severity.INFO, "x", instance_rows=(3, 5))])
        >>> [part.tolist() for part in table.lists("instance_rows")]
        [[2], [3, 5]]
        """
        return read_lists(self.columns[name])

    def array(self, name: str) -> pa.Array:
        """Return a column in one piece.

        Examples
        --------
        >>> FindingTable.of([Finding("a.b", Severity.INFO, "x")]).array("message").to_pylist()
        ['x']
        """
        return combine_pieces(self.columns[name])

    def cells(self, name: str) -> list[Any]:
        """Return a column as a list of texts, numbers, lists, or None.

        Examples
        --------
        >>> table = FindingTable.of([Finding("a.b", Severity.INFO, "x", annotation_ids=(7, 8))])
        >>> table.cells("message"), table.cells("annotation_ids"), table.cells("image_id")
        (['x'], [[7, 8]], [None])
        """
        return list_cells(self.columns[name])

    def store(self) -> FindingTable:
        """Move the columns to disk where they are large (`audit.geometry.disk_arrays`).

        Examples
        --------
        >>> len(FindingTable.of([]).store())
        0
        """
        return FindingTable(store_columns(self.columns), self._unencodable_names)

    def split(self, n_rows: int) -> Iterator[FindingTable]:
        """Cut the table into pieces of so many rows.

        Parameters
        ----------
        n_rows : int

        Examples
        --------
        >>> [len(part) for part in FindingTable.of([Finding("a.b", Severity.INFO, "x")] * 3).split(2)]
        [2, 1]
        >>> list(FindingTable.of([]).split(2))
        []
        """
        for start in range(0, len(self), n_rows):
            yield FindingTable(self.columns.slice(start, n_rows), self._unencodable_names)

    def sort(self) -> FindingTable:
        """Sort by (severity, rule, image, annotations), the order of every output (`Finding.sort_key`).

        Examples
        --------
        >>> low = Finding("mask.tiny", Severity.INFO, "2 px")
        >>> high = Finding("overlap.duplicate", Severity.ERROR, "same mask twice")
        >>> [finding.rule for finding in FindingTable.of([low, high]).sort()]
        ['overlap.duplicate', 'mask.tiny']
        >>> len(FindingTable.of([]).sort())
        0
        """
        if len(self) < 2:
            return self
        return self.take(sort_rows(self))


@cache
def _empty_table() -> FindingTable:
    """Return the table without rows: of a small dataset most rules find nothing."""
    return FindingTable.build({name: [] for name in TABLE_SCHEMA.names})
