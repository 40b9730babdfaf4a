"""Parquet, as Hugging Face's ``datasets`` and pandas write it, and ``datasets.Dataset`` in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from audit.carriers import dataclass
from audit.dataset.model import Source
from audit.dataset.pixels import inspect_picture
from audit.dataset.record_places import pack_row, point_at_row
from audit.loaders.converted import convert_records, report_place
from audit.loaders.loaded import LoadedDataset, UnreadableError
from audit.loaders.packed import MAX_UNPACKED
from audit.loaders.table_columns import (
    NO_LABELS,
    OBJECT_COLUMNS,
    ClassNames,
    TableLayout,
    find_layout,
)
from audit.loaders.table_rows import (
    TableDocument,
    build_document,
    iterate_flat,
    number_categories,
    read_rows,
)

FORMAT = "parquet"
SUFFIXES = frozenset({".parquet", ".pq"})
_ROWS_AT_A_TIME = 64
_PICTURES_AT_A_TIME = 8
_MAX_VALUES = 2**28
"""Values that a column may hold: a run of equal ones takes a few bytes, so sizes alone tell nothing."""
_MAX_BATCH_BYTES = 2**29
_DENSE_TYPES = (pa.bool_(), pa.uint8(), pa.int8())
"""What pixels are written as, and coordinates never."""
_METADATA = b"huggingface"


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows of one file, and what is known of its columns."""

    layout: TableLayout
    document: TableDocument


def list_parquet_files(path: Path) -> list[Path]:
    """List the tables of labels that a path stands for.

    Parameters
    ----------
    path : Path
        A file, or a folder with files at any depth; those without labels are left out.

    Examples
    --------
    >>> list_parquet_files(Path("a.parquet")), list_parquet_files(Path("no such folder"))
    ([PosixPath('a.parquet')], [])
    """
    if path.suffix.lower() in SUFFIXES and not path.is_dir():
        return [path]
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    return [file for file in files if _has_labels(file)]


def _has_labels(file: Path) -> bool:
    try:
        return describe_columns(pq.read_schema(file)) is not None
    except (pa.ArrowException, OSError, ValueError):
        return True  # a damaged file is said when it is read


def read_parquet(path: Path, files: Sequence[Path], *, pictures: Path | None = None) -> list[LoadedDataset]:
    """Read tables of labels, each as a dataset; their categories are numbered together.

    Parameters
    ----------
    path : Path
        As the user named it.
    files : sequence of Path
        From `list_parquet_files`.
    pictures : Path, optional
        Where the pictures are whose sizes no table says; default: beside the file.

    Raises
    ------
    UnreadableError
        If a file cannot be read, or has no labels.

    Examples
    --------
    >>> try:
    ...     read_parquet(Path("no.parquet"), [Path("no.parquet")])
    ... except UnreadableError as error:
    ...     error.rule
    'input.missing'
    >>> read_parquet(Path("a"), [])
    []
    """
    tables = [_read_table(file, pictures or file.parent) for file in files]
    if not tables:
        return []
    categories = number_categories([table.document for table in tables], tables[0].layout)
    return [_convert(file, table.document, categories) for file, table in zip(files, tables, strict=True)]


def _read_table(file: Path, picture_folder: Path) -> _Table:
    if not file.exists():
        raise UnreadableError("input.missing", str(file), "", "there is no such file", "check the path")
    try:
        with pq.ParquetFile(file) as parquet:
            schema = parquet.schema_arrow
            layout = describe_columns(schema)
            if layout is None:
                what = f"{NO_LABELS}; its columns: {', '.join(schema.names[:12])}"
                raise UnreadableError("input.format", str(file), "", what, "give the table of the labels")
            columns, has_pictures = _choose_columns(schema)
            _check_size(file, parquet, columns)
            n_rows = _PICTURES_AT_A_TIME if has_pictures else _ROWS_AT_A_TIME
            batches = parquet.iter_batches(batch_size=n_rows, columns=columns, use_threads=False)
            document = read_rows(_list_rows(batches, layout.objects, str(file)), layout)
    except (pa.ArrowException, OSError, ValueError) as error:
        what = f"this table cannot be read: {str(error).partition(chr(10))[0]}"
        raise UnreadableError("input.format", str(file), "", what, "download or write it again") from None
    _measure_pictures(document, picture_folder)
    return _Table(layout, document)


