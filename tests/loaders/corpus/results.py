"""R: results files beside the sound dataset."""

import copy
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from corpus.base import (
    ABSENT,
    ACCEPT,
    BODY,
    BODY_COUNTS,
    BODY_TEXT,
    ERROR,
    FINDING,
    HEIGHT,
    VICTIM_CATEGORY_ID,
    VICTIM_IMAGE_ID,
    WIDTH,
    Built,
    Case,
    changed,
    compressed,
    disc,
    dumps,
    masked,
    rle,
    sound,
    written,
)

VICTIM = 2
"""Position in the results; it is about the victim's image."""
RESULT = f"/{VICTIM}"
RESULTS = 7
MANY, SIDE, STEP, ROW, EDGE = 20_000, 1500, 10, 150, 5
UNSURE = BODY_TEXT[:-1] + chr(ord(BODY_TEXT[-1]) + 0x20)


def _result(score: float, counts: list[int], image: int, category: int) -> dict[str, Any]:
    segmentation = masked(rle(compressed(counts)))
    return {
        "image_id": image,
        "category_id": category,
        "bbox": segmentation["bbox"],
        "score": score,
        "segmentation": segmentation["segmentation"],
    }


def sound_results() -> list[dict[str, Any]]:
    """Return detections of every object, one of them a little off, one twice a little apart."""
    return [
        _result(0.97, disc(16, 12, 9), 7000, 12),
        _result(0.91, disc(46, 34, 8), 7000, 13),
        _result(0.88, BODY_COUNTS, VICTIM_IMAGE_ID, VICTIM_CATEGORY_ID),
        _result(0.84, disc(12, 14, 8), 7002, 12),
        _result(0.79, disc(36, 14, 8.5), 7002, 13),
        _result(0.62, disc(16, 33, 9), 7000, 12),
        _result(0.41, disc(46, 10, 6), 7000, 13),
    ]


def results(
    id: str, title: str, expected: str, rule: str, make: Callable[[list[dict[str, Any]]], Any], **more: Any
) -> Case:
    """Make a case of a function that changes the sound results, or returns other ones."""

    def build(folder: Path) -> Built:
        made = sound_results()
        other = make(made)
        path = written(folder, dumps(sound()), "labels.json").path
        return Built(
            path, predictions=written(folder, dumps(made if other is None else other), "results.json").path
        )

    more.setdefault("places", (RESULT,) if expected == FINDING else ())
    return Case(id, title, expected, rule, build, **more)


def result(
    id: str, title: str, rule: str, changes: Mapping[str, Any], expected: str = FINDING, **more: Any
) -> Case:
    """Make a case of changes to one result."""
    field, value = next(iter(changes.items()))
    if expected == FINDING:
        more.setdefault("places", (RESULT if value is ABSENT else f"{RESULT}/{field}",))
    return results(id, title, expected, rule, lambda r: changed(r[VICTIM], changes), **more)


def coded(id: str, title: str, rule: str, counts: Any, size: Any = (HEIGHT, WIDTH), **more: Any) -> Case:
    """Make a case of an RLE."""
    return result(id, title, rule, {"segmentation": rle(counts, size)}, **more)


def each(**changes: Any) -> Callable[[list[dict[str, Any]]], None]:
    def make(made: list[dict[str, Any]]) -> None:
        for record in made:
            changed(record, changes)

    return make


def box_of_the_first_alone(made: list[dict[str, Any]]) -> None:
    for record in made[1:]:
        del record["bbox"]


def no_box_of_the_first(made: list[dict[str, Any]]) -> None:
    del made[0]["bbox"]


def again(made: list[dict[str, Any]]) -> None:
    made.append(copy.deepcopy(made[VICTIM]))


