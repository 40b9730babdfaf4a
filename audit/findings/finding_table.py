"""Findings as columns: an object is made of a row only when somebody asks for one.

A scan of a million annotations finds half a million things. As objects they are a gigabyte, and every
step that only counts, sorts or writes them would make and read each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, overload

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit.findings.arrow_arrays import (
    build_array,
    build_numbers,
    read_numbers,
    read_texts,
    repeat_text,
)
from audit.findings.columns_on_disk import is_large_table, store_columns, take_rows
from audit.findings.encode import encode_evidence_texts, encode_json
from audit.findings.finding import Evidence, Finding, Severity
from audit.findings.sanitize import encodable
from audit.findings.text_columns import Column, TextStyle, join_columns, quote_json_texts

IntArray = NDArray[np.int64]
Flags = NDArray[np.bool_]

_CODED = pa.dictionary(pa.int32(), pa.string())
_INTEGERS = pa.list_(pa.int64())
# Texts of many findings together may pass the 2 GiB that Arrow's plain strings can hold.
_TEXT = pa.large_string()
TABLE_SCHEMA = pa.schema(
    [
        ("severity", _CODED),
        ("rule", _CODED),
        ("message", _TEXT),
        ("image_id", pa.int64()),
        ("file_name", _CODED),
        ("annotation_ids", _INTEGERS),
        ("category_ids", _INTEGERS),
        ("score", pa.float64()),
        ("evidence", _TEXT),
        ("source", _CODED),
        ("pointer", _TEXT),
        ("fingerprint", _TEXT),
        ("decision", _CODED),
        ("note", _CODED),
        ("evidence_order", _CODED),
        ("image_row", pa.int64()),
        ("instance_rows", _INTEGERS),
        ("prediction_rows", _INTEGERS),
    ]
)
"""The attributes of `Finding`; ``evidence`` is JSON text with sorted names, ``evidence_order`` the names as
the rule gave them, in which pages show them."""
SEVERITY_NAMES = tuple(severity.value for severity in Severity)
OBJECT_BATCH = 20_000
"""Rows that are made objects together: Arrow hands out many at once far quicker than one by one."""
_SEVERITY_OF_NAME = {severity.value: severity for severity in Severity}


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
        table = cls.build(
            {
                "severity": [finding.severity.value for finding in objects],
                "rule": [finding.rule for finding in objects],
                "message": [finding.message for finding in objects],
                "image_id": [finding.image_id for finding in objects],
                "file_name": [finding.file_name for finding in objects],
                "annotation_ids": _join_tuples([finding.annotation_ids for finding in objects]),
                "category_ids": _join_tuples([finding.category_ids for finding in objects]),
                "score": [finding.score for finding in objects],
                **make_evidence_columns([finding.evidence for finding in objects]),
                "source": [finding.source for finding in objects],
                "pointer": [finding.pointer for finding in objects],
                "fingerprint": [finding.fingerprint for finding in objects],
                "decision": [finding.decision for finding in objects],
                "note": [finding.note for finding in objects],
                "image_row": [finding.image_row for finding in objects],
                "instance_rows": _join_tuples([finding.instance_rows for finding in objects]),
                "prediction_rows": _join_tuples([finding.prediction_rows for finding in objects]),
            }
        )
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
        columns = {**_missing_columns(len(columns["rule"])), **columns}
        unencodable_names = {
            encodable(name): name
            for name in dict.fromkeys(columns["file_name"] if file_names is None else file_names)
            if name is not None and encodable(name) != name
        }
        arrays = [_as_array(columns[field.name], field.type) for field in TABLE_SCHEMA]
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
                for finding in self._make_objects(self.columns.slice(start, OBJECT_BATCH))
            )
        return self._objects

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
        array = _as_array(values, TABLE_SCHEMA.field(name).type)
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
        array = _one_array(self.columns[name])
        codes = read_numbers(array.indices).astype(np.int64)
        return codes, array.dictionary.to_pylist()

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
        return np.array([SEVERITY_NAMES.index(name) for name in names], dtype=np.int64)[codes]

    def numbers(self, name: str) -> NDArray[Any]:
        """Return a column of numbers; an ``image_id`` that is none as -1.

        Examples
        --------
        >>> FindingTable.of([Finding("a.b", Severity.INFO, "x")]).numbers("image_row").tolist()
        [-1]
        """
        return read_numbers(_one_array(self.columns[name]))

    def lists(self, name: str) -> tuple[IntArray, IntArray]:
        """Return a column of lists as how long each is, and the members of all.

        Examples
        --------
        >>> table = FindingTable.of([Finding("a.b", Severity.INFO, "x", instance_rows=(3, 5))])
        >>> [part.tolist() for part in table.lists("instance_rows")]
        [[2], [3, 5]]
        """
        array = _one_array(self.columns[name])
        ends = read_numbers(array.offsets)
        members = array.values.slice(int(ends[0]), int(ends[-1] - ends[0]))
        return np.diff(ends).astype(np.int64), read_numbers(members)

    def array(self, name: str) -> pa.Array:
        """Return a column in one piece.

        Examples
        --------
        >>> FindingTable.of([Finding("a.b", Severity.INFO, "x")]).array("message").to_pylist()
        ['x']
        """
        return _one_array(self.columns[name])

    def cells(self, name: str) -> list[Any]:
        """Return a column as a list of texts, numbers, lists, or None.

        Examples
        --------
        >>> table = FindingTable.of([Finding("a.b", Severity.INFO, "x", annotation_ids=(7, 8))])
        >>> table.cells("message"), table.cells("annotation_ids"), table.cells("image_id")
        (['x'], [[7, 8]], [None])
        """
        # Arrow's own `to_pylist` makes a scalar object of every cell first and takes five times as long.
        arrow_type = TABLE_SCHEMA.field(name).type
        if arrow_type == _CODED:
            codes, texts = self.codes(name)
            return list(map([*texts, None].__getitem__, codes.tolist()))
        if arrow_type == _INTEGERS:
            lengths, members = self.lists(name)
            ends, numbers = np.cumsum(lengths), members.tolist()
            bounds = zip((ends - lengths).tolist(), ends.tolist(), strict=True)
            return [numbers[start:end] for start, end in bounds]
        column = self.columns[name]
        if arrow_type == _TEXT and not column.null_count:
            return read_texts(_one_array(column))
        is_number = arrow_type in {pa.int64(), pa.float64()} and not column.null_count
        cells: list[Any] = read_numbers(_one_array(column)).tolist() if is_number else column.to_pylist()
        return cells

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
        keys = self._sort_keys()
        order = np.lexsort(keys[::-1])
        equal = np.logical_and.reduce([key[order[1:]] == key[order[:-1]] for key in keys])
        # Few rows agree in all of these; what else decides between them is compared object by object.
        for start, stop in _find_groups(equal):
            group = order[start:stop]
            objects = self.take(group)
            order[start:stop] = group[sorted(range(len(group)), key=lambda row: objects[row].sort_key)]
        return self.take(order)

    def _sort_keys(self) -> list[IntArray]:
        rule_codes, rule_names = self.codes("rule")
        rule_ranks = np.empty(len(rule_names), dtype=np.int64)
        rule_ranks[sorted(range(len(rule_names)), key=rule_names.__getitem__)] = np.arange(len(rule_names))
        lengths, members = self.lists("annotation_ids")
        starts = np.cumsum(lengths) - lengths
        padded = np.r_[members, 0]
        keys = [self.severity_ranks(), rule_ranks[rule_codes], self.numbers("image_id")]
        # A list that is a beginning of another comes first, as tuples do: so "has no such member" is a key.
        for position in range(2):
            is_there = lengths > position
            keys += [
                is_there.astype(np.int64),
                np.where(is_there, padded[np.where(is_there, starts + position, -1)], 0),
            ]
        return keys

    def _make_objects(self, columns: pa.Table) -> Iterator[Finding]:
        part = FindingTable(columns)
        cells = {name: part.cells(name) for name in TABLE_SCHEMA.names}
        names_in_order = {text: msgspec.json.decode(text) for text in set(cells["evidence_order"])}
        decode = msgspec.json.Decoder().decode
        for name in ("annotation_ids", "category_ids", "instance_rows", "prediction_rows"):
            cells[name] = list(map(tuple, cells[name]))
        cells["severity"] = [_SEVERITY_OF_NAME[name] for name in cells["severity"]]
        cells["evidence"] = [
            _in_order(decode(text), names_in_order[order])
            for text, order in zip(cells["evidence"], cells.pop("evidence_order"), strict=True)
        ]
        if self._unencodable_names:
            cells["file_name"] = [self._unencodable_names.get(name, name) for name in cells["file_name"]]
        attribute_names = tuple(cells)
        for values in zip(*cells.values(), strict=True):
            yield Finding(**dict(zip(attribute_names, values, strict=True)))


def make_evidence_columns(evidence: Sequence[Evidence]) -> dict[str, list[str]]:
    """Write evidence as JSON text: the columns ``evidence`` and ``evidence_order``.

    Examples
    --------
    >>> make_evidence_columns([{"iou": 0.5, "area_px": 3}])
    {'evidence': ['{"area_px":3,"iou":0.5}'], 'evidence_order': ['["iou","area_px"]']}
    >>> make_evidence_columns([])
    {'evidence': [], 'evidence_order': []}
    """
    orders = list(map(tuple, evidence))
    order_texts = {names: encode_json(names).decode() for names in dict.fromkeys(orders)}
    return {
        "evidence": encode_evidence_texts(evidence),
        "evidence_order": list(map(order_texts.__getitem__, orders)),
    }


def write_evidence_columns(evidence: Mapping[str, Column], n_rows: int) -> dict[str, pa.Array]:
    """Do as `make_evidence_columns` with evidence that is laid out as columns.

    Parameters
    ----------
    evidence : mapping
        Numbers, truth values or texts by name, all (n_rows,).
    n_rows : int

    Examples
    --------
    >>> columns = write_evidence_columns({"iou": np.array([0.5]), "area_px": np.array([3])}, 1)
    >>> columns["evidence"].to_pylist(), columns["evidence_order"].to_pylist()
    (['{"area_px":3,"iou":0.5}'], ['["iou","area_px"]'])
    >>> write_evidence_columns({}, 1)["evidence"].to_pylist()
    ['{}']
    """
    names = sorted(evidence)
    order = repeat_text(encode_json(tuple(evidence)).decode(), n_rows)
    if not names:
        return {"evidence": build_array(["{}"] * n_rows, _TEXT), "evidence_order": order}
    keys = [f"{'{' if name == names[0] else ','}{encode_json(name).decode()}:" for name in names]
    cells = [quote_json_texts(evidence[name]) for name in names]
    return {"evidence": join_columns([*keys, "}"], cells, TextStyle.JSON), "evidence_order": order}


def join_lists(lengths: IntArray, members: Sequence[int] | IntArray) -> pa.Array:
    """Make a column of lists.

    Parameters
    ----------
    lengths : (n,) int64
        How long each list is.
    members : sequence of int
        Of all lists, one after the other.

    Examples
    --------
    >>> join_lists(np.array([2, 0]), [7, 8]).to_pylist()
    [[7, 8], []]
    >>> len(join_lists(np.zeros(0, dtype=np.int64), []))
    0
    """
    list_ends = np.zeros(len(lengths) + 1, dtype=np.int32)
    np.cumsum(lengths, out=list_ends[1:])
    return pa.ListArray.from_arrays(build_numbers(list_ends), build_array(members, pa.int64()))


@cache
def _empty_table() -> FindingTable:
    """Return the table without rows: of a small dataset most rules find nothing."""
    return FindingTable.build({name: [] for name in TABLE_SCHEMA.names})


def _join_tuples(id_tuples: Sequence[Sequence[int]]) -> pa.Array:
    lengths = np.fromiter(map(len, id_tuples), np.int64, len(id_tuples))
    return join_lists(lengths, [member for ids in id_tuples for member in ids])


def _missing_columns(n_rows: int) -> dict[str, Any]:
    no_lists = join_lists(np.zeros(n_rows, dtype=np.int64), [])
    no_text = repeat_text("", n_rows)
    return {"decision": no_text, "note": no_text, "prediction_rows": no_lists}


def _as_array(values: Any, arrow_type: pa.DataType) -> pa.Array:
    if isinstance(values, pa.Array):
        return values
    if pa.types.is_list(arrow_type):
        return _join_tuples(values)
    try:
        return build_array(values, arrow_type)
    except UnicodeEncodeError:
        return _as_array([None if text is None else encodable(text) for text in values], arrow_type)


def _one_array(column: pa.ChunkedArray) -> Any:
    return column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()


def _find_groups(equal: Flags) -> Iterator[tuple[int, int]]:
    """Find the stretches of a sorted list whose members equal the ones before them."""
    edges = np.diff(np.r_[False, equal, False].astype(np.int8))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) + 1
    yield from zip(starts.tolist(), ends.tolist(), strict=True)


def _in_order(numbers: dict[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: numbers[name] for name in names}