def describe_columns(schema: pa.Schema) -> TableLayout | None:
    """Tell which columns of a table hold labels; None where none do.

    Parameters
    ----------
    schema : pyarrow.Schema
        With Hugging Face's metadata, where the names of classes are.

    Examples
    --------
    >>> polygon = pa.list_(pa.list_(pa.float32()))
    >>> describe_columns(pa.schema({"objects": pa.list_(pa.struct({"segmentation": polygon}))})).objects
    'objects'
    >>> describe_columns(pa.schema({})) is None
    True
    """
    object_fields: dict[str, list[str]] = {}
    dense: list[str] = []
    for column in schema:
        kind = column.type.value_type if _is_list(column.type) else column.type
        if pa.types.is_struct(kind) and column.name in OBJECT_COLUMNS:
            object_fields[column.name] = [part.name for part in kind]
            dense += [f"{column.name}.{part.name}" for part in kind if _holds_pixels(part.type)]
        elif "." in column.name:  # a table that was flattened
            objects, _, name = column.name.partition(".")
            object_fields.setdefault(objects, []).append(name)
        if _holds_pixels(column.type):
            dense.append(column.name)
    return find_layout(schema.names, object_fields, read_class_names(schema), dense)


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _holds_pixels(kind: pa.DataType) -> bool:
    depth = 0
    while _is_list(kind):
        kind, depth = kind.value_type, depth + 1
    return depth >= 2 and kind in _DENSE_TYPES


