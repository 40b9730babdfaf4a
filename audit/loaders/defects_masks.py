"""Reader rules about segmentations that cannot be drawn: polygons and RLE."""

from __future__ import annotations

from collections.abc import Mapping

from audit.geometry import guard
from audit.loaders.defect import Defect

_UNDRAWN = "The object has no mask: loaders skip it, stop, or crash inside pycocotools."
_CRASH = "pycocotools trusts this: it crashes, hangs, or returns other memory."


def _polygon(title: str, finds: str, remedy: str, matters: str = _UNDRAWN) -> Defect:
    return Defect("error", title, finds, matters, remedy)


def _rle(title: str, finds: str, remedy: str = "Encode the mask again.") -> Defect:
    return Defect("error", title, finds, _CRASH, remedy)


DEFECTS: Mapping[str, Defect] = {
    "segm.missing": _polygon("There is no segmentation", "An annotation without the field.", "Draw the mask."),
    "segm.type": _polygon(
        "The segmentation is of another kind", "null, a text, a number, or an object without RLE.", "Write polygons or RLE."
    ),
    "segm.empty": _polygon("The segmentation is empty", "No parts, an empty part, or RLE without a pixel.", "Draw the mask."),
    "segm.nesting": _polygon(
        "The segmentation is nested wrongly",
        "Polygons as one flat list, as lists of points, or a list of RLE objects.",
        "Write a list of polygons, each one [x1, y1, x2, y2, ...].",
    ),
    "polygon.odd": _polygon("A polygon has half a point", "An odd number of coordinates.", "Restore the missing number."),
    "polygon.too_few": _polygon(
        "A polygon has fewer than three points",
        "Parts of one or two points; they are left out, the other parts stay.",
        "Remove the part.",
        "It has no area, and pycocotools takes four numbers for a box.",
    ),
    "polygon.type": _polygon("A coordinate is no number", "Texts, null, true or false among coordinates.", "Write numbers."),
    "polygon.range": _polygon(
        "A polygon is far too large",
        f"Coordinates beyond {guard.MAX_COORDINATE:.0e}, or an outline of millions of pixels.",
        "Correct the coordinates.",
        _CRASH,
    ),
    "polygon.vertices": _polygon(
        "An annotation has too many vertices", f"More than {guard.MAX_VERTICES:,} vertices.", "Simplify the outline."
    ),
    "polygon.parts": _polygon(
        "An annotation has too many parts", f"More than {guard.MAX_PARTS:,} polygons.", "Split or clean the annotation."
    ),
    "rle.type": _rle("The RLE has fields of another kind", "size or counts absent, of texts, fractions, or nested.",
                     "Write size: [h, w] and counts as a text or a list of integers."),
    "rle.empty": _rle("The RLE has no runs", "counts is an empty text or list."),
    "rle.charset": _rle("The RLE text has wrong characters", "Characters outside of COCO's 64, such as spaces or b'…'.",
                        "Write the decoded text, not Python's repr nor another encoding."),
    "rle.truncated": _rle("The RLE text is cut short", "The last character announces another one."),
    "rle.varint": _rle("The RLE text has an endless number", "A number of more characters than any run needs."),
    "rle.negative": _rle("The RLE has a negative run", "A run length below 0."),
    "rle.range": _rle("The RLE has a run too long", "A run length of 2^32 or more."),
    "rle.sum": _rle("The RLE does not cover its image", "Runs that do not sum to height x width."),
    "rle.size_mismatch": _rle("The RLE has another size than its image", "size differs from the image's height and width.",
                              "Encode at the image's size."),
    "rle.size_swapped": _rle("The RLE's height and width are swapped", "size is [width, height].", "Write [height, width]."),
    "rle.size_nonpositive": _rle("The RLE has no size", "A height or width of 0 or less."),
    "rle.size_limit": _rle("The RLE is too large", "A side over 131,072 or over 2^28 pixels in all."),
    "rle.noncanonical": Defect(
        "info", "The RLE has runs of length 0", "Zero-length runs between others: legal, read as if they were not there.",
        "Some tools compare RLE texts.", "Encode the mask again.",
    ),
}  # fmt: skip
