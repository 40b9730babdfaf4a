"""Which columns of a table hold labels, by their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from audit.carriers import dataclass

NO_LABELS = "there is no column of masks or boxes (objects, annotations; segmentation, bbox) in it"
CATEGORY = "object"
"""Name of the one category of tables without a column of categories."""
OBJECT_COLUMNS = ("objects", "annotations", "instances", "segments")
"""What the column is called that holds the objects of an image."""
SEGMENTATION_COLUMNS = ("segmentation", "segmentations", "polygon", "polygons", "mask", "masks", "rle")
CATEGORY_COLUMNS = (
    "category", "categories", "category_name", "label", "labels", "class_name", "class", "fine_label",
    "category_id", "class_id",
)  # fmt: skip
BOX_COLUMNS = ("bbox", "bboxes", "boxes", "box")
OBJECT_ID_COLUMNS = ("id", "annotation_id", "bbox_id", "ann_id")
IMAGE_ID_COLUMNS = ("image_id", "img_id", "id")
FILE_NAME_COLUMNS = ("file_name", "filename", "image_path", "image_name", "file_path", "path")
PICTURE_COLUMNS = ("image", "img", "picture")
HEIGHT_COLUMNS, WIDTH_COLUMNS = ("height", "image_height"), ("width", "image_width")

ClassNames = Mapping[str, Sequence[str]]
"""A column, also below the one of objects, to the names of the classes that it numbers."""


@dataclass(frozen=True, slots=True)
class TableLayout:
    """Which columns hold what; empty = none does."""

    objects: str
    """The column of an image's objects; empty where a row is an object."""
    segmentation: str
    category: str
    names: Sequence[str] | None
    """Of the classes that the column of categories numbers; None where it does not say."""
    is_dense: bool = False
    """Whether segmentations are rows of pixels, and no coordinates."""


def find_layout(
    columns: Sequence[str],
    object_fields: Mapping[str, Sequence[str]],
    class_names: ClassNames | None = None,
    dense_columns: Iterable[str] = (),
) -> TableLayout | None:
    """Tell by their names which columns hold labels.

    Parameters
    ----------
    columns : sequence of str
    object_fields : mapping
        A column that holds several values a row to the names of their fields.
    class_names : mapping, optional
    dense_columns : iterable of str
        Columns, ``objects.segmentation`` or ``mask``, that hold pixels as numbers.

    Returns
    -------
    TableLayout or None
        None where there are neither masks nor boxes.

    Examples
    --------
    >>> find_layout(["image", "objects"], {"objects": ["bbox", "category"]}).category
    'category'
    >>> find_layout(["image_id", "segmentation", "label"], {}).segmentation
    'segmentation'
    >>> find_layout(["a", "b"], {}) is None
    True
    """
    names = class_names or {}
    for objects in (*(column for column in OBJECT_COLUMNS if column in object_fields), ""):
        fields = object_fields[objects] if objects else columns
        segmentation, boxes = _first(SEGMENTATION_COLUMNS, fields), _first(BOX_COLUMNS, fields)
        prefix = f"{objects}." if objects else ""
        is_named_image = (
            objects or _first(IMAGE_ID_COLUMNS[:2], columns) or _first(FILE_NAME_COLUMNS, columns)
        )
        if (segmentation or boxes) and is_named_image:
            # Where one column numbers classes and says their names, it beats the order.
            named = next((part for part in CATEGORY_COLUMNS if part in fields and prefix + part in names), "")
            category = named or _first(CATEGORY_COLUMNS, fields)
            is_dense = prefix + segmentation in set(dense_columns)
            return TableLayout(objects, segmentation, category, names.get(prefix + category), is_dense)
    return None


def _first(wanted: Sequence[str], names: Sequence[str]) -> str:
    return next((name for name in wanted if name in names), "")