def read_class_names(schema: pa.Schema) -> ClassNames:
    """Read the names of classes from what ``datasets`` writes beside the columns.

    Parameters
    ----------
    schema : pyarrow.Schema

    Examples
    --------
    >>> feature = {"feature": {"category": {"names": ["cell"], "_type": "ClassLabel"}}, "_type": "List"}
    >>> note = json.dumps({"info": {"features": {"objects": feature}}})
    >>> read_class_names(pa.schema({"objects": pa.null()}, {"huggingface": note}))
    {'objects.category': ['cell']}
    >>> read_class_names(pa.schema({}))
    {}
    """
    try:
        note = json.loads((schema.metadata or {}).get(_METADATA, b"{}"))
        features = note["info"]["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    names: dict[str, Sequence[str]] = {}
    pending: list[tuple[str, Any]] = [("", features)]
    while pending:
        place, feature = pending.pop()
        if not isinstance(feature, Mapping) or place.count(".") > 3:
            continue
        listed = feature.get("names")
        if feature.get("_type") == "ClassLabel" and isinstance(listed, list):
            names[place] = [str(name) for name in listed]
        elif isinstance(feature.get("feature"), Mapping):  # a list: its elements stand in its place
            pending.append((place, feature["feature"]))
        else:
            pending += [(f"{place}.{name}" if place else str(name), part) for name, part in feature.items()]
    return names


def _choose_columns(schema: pa.Schema) -> tuple[list[str], bool]:
    """Choose what is read: pictures only where nothing else tells their size."""
    has_sizes = {"height", "width"} <= set(schema.names) or {"image_height", "image_width"} <= set(
        schema.names
    )
    columns: list[str] = []
    has_pictures = False
    for column in schema:
        if pa.types.is_struct(column.type) and {"bytes", "path"} <= {part.name for part in column.type}:
            columns.append(f"{column.name}.path" if has_sizes else column.name)
            has_pictures |= not has_sizes
        elif not pa.types.is_binary(column.type):
            columns.append(column.name)
    return columns, has_pictures


def _check_size(file: Path, parquet: pq.ParquetFile, columns: Sequence[str]) -> None:
    """Refuse what would not fit, by what the file says of itself."""
    metadata = parquet.metadata
    chosen = tuple(f"{name}." for name in columns)
    n_bytes, n_values = 0, 0
    for group in range(metadata.num_row_groups):
        for number in range(metadata.num_columns):
            column = metadata.row_group(group).column(number)
            if f"{column.path_in_schema}.".startswith(chosen):
                is_picture = column.path_in_schema.endswith(".bytes")
                n_bytes += 0 if is_picture else column.total_uncompressed_size
                n_values += column.num_values
    if n_bytes > MAX_UNPACKED or n_values > _MAX_VALUES:
        what = f"it holds {n_values:,} values in {n_bytes:,} bytes, more than is read at once"
        raise UnreadableError("input.format", str(file), "", what, "split it")


def _list_rows(
    batches: Iterable[pa.RecordBatch | pa.Table], objects: str, name: str
) -> Iterator[Mapping[str, Any]]:
    for batch in batches:
        if batch.nbytes > _MAX_BATCH_BYTES:
            what = f"{batch.num_rows} rows hold {batch.nbytes:,} bytes"
            raise UnreadableError("input.format", name, "", what, "split it")
        yield from iterate_flat(batch.to_pylist(), objects)


def _measure_pictures(document: TableDocument, picture_folder: Path) -> None:
    """Look up sizes that the table does not say."""
    for image in document.images:
        if not (image["height"] and image["width"]):
            picture = inspect_picture(picture_folder, image["file_name"], read_hash=False)
            image["height"], image["width"] = picture.height, picture.width


def _convert(file: Path, document: TableDocument, categories: list[dict[str, Any]]) -> LoadedDataset:
    places = [point_at_row(file.name, row, position) for row, position in document.places]
    index = np.array([pack_row(row, position) for row, position in document.places], dtype=np.int64)
    image_index = np.array([pack_row(row, -1) for row in document.image_rows], dtype=np.int64)
    findings = []
    for image, (row, position), error in document.faults:
        named = (image, str(document.images[image]["file_name"]))
        place = point_at_row(file.name, row, position)
        findings.append(report_place(error.rule, str(file), place, error.message, named))
    for image, record in enumerate(document.images):
        if not (record["height"] and record["width"]):
            place = point_at_row(file.name, document.image_rows[image], -1)
            message = f"neither the table nor a picture {record['file_name']} says the size of the image"
            findings.append(
                report_place("image.size", str(file), place, message, (image, str(record["file_name"])))
            )
    data = file.read_bytes()
    source = Source(str(file), FORMAT, len(data), hashlib.sha256(data).hexdigest())
    records = {"images": document.images, "annotations": document.annotations, "categories": categories}
    loaded = convert_records(records, source, places, index, image_index)
    return LoadedDataset(loaded.dataset, (*findings, *loaded.findings))


def describe_arrow_dataset(dataset: Any) -> dict[str, Any]:
    """Return a ``datasets.Dataset`` as a COCO document.

    Parameters
    ----------
    dataset : datasets.Dataset
        Rows as they were selected, filtered and shuffled.

    Raises
    ------
    ValueError
        If it has no column of labels.
    """
    with_arrow = dataset.with_format("arrow")
    schema = with_arrow.features.arrow_schema
    layout = describe_columns(schema)
    if layout is None:
        raise ValueError(f"{NO_LABELS}; its columns: {', '.join(schema.names[:12])}")
    columns, has_pictures = _choose_columns(schema)
    whole_columns = list(
        dict.fromkeys(name.partition(".")[0] if name not in schema.names else name for name in columns)
    )
    n_rows = _PICTURES_AT_A_TIME if has_pictures else _ROWS_AT_A_TIME
    tables = with_arrow.select_columns(whole_columns).iter(batch_size=n_rows)
    return build_document(read_rows(_list_rows(tables, layout.objects, "the dataset"), layout), layout)
