"""Labels in tables: a row an image with its objects, as Hugging Face's, or a row an object, as pandas users'.

Both become a COCO document, so every check is that of a COCO file.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from audit.dataset.paths import RefusedError
from audit.dataset.picture_limits import MAX_FILE_BYTES
from audit.dataset.pixels import open_picture
from audit.loaders.shapes import ShapeError
from audit.loaders.table_columns import (
    BOX_COLUMNS,
    CATEGORY,
    FILE_NAME_COLUMNS,
    HEIGHT_COLUMNS,
    IMAGE_ID_COLUMNS,
    NO_LABELS,
    OBJECT_COLUMNS,
    OBJECT_ID_COLUMNS,
    PICTURE_COLUMNS,
    WIDTH_COLUMNS,
    TableLayout,
    find_layout,
)
from audit.loaders.table_segmentations import convert_segmentation

_NO_BOX = [0, 0, 1, 1]


class TableDocument:
    """Rows as a COCO document that grows; categories are numbered when all tables are read.

    Attributes
    ----------
    images, annotations : list of dict
    labels : list
        What the column of categories says of each annotation.
    places : list of (int, int)
        (row, object) of each annotation; object -1 where a row is one.
    image_rows : list of int
    faults : list
        Image, place, and why it is no mask.
    """

    def __init__(self) -> None:
        self.images: list[dict[str, Any]] = []
        self.annotations: list[dict[str, Any]] = []
        self.labels: list[Any] = []
        self.places: list[tuple[int, int]] = []
        self.image_rows: list[int] = []
        self.faults: list[tuple[int, tuple[int, int], ShapeError]] = []


def read_rows(rows: Iterable[Mapping[str, Any]], layout: TableLayout) -> TableDocument:
    """Make images and annotations of rows.

    Parameters
    ----------
    rows : iterable of mapping
        Column to value, as Python's plain values.
    layout : TableLayout

    Returns
    -------
    TableDocument
        Image and annotation ids are those of the table where they are different whole numbers, else
        positions from 1.

    Examples
    --------
    >>> row = {"image_id": 5, "height": 4, "width": 4, "segmentation": [[0, 0, 2, 0, 2, 2]]}
    >>> document = read_rows([row, row], find_layout(list(row), {}))
    >>> [image["id"] for image in document.images], len(document.annotations)
    ([5], 2)
    >>> len(read_rows([], TableLayout("objects", "segmentation", "", None)).images)
    0
    """
    document = TableDocument()
    image_rows: dict[object, int] = {}
    for row_number, row in enumerate(rows):
        key = _image_key(row, row_number, is_an_image=bool(layout.objects))
        if key not in image_rows:
            image_rows[key] = len(document.images)
            document.images.append(_describe_image(row, row_number))
            document.image_rows.append(row_number)
        image = image_rows[key]
        objects = list_objects(row.get(layout.objects)) if layout.objects else [row]
        for position, entry in enumerate(objects):
            _add_object(document, entry, layout, image, (row_number, position if layout.objects else -1))
    _number(document.images, [image.pop("own_id") for image in document.images])
    _number(document.annotations, [record.pop("own_id") for record in document.annotations])
    for record in document.annotations:
        record["image_id"] = document.images[record["image_id"]]["id"]
    return document


def _image_key(row: Mapping[str, Any], row_number: int, *, is_an_image: bool) -> object:
    """Return what tells images apart where several rows are of one."""
    if is_an_image:
        return row_number
    return next(
        (str(row[name]) for name in (*IMAGE_ID_COLUMNS[:2], *FILE_NAME_COLUMNS) if row.get(name) is not None),
        "",
    )


def list_objects(value: object) -> list[Any]:
    """List the objects of an image: a list of them, or lists of their fields.

    Examples
    --------
    >>> list_objects({"id": [1, 2], "label": ["a"]})
    [{'id': 1, 'label': 'a'}, {'id': 2, 'label': None}]
    >>> list_objects([{"id": 1}]), list_objects(None)
    ([{'id': 1}], [])
    """
    if isinstance(value, Mapping):
        columns = {name: column for name, column in value.items() if isinstance(column, list)}
        n_objects = max(map(len, columns.values()), default=0)
        return [
            {name: column[position] if position < len(column) else None for name, column in columns.items()}
            for position in range(n_objects)
        ]
    return list(value) if isinstance(value, list) else []


def _describe_image(row: Mapping[str, Any], row_number: int) -> dict[str, Any]:
    picture = _value(row, PICTURE_COLUMNS)
    picture = picture if isinstance(picture, Mapping) else {"path": picture}
    own_id = _value(row, IMAGE_ID_COLUMNS)
    path = picture.get("path")
    name = _value(row, FILE_NAME_COLUMNS) or (path if isinstance(path, str) else None)
    height, width = _as_side(_value(row, HEIGHT_COLUMNS)), _as_side(_value(row, WIDTH_COLUMNS))
    if not (height and width) and isinstance(picture.get("bytes"), bytes):
        height, width = _measure_picture(picture["bytes"])
    if not isinstance(name, str) or not name:
        name = str(own_id) if isinstance(own_id, int | str) and own_id != "" else f"row_{row_number}"
    return {"own_id": own_id, "file_name": name, "height": height, "width": width}


def _value(row: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((row[name] for name in names if row.get(name) is not None), None)


def _as_side(value: object) -> int:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**31:
        value = int(value)  # pandas makes fractions of whole numbers where some are missing
    return value if type(value) is int and value > 0 else 0


def _measure_picture(data: bytes) -> tuple[int, int]:
    """Return height and width of a picture in the table; 0 where it cannot be read."""
    try:
        with open_picture(io.BytesIO(data[:MAX_FILE_BYTES])) as picture:
            return picture.height, picture.width
    except RefusedError:
        return 0, 0


def _add_object(
    document: TableDocument, entry: Any, layout: TableLayout, image: int, place: tuple[int, int]
) -> None:
    fields: Mapping[str, Any] = entry if isinstance(entry, Mapping) else {}
    size = document.images[image]
    try:
        segmentation = convert_segmentation(
            fields.get(layout.segmentation), size["height"], size["width"], is_dense=layout.is_dense
        )
    except ShapeError as error:
        document.faults.append((image, place, error))
        return
    box = _value(fields, BOX_COLUMNS)
    record: dict[str, Any] = {
        "own_id": _value(fields, OBJECT_ID_COLUMNS if layout.objects else OBJECT_ID_COLUMNS[1:]),
        "image_id": image,
        "iscrowd": int(bool(fields.get("iscrowd"))),
        "area": 1,
        "bbox": _NO_BOX,
    }
    if segmentation is None and isinstance(box, list):
        record["bbox"] = box
    else:
        record["segmentation"] = segmentation
    document.annotations.append(record)
    document.labels.append(fields.get(layout.category) if layout.category else CATEGORY)
    document.places.append(place)


def _number(records: Sequence[dict[str, Any]], own_ids: Sequence[Any]) -> None:
    """Give records their own ids where these are different whole numbers, else their positions from 1."""
    is_usable = all(type(number) is int and 0 <= number < 2**53 for number in own_ids)
    ids = own_ids if is_usable and len(set(own_ids)) == len(own_ids) else range(1, len(records) + 1)
    for record, number in zip(records, ids, strict=True):
        record["id"] = number


def number_categories(documents: Sequence[TableDocument], layout: TableLayout) -> list[dict[str, Any]]:
    """Number the categories of tables that belong together, and return them.

    Parameters
    ----------
    documents : sequence of TableDocument
        Their annotations get a ``category_id``.
    layout : TableLayout

    Returns
    -------
    list of dict
        Classes that are numbered keep their numbers; names are numbered from 1 in their order.

    Examples
    --------
    >>> document = TableDocument()
    >>> document.annotations, document.labels = [{}, {}], ["b", "a"]
    >>> number_categories([document], TableLayout("", "segmentation", "label", None))
    [{'id': 1, 'name': 'a'}, {'id': 2, 'name': 'b'}]
    >>> document.annotations
    [{'category_id': 2}, {'category_id': 1}]
    """
    labels = [label for document in documents for label in document.labels]
    named = sorted({label for label in labels if isinstance(label, str)})
    numbered = sorted({label for label in labels if type(label) is int})
    if layout.names is not None:
        numbers = dict(enumerate(layout.names))
    elif named or not numbered:
        numbers = dict(enumerate(named, 1))
    else:
        numbers = {number: str(number) for number in numbered}
    by_name = {name: number for number, name in reversed(numbers.items())}
    for document in documents:
        for record, label in zip(document.annotations, document.labels, strict=True):
            record["category_id"] = label if type(label) is int else by_name.get(str(label), -1)
    return [{"id": number, "name": name} for number, name in numbers.items()]


def iterate_flat(rows: Iterable[Mapping[str, Any]], objects: str) -> Iterator[dict[str, Any]]:
    """Put columns ``objects.bbox``, ``objects.category`` ... of flattened tables together again.

    Parameters
    ----------
    rows : iterable of mapping
    objects : str
        What the column was called.

    Examples
    --------
    >>> list(iterate_flat([{"id": 1, "objects.id": [7]}], "objects"))
    [{'id': 1, 'objects': {'id': [7]}}]
    >>> list(iterate_flat([], "objects"))
    []
    """
    prefix = f"{objects}."
    for row in rows:
        whole = {name: value for name, value in row.items() if not name.startswith(prefix)}
        parts = {name.removeprefix(prefix): value for name, value in row.items() if name.startswith(prefix)}
        yield {**whole, objects: parts} if parts else whole


def build_document(document: TableDocument, layout: TableLayout) -> dict[str, Any]:
    """Return a table as a COCO document; what is no mask has none.

    Parameters
    ----------
    document : TableDocument
    layout : TableLayout

    Examples
    --------
    >>> build_document(TableDocument(), TableLayout("objects", "segmentation", "label", None))
    {'images': [], 'annotations': [], 'categories': []}
    """
    categories = number_categories([document], layout)
    numbers = {record["id"] for record in document.annotations}
    for image, _, _ in document.faults:
        number = max(numbers, default=0) + 1
        numbers.add(number)
        image_id = document.images[image]["id"]
        faulty = {"id": number, "image_id": image_id, "segmentation": None, "bbox": _NO_BOX, "area": 1}
        document.annotations.append({**faulty, "iscrowd": 0, "category_id": -1})
    return {"images": document.images, "annotations": document.annotations, "categories": categories}


def describe_table(table: Any) -> dict[str, Any]:
    """Return a pandas table of labels as a COCO document.

    Parameters
    ----------
    table : pandas.DataFrame
        A row an object, or a row an image with a column of its objects.

    Raises
    ------
    ValueError
        If it has no column of labels.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"file_name": "a.png", "height": 4, "width": 4, "segmentation": [[0, 0, 2, 0, 2, 2]]}
    >>> describe_table(pd.DataFrame([row]))["images"]
    [{'file_name': 'a.png', 'height': 4, 'width': 4, 'id': 1}]
    """
    rows = [
        {str(name): _make_plain(value) for name, value in row.items()} for row in table.to_dict("records")
    ]
    columns = [str(name) for name in table.columns]
    object_fields = {
        name: sorted({str(part) for row in rows for part in _list_fields(row.get(name))})
        for name in OBJECT_COLUMNS
        if name in columns
    }
    layout = find_layout(columns, {name: fields for name, fields in object_fields.items() if fields})
    if layout is None:
        raise ValueError(f"{NO_LABELS}; its columns: {', '.join(columns[:12])}")
    return build_document(read_rows(rows, layout), layout)


def _list_fields(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return value.keys()
    return value[0].keys() if isinstance(value, list) and value and isinstance(value[0], Mapping) else ()


def _make_plain(value: Any) -> Any:
    """Return arrays as lists, also within others, and what is missing as None."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(name): _make_plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        # Coordinates are most of a table: a list of numbers is plain already.
        is_plain = all(type(part) in (int, float, str) for part in value)
        return list(value) if is_plain else [_make_plain(part) for part in value]
    return None if value is None or (isinstance(value, float) and value != value) else value
