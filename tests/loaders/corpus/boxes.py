"""D: boxes, areas and crowd flags."""

from collections.abc import Callable
from typing import Any

from corpus.base import (
    ABSENT,
    ACCEPT,
    BODY_TEXT,
    RECORD,
    VICTIM,
    Case,
    annotation,
    masked,
    rle,
    sound,
)


def box(change: Callable[[float, float, float, float], list[Any]]) -> dict[str, list[Any]]:
    """Return the victim's box changed."""
    return {"bbox": change(*sound()["annotations"][VICTIM]["bbox"])}


AREA = sound()["annotations"][VICTIM]["area"]

CASES: tuple[Case, ...] = (
    annotation("D01", "bbox null", "bbox.type", {"bbox": None}),
    annotation("D01", "bbox is a number", "bbox.type", {"bbox": 5}, variant="number"),
    annotation("D01", "bbox is a text", "bbox.type", {"bbox": "17 12 26 24"}, variant="text"),
    annotation("D02", "bbox missing", "bbox.missing", {"bbox": ABSENT}),
    annotation("D03", "bbox []", "bbox.length", {"bbox": []}),
    annotation("D04", "bbox has 3 numbers", "bbox.length", box(lambda x, y, w, h: [x, y, w])),
    annotation("D05", "bbox has 5 numbers", "bbox.length", box(lambda x, y, w, h: [x, y, w, h, 0.9])),
    annotation("D06", "bbox negative width", "bbox.nonpositive", box(lambda x, y, w, h: [x, y, -w, h])),
    annotation("D06", "bbox negative height", "bbox.nonpositive", box(lambda x, y, w, h: [x, y, w, -h]), variant="height"),
    annotation("D07", "bbox zero width", "bbox.nonpositive", box(lambda x, y, w, h: [x, y, 0, h])),
    annotation("D07", "bbox zero height", "bbox.nonpositive", box(lambda x, y, w, h: [x, y, w, 0]), variant="height"),
    annotation("D07", "bbox all zero", "bbox.nonpositive", {"bbox": [0, 0, 0, 0]}, variant="all"),
    annotation("D08", "bbox wholly outside the image", "bbox.outside", {"bbox": [300, 200, 26, 24]}),
    annotation("D08", "bbox wholly left of the image", "bbox.outside", {"bbox": [-90, 12, 26, 24]}, variant="left"),
    annotation("D09", "bbox partly outside", "bbox.outside", box(lambda x, y, w, h: [x, y, 60, h])),
    annotation("D09", "bbox partly above", "bbox.outside", box(lambda x, y, w, h: [x, -6, w, h + y + 6]), variant="above"),
    annotation("D10", "bbox as xyxy", "bbox.mask_mismatch", box(lambda x, y, w, h: [x, y, x + w, y + h])),
    annotation("D11", "bbox of numeric strings", "bbox.type", box(lambda *b: [str(v) for v in b])),
    annotation("D11", "one number of bbox is a text", "bbox.type", box(lambda x, y, w, h: [x, y, f"{w}", h]), variant="one"),
    annotation("D11", "one number of bbox is null", "bbox.type", box(lambda x, y, w, h: [x, y, None, h]), variant="null"),
    annotation("D11", "one number of bbox is true", "bbox.type", box(lambda x, y, w, h: [x, True, w, h]), variant="true"),
    annotation("D11", "bbox of two points", "bbox.type", box(lambda x, y, w, h: [[x, y], [w, h], [0, 0], [0, 0]]), variant="nested"),
    annotation("D12", "bbox is an object", "bbox.type", {"bbox": {"x": 17, "y": 12, "w": 26, "h": 24}}),
    annotation("D13", "bbox 1e308", "bbox.outside", box(lambda x, y, w, h: [x, y, 1e308, h])),
    annotation("D13", "bbox at -1e308", "bbox.outside", box(lambda x, y, w, h: [-1e308, y, w, h]), variant="minus"),
    annotation("D13", "bbox 10**350, an integer that no double holds", "bbox.outside", box(lambda x, y, w, h: [x, y, 10**350, h]), variant="no_double"),
    annotation("D14", "bbox disagrees with the mask", "bbox.mask_mismatch", {"bbox": [2.0, 3.0, 20.0, 12.0]}),
    annotation("D15", "area missing", "area.missing", {"area": ABSENT}),
    annotation("D16", "area 10x the mask", "area.mismatch", {"area": 10 * AREA}),
    annotation("D16", "area a tenth of the mask", "area.mismatch", {"area": AREA / 10}, variant="tenth"),
    annotation("D16", "area 10**350", "area.mismatch", {"area": 10**350}, variant="no_double"),
    annotation("D17", "area negative", "area.negative", {"area": -AREA}),
    annotation("D18", "area is a string", "area.type", {"area": str(AREA)}),
    annotation("D18", "area is a list", "area.type", {"area": [AREA]}, variant="list"),
    annotation("D18", "area is true", "area.type", {"area": True}, variant="true"),
    annotation("D19", "area null", "area.type", {"area": None}),
    annotation("D20", "iscrowd missing", "iscrowd.missing", {"iscrowd": ABSENT}),
    annotation("D21", "iscrowd '0'", "iscrowd.type", {"iscrowd": "0"}),
    annotation("D21", "iscrowd 0.5", "iscrowd.type", {"iscrowd": 0.5}, variant="half"),
    annotation("D21", "iscrowd false", "iscrowd.type", {"iscrowd": False}, variant="false"),
    annotation("D22", "iscrowd 2", "iscrowd.value", {"iscrowd": 2}),
    annotation("D22", "iscrowd -1", "iscrowd.value", {"iscrowd": -1}, variant="minus"),
    annotation("D23", "iscrowd null", "iscrowd.type", {"iscrowd": None}),
    annotation("D24", "iscrowd 1 with polygons", "iscrowd.format", {"iscrowd": 1}, places=(RECORD,)),
    annotation("D25", "iscrowd 0 with RLE (legal)", "", masked(rle(BODY_TEXT)), expected=ACCEPT),
)  # fmt: skip
