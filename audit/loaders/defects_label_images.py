"""The rules that the reader of label images reports; apart from it, because listing rules needs no Pillow."""

from __future__ import annotations

from collections.abc import Mapping

from audit.loaders.defect import Defect

LABEL_IMAGE_DEFECTS: Mapping[str, Defect] = {
    "label.unreadable": Defect(
        "error",
        "A label image cannot be read",
        "A file that is no picture, is damaged, or is too large to open.",
        "The objects of this picture are lost.",
        "Export the file again.",
    ),
    "label.format": Defect(
        "error",
        "A label image does not number its objects",
        "Colours, several pages, fractions or negative numbers where one whole number a pixel is expected.",
        "Which pixel belongs to which object cannot be told.",
        "Save one page with one integer a pixel: 0 for background, 1, 2, ... for the objects.",
    ),
    "label.one_value": Defect(
        "warning",
        "A label image has one value for many objects",
        "A single value besides 0 that covers several separate regions.",
        "This is a mask of foreground, not of instances: all objects count as one.",
        "Number the objects, for example by scipy.ndimage.label, and check objects that touch.",
    ),
}
"""Rule id to its description."""
