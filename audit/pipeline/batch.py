"""Measuring as a pure function on Arrow tables: what Ray Data, Dask, Spark and Hugging Face datasets call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from audit.dataset.shard import split_shards
from audit.findings.finding import Finding
from audit.loaders.coco import parse_coco
from audit.loaders.json_file import JsonFile
from audit.measure.column_table import ColumnTable
from audit.measure.schema import INSTANCES, PAIRS, SCHEMA_VERSION
from audit.measure.shard import measure_masks
from audit.measure.tables import merge_shards

if TYPE_CHECKING:
    import pyarrow as pa

IntArray = NDArray[np.int64]

REQUIRED_COLUMNS = ("image_id", "height", "width", "segmentation")
MEASURED_COLUMNS = tuple(
    name
    for name in list(INSTANCES)[list(INSTANCES).index("segmentation") :]
    if not name.startswith(("declared_", "edge_", "merge_"))
)
"""Columns of the instances table that depend on nothing but the mask."""
PAIR_COLUMNS = tuple(
    name for name in list(PAIRS)[list(PAIRS).index("intersection_px") :] if name != "split_score"
)
_SEGMENTATION_FAMILIES = frozenset({"limit", "polygon", "rle", "segm"})
SCHEMA_KEY = b"maskaudit_schema_version"


def measure_batch(table: pa.Table) -> pa.Table:
    """Measure every mask of a table, and every two masks of an image that come close.

    The function is pure and knows nothing outside the table, so any engine may call it on any number of
    machines. All rows of an image must be in one table: masks of different calls are not compared.

    Parameters
    ----------
    table : pyarrow.Table
        A row an annotation. ``image_id`` (any type), ``height`` and ``width`` of the image in pixels,
        ``segmentation``: COCO polygons as lists of lists, COCO RLE as a struct of ``size`` and ``counts``, or
        either as JSON text. Optional: ``annotation_id`` (any type; default: the row's number) and ``iscrowd``
        (bool or 0 and 1). Other columns are ignored.

    Returns
    -------
    pyarrow.Table
        A row for each row, in the same order: ``image_id``, ``annotation_id``; the columns of
        ``instances.parquet`` from ``segmentation`` to ``mask_hash`` that are measured from the mask alone;
        ``defects``, a list of the rules by which the segmentation is faulty; ``pairs``, a list of structs,
        one for every mask of the image in a later row that overlaps or lies within 2 px: ``row`` and
        ``annotation_id_b`` of the other one, and the columns of ``pairs.parquet`` from ``intersection_px``
        on, where a is this row. The schema's metadata has ``maskaudit_schema_version``.

    Raises
    ------
    ValueError
        If a column is missing, or rows of one image disagree about its size.

    Examples
    --------
    >>> import pyarrow as pa
    >>> square, beside = [[0, 0, 4, 0, 4, 4, 0, 4]], [[2, 0, 6, 0, 6, 4, 2, 4]]
    >>> table = pa.table(
    ...     {"image_id": ["a", "a"], "height": [8, 8], "width": [8, 8], "segmentation": [square, beside]}
    ... )
    >>> measured = measure_batch(table)
    >>> measured["area_px"].to_pylist()
    [16, 16]
    >>> [(pair["row"], pair["intersection_px"]) for pair in measured["pairs"][0].as_py()]
    [(1, 8)]
    >>> measure_batch(table.slice(0, 0)).num_rows
    0
    """
    missing = [name for name in REQUIRED_COLUMNS if name not in table.column_names]
    if missing:
        raise ValueError(
            f"the table has no column {', '.join(missing)}; it needs {', '.join(REQUIRED_COLUMNS)}"
        )
    loaded = parse_coco(JsonFile("batch", _encode_document(table), 0, "", False))
    dataset = loaded.dataset
    measurements = merge_shards(dataset, (measure_masks(shard) for shard in split_shards(dataset)))
    # Annotation ids are the table's row numbers: they lead from the order of the tables back to the batch's.
    batch_row = measurements.instances["annotation_id"].to_numpy()
    instances = measurements.instances.take(np.argsort(batch_row))
    return _build_result(
        table, instances, measurements.pairs, batch_row, _list_defects(loaded.findings, len(table))
    )


def _encode_document(table: pa.Table) -> bytes:
    """Write the table as a COCO document with ids of our own: images and annotations numbered from 0."""
    image_ids = table["image_id"].combine_chunks().dictionary_encode()
    image_numbers = image_ids.indices.to_numpy(zero_copy_only=False)
    if image_ids.null_count:
        raise ValueError("image_id is null in some rows")
    heights, widths = (_read_sizes(table, name) for name in ("height", "width"))
    _, first_rows = np.unique(image_numbers, return_index=True)
    for sizes, name in ((heights, "height"), (widths, "width")):
        disagreeing = np.flatnonzero(sizes != sizes[first_rows][image_numbers]) if len(sizes) else sizes
        if len(disagreeing):
            row = int(disagreeing[0])
            raise ValueError(f"rows of image {table['image_id'][row]} disagree about its {name} (row {row})")
    crowds = (
        table["iscrowd"].cast("int64").fill_null(0).to_pylist()
        if "iscrowd" in table.column_names
        else [0] * len(table)
    )
    segmentations = _encode_segmentations(table["segmentation"])
    images = [
        {"id": number, "file_name": str(number), "height": int(heights[row]), "width": int(widths[row])}
        for number, row in enumerate(first_rows)
    ]
    annotations = [
        {"id": row, "image_id": image, "category_id": 1, "iscrowd": crowd, "segmentation": segmentation}
        for row, (image, crowd, segmentation) in enumerate(
            zip(image_numbers.tolist(), crowds, segmentations, strict=True)
        )
    ]
    categories = [{"id": 1, "name": "instance"}]
    return msgspec.json.encode({"images": images, "annotations": annotations, "categories": categories})


def _read_sizes(table: pa.Table, name: str) -> IntArray:
    # A size that is null is no size: it is reported as one of 0 pixels is.
    sizes: IntArray = table[name].cast("int64").fill_null(0).to_numpy()
    return sizes


def _encode_segmentations(column: pa.ChunkedArray) -> list[Any]:
    """Return each segmentation as JSON text where it is text that can be parsed, else as Python objects."""
    return [_encode_segmentation(value) for value in column.to_pylist()]


def _encode_segmentation(value: Any) -> Any:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        try:
            msgspec.json.decode(value)
        except msgspec.DecodeError:
            return value  # text in the place of a segmentation: the reader reports it
        return msgspec.Raw(value.encode())
    if isinstance(value, dict) and isinstance(value.get("counts"), bytes):
        return {**value, "counts": value["counts"].decode("ascii", "replace")}
    return value


def _list_defects(findings: Sequence[Finding], n_rows: int) -> list[list[str]]:
    defects: list[set[str]] = [set() for _ in range(n_rows)]
    for finding in findings:
        # The document is ours: that its records have no area or box says nothing about the table.
        if finding.rule.partition(".")[0] not in _SEGMENTATION_FAMILIES:
            continue
        for row in finding.instance_rows:
            defects[row].add(finding.rule)
    return [sorted(rules) for rules in defects]


def _build_result(
    table: pa.Table,
    instances: ColumnTable,
    pairs: ColumnTable,
    batch_row: IntArray,
    defects: list[list[str]],
) -> pa.Table:
    import pyarrow as pa

    has_ids = "annotation_id" in table.column_names
    annotation_ids = (
        table["annotation_id"].combine_chunks() if has_ids else pa.array(np.arange(len(table)), pa.int64())
    )
    columns: dict[str, Any] = {
        "image_id": table["image_id"].combine_chunks(),
        "annotation_id": annotation_ids,
    }
    for name in MEASURED_COLUMNS:
        columns[name] = pa.array(instances[name].to_numpy())
    columns["defects"] = pa.array(defects, pa.list_(pa.string()))
    columns["pairs"] = _nest_pairs(pairs, batch_row, annotation_ids, len(table))
    schema_metadata = {SCHEMA_KEY: str(SCHEMA_VERSION).encode()}
    return pa.table(columns).replace_schema_metadata(schema_metadata)


def _nest_pairs(pairs: ColumnTable, batch_row: IntArray, annotation_ids: pa.Array, n_rows: int) -> pa.Array:
    """Give each row the list of its pairs with later rows."""
    import pyarrow as pa

    a, b = batch_row[pairs["a"].to_numpy()], batch_row[pairs["b"].to_numpy()]
    order = np.lexsort((b, a))
    struct_columns = {
        "row": pa.array(b[order], pa.int64()),
        "annotation_id_b": annotation_ids.take(pa.array(b[order], pa.int64())),
    }
    for name in PAIR_COLUMNS:
        struct_columns[name] = pa.array(pairs[name].to_numpy()[order])
    list_starts = np.searchsorted(a[order], np.arange(n_rows + 1)).astype(np.int32)
    structs = pa.StructArray.from_arrays(list(struct_columns.values()), list(struct_columns))
    return pa.ListArray.from_arrays(pa.array(list_starts), structs)