def many(folder: Path) -> Built:
    """Detect 20,000 small squares, none near another, on one large image."""
    labels = sound()
    labels["images"].append({"id": 7003, "file_name": "large.png", "height": SIDE, "width": SIDE})
    found = []
    for k in range(MANY):
        x, y = STEP * (k % ROW) + 2, STEP * (k // ROW) + 2
        counts = [x * SIDE + y, *[EDGE, SIDE - EDGE] * EDGE]
        counts[-1] = SIDE * SIDE - sum(counts[:-1])
        found.append(
            {
                "image_id": 7003,
                "category_id": VICTIM_CATEGORY_ID,
                "bbox": [x, y, EDGE, EDGE],
                "score": round(1 - k / MANY, 6),
                "segmentation": rle(compressed(counts), (SIDE, SIDE)),
            }
        )
    path = written(folder, dumps(labels), "labels.json").path
    return Built(path, predictions=written(folder, dumps(found), "results.json").path)


def cut_short(folder: Path) -> Built:
    path = written(folder, dumps(sound()), "labels.json").path
    data = dumps(sound_results())
    return Built(path, predictions=written(folder, data[: 2 * len(data) // 3], "results.json").path)


CASES: tuple[Case, ...] = (
    result("R01", "score NaN", "score.nonfinite", {"score": math.nan}),
    result("R02", "score 37.5 (>1)", "score.range", {"score": 37.5}),
    result("R03", "score missing", "score.missing", {"score": ABSENT}),
    result("R04", "score is a string", "score.type", {"score": "0.88"}),
    result("R04", "score is true", "score.type", {"score": True}, variant="true"),
    result("R05", "score null", "score.type", {"score": None}),
    result("R06", "score negative", "score.range", {"score": -0.2}),
    result("R07", "unknown image_id", "ref.image", {"image_id": 7099}),
    result("R07", "image_id missing", "ref.image", {"image_id": ABSENT}, variant="missing"),
    result("R08", "unknown category_id", "ref.category", {"category_id": 99}),
    coded("R09", "mask size differs from the image", "rle.size_mismatch", compressed([900, 800, 1300]), (50, 60)),
    coded("R10", "mask size swapped", "rle.size_swapped", BODY_TEXT, (WIDTH, HEIGHT)),
    results("R11", "empty results list (legal: 0 detections)", ACCEPT, "results.empty", lambda r: [], survivors=False),
    results("R12", "results wrapped in {'annotations': [...]}", ERROR, "schema.top_level", lambda r: {"annotations": r}),
    results("R12", "results wrapped in {'results': [...]}", ERROR, "schema.top_level", lambda r: {"results": r}, variant="results"),
    results("R12", "a dataset given as results", ERROR, "schema.top_level", lambda r: sound(), variant="dataset"),
    result("R13", "polygon in a results file", "results.format", {"segmentation": [BODY]}),
    results("R14", "bbox only, no masks", FINDING, "results.no_mask", each(segmentation=ABSENT), places=("/0",), survivors=False),
    results("R15", "first result has bbox, others none", FINDING, "results.mixed", box_of_the_first_alone, places=("/1",), survivors=False),
    results("R15", "first result has no bbox, others have", FINDING, "results.mixed", no_box_of_the_first, places=("/1",), survivors=False, variant="others"),
    results("R16", "exact duplicate detection", FINDING, "results.duplicate", again, places=((RESULT, f"/{RESULTS}"),)),
    coded("R17", "short RLE (tail run dropped)", "rle.sum", compressed(BODY_COUNTS[:-1])),
    coded("R18", "RLE size [0,0] with runs", "rle.size_nonpositive", BODY_TEXT, (0, 0)),
    coded("R19", "RLE counts ''", "rle.empty", ""),
    result("R20", "bbox negative width", "bbox.nonpositive", {"bbox": [18, 12, -25, 25]}),
    result("R21", "bbox 2e8 wide, no mask (becomes a polygon)", "bbox.outside",
           {"bbox": [18, 12, 2e8, 25], "segmentation": ABSENT}),
    Case("R22", "20,000 detections on one image", ACCEPT, "", many, survivors=False),
    result("R23", "image_id as a string", "id.type", {"image_id": "7001"}),
    result("R24", "score Infinity", "score.nonfinite", {"score": math.inf}),
    result("R24", "score -Infinity", "score.nonfinite", {"score": -math.inf}, variant="minus"),
    Case("R25", "truncated results JSON", ERROR, "json.syntax", cut_short),
    coded("R26", "RLE counts is a number", "rle.type", 3072),
    coded("R27", "RLE 10^9 x 10^9", "rle.size_limit", BODY_TEXT, (10**9, 10**9)),
    results("R28", "one result is null", FINDING, "schema.type", lambda r: r.__setitem__(VICTIM, None)),
    result("R29", "segmentation missing in one result", "segm.missing", {"segmentation": ABSENT}),
    results("R30", "uncompressed RLE in results (legal COCO, pycocotools refuses)", ACCEPT, "",
            lambda r: changed(r[VICTIM], {"segmentation": rle(BODY_COUNTS)})),
    coded("R31", "RLE counts ends on a continuation char", "rle.truncated", UNSURE),
    results("R32", "all scores identical 1.0 (legal)", ACCEPT, "score.constant", each(score=1.0)),
)  # fmt: skip
