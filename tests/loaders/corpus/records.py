"""B and C: lists and records of the wrong kind, ids and references."""

import copy
from collections.abc import Callable
from typing import Any

from corpus.base import (
    ABSENT,
    ACCEPT,
    CATEGORY,
    ERROR,
    FINDING,
    IMAGE,
    RECORD,
    SOUND_COUNTS,
    VICTIM,
    VICTIM_CATEGORY,
    VICTIM_CATEGORY_ID,
    VICTIM_IMAGE,
    VICTIM_IMAGE_ID,
    Case,
    Document,
    Raw,
    annotation,
    category,
    document,
    ellipse,
    image,
    masked,
    sound,
)

NEW_IMAGE = f"/images/{SOUND_COUNTS['images']}"
NEW_CATEGORY = f"/categories/{SOUND_COUNTS['categories']}"
NEW = f"/annotations/{SOUND_COUNTS['annotations']}"
NEXT = f"/annotations/{SOUND_COUNTS['annotations'] + 1}"
LISTS = ("images", "annotations", "categories")
EXACT_ID = 2**53 + 1


def without(name: str) -> Callable[[Document], Any]:
    return lambda d: {key: value for key, value in d.items() if key != name}


def listed(name: str, value: Any) -> Callable[[Document], None]:
    return lambda d: d.update({name: value})


def keyed(name: str) -> Callable[[Document], None]:
    return lambda d: d.update({name: {str(record["id"]): record for record in d[name]}})


def put(name: str, index: int, value: Any) -> Callable[[Document], None]:
    def edit(d: Document) -> None:
        d[name][index] = value

    return edit


def appended(name: str, value: Any) -> Callable[[Document], None]:
    return lambda d: d[name].append(value)


def copied(entity: str, index: int, /, **changes: Any) -> Callable[[Document], None]:
    """Append a copy of a record with some fields changed."""
    return lambda d: d[entity].append(copy.deepcopy(d[entity][index]) | changes)


def texts_for_ids(d: Document) -> None:
    for name in LISTS:
        for record in d[name]:
            for field in ("id", "image_id", "category_id"):
                if field in record:
                    record[field] = str(record[field])


def three_of_one_id(d: Document) -> None:
    for x in (8, 52):
        copied("annotations", VICTIM, **masked([ellipse(x, 40, 5, 5)]))(d)


def ids_of_zero(d: Document) -> None:
    d["images"][VICTIM_IMAGE]["id"] = d["annotations"][VICTIM]["image_id"] = 0
    d["categories"][VICTIM_CATEGORY]["id"] = d["annotations"][VICTIM]["category_id"] = 0


B = (
    document("B01", "top level is a list (a results file given as labels)", ERROR, "schema.top_level", lambda d: d["annotations"]),
    document("B01", "top level is an empty list", ERROR, "schema.top_level", lambda d: [], variant="empty"),
    document("B02", "top level is null", ERROR, "schema.top_level", lambda d: Raw("null")),
    document("B03", "top level is a string", ERROR, "schema.top_level", lambda d: "labels"),
    document("B03", "top level is a number", ERROR, "schema.top_level", lambda d: 5, variant="number"),
    document("B04", "'images' missing", ERROR, "schema.missing_key", without("images")),
    document("B05", "'annotations' missing", ERROR, "schema.missing_key", without("annotations")),
    document("B06", "'categories' missing", ERROR, "schema.missing_key", without("categories")),
    document("B06", "an empty object", ERROR, "schema.missing_key", lambda d: {}, variant="all"),
    document("B07", "'annotations': null", ERROR, "schema.type", listed("annotations", None)),
    document("B07", "'images': null", ERROR, "schema.type", listed("images", None), variant="images"),
    document("B07", "'categories': a text", ERROR, "schema.type", listed("categories", "cup"), variant="categories"),
    document("B08", "'annotations' is an object keyed by id", ERROR, "schema.type", keyed("annotations")),
    document("B08", "'images' is an object keyed by id", ERROR, "schema.type", keyed("images"), variant="images"),
    document("B09", "one annotation is null", FINDING, "schema.type", put("annotations", VICTIM, None), places=(RECORD,)),
    document("B09", "a null annotation too many", FINDING, "schema.type", appended("annotations", None), places=(NEW,), variant="more"),
    document("B10", "one annotation is the number 5", FINDING, "schema.type", put("annotations", VICTIM, 5), places=(RECORD,)),
    document("B10", "one annotation is a text", FINDING, "schema.type", put("annotations", VICTIM, "x"), places=(RECORD,), variant="text"),
    document("B10", "one annotation is true", FINDING, "schema.type", put("annotations", VICTIM, True), places=(RECORD,), variant="true"),
    document("B11", "one image is null", FINDING, "schema.type", appended("images", None), places=(NEW_IMAGE,)),
    document("B11", "the image of an annotation is null", FINDING, "schema.type", put("images", VICTIM_IMAGE, None), places=(IMAGE,), variant="meant"),
    document("B12", "one category is a bare string", FINDING, "schema.type", appended("categories", "fork"), places=(NEW_CATEGORY,)),
    document("B12", "the category of an annotation is a bare string", FINDING, "schema.type",
             put("categories", VICTIM_CATEGORY, "cup"), places=(CATEGORY,), variant="meant"),
    document("B13", "all three lists empty", ACCEPT, "dataset.empty",
             lambda d: {name: [] for name in LISTS}, survivors=False),
    document("B14", "no info / licenses", ACCEPT, "", lambda d: {name: d[name] for name in LISTS}),
    document("B15", "images without annotations only", ACCEPT, "image.empty", listed("annotations", []), survivors=False),
    document("B16", "annotations nested one list too deep", FINDING, "schema.type",
             lambda d: d.update(annotations=[d["annotations"]]), places=("/annotations/0",), survivors=False),
)  # fmt: skip

C = (
    document("C01", "duplicate image id, different files", FINDING, "id.duplicate",
             copied("images", VICTIM_IMAGE, file_name="d.jpg"), places=((IMAGE, NEW_IMAGE),)),
    annotation("C02", "duplicate annotation id", "id.duplicate", {"id": 900901}, places=((RECORD, "/annotations/0"),)),
    document("C02", "an id three times", FINDING, "id.duplicate",
             three_of_one_id, places=((RECORD, NEW), NEXT), variant="three"),
    document("C03", "duplicate category id", FINDING, "id.duplicate",
             copied("categories", VICTIM_CATEGORY, name="fork"), places=((CATEGORY, NEW_CATEGORY),)),
    document("C04", "two category ids share one name", FINDING, "category.duplicate_name",
             copied("categories", VICTIM_CATEGORY, id=14), places=((CATEGORY, NEW_CATEGORY),)),
    annotation("C05", "dangling image_id", "ref.image", {"image_id": 7099}),
    annotation("C06", "dangling category_id", "ref.category", {"category_id": 99}),
    annotation("C07", "image_id is '7001' (string) while images use ints", "id.type", {"image_id": "7001"}),
    annotation("C07", "category_id is '11'", "id.type", {"category_id": "11"}, variant="category"),
    image("C07", "an image's id is a text, its reference is not", "id.type", {"id": "7001"}, variant="image"),
    document("C08", "all ids are strings, consistently", FINDING, "id.type", texts_for_ids,
             places=tuple(f"/{name}/{k}/id" for name in LISTS for k in range(SOUND_COUNTS[name]))),
    annotation("C09", "image_id is 7001.0", "id.type", {"image_id": 7001.0}),
    annotation("C09", "category_id is 11.0", "id.type", {"category_id": 11.0}, variant="category"),
    annotation("C09", "id is 900903.0", "id.type", {"id": 900903.0}, variant="id"),
    annotation("C10", "annotation id is 900900.5", "id.type", {"id": 900900.5}),
    annotation("C10", "annotation id is a word", "id.type", {"id": "a7"}, variant="word"),
    annotation("C11", "annotation id is true", "id.type", {"id": True}),
    annotation("C12", "annotation id is null", "id.missing", {"id": None}),
    category("C12", "category id is null", "id.missing", {"id": None}, variant="category"),
    annotation("C13", "annotation id missing", "id.missing", {"id": ABSENT}),
    image("C13", "image id missing", "id.missing", {"id": ABSENT}, variant="image"),
    annotation("C14", "image_id missing", "ref.image", {"image_id": ABSENT}),
    annotation("C15", "category_id missing", "ref.category", {"category_id": ABSENT}),
    annotation("C15", "category_id null", "ref.category", {"category_id": None}, variant="null"),
    annotation("C16", "annotation id 0 (COCOeval counts it as unmatched)", "id.zero", {"id": 0}),
    document("C17", "category id 0 and image id 0", ACCEPT, "", ids_of_zero),
    annotation("C18", "annotation id is a list (unhashable)", "id.type", {"id": [900903]}),
    annotation("C18", "annotation id is an object", "id.type", {"id": {"$oid": "5f"}}, variant="object"),
    annotation("C18", "image_id is a list", "id.type", {"image_id": [7001]}, variant="image"),
    annotation("C19", "annotation id 2**53+1 (must stay exact)", "", {"id": EXACT_ID}, expected=ACCEPT),
    annotation("C20", "negative annotation id", "id.range", {"id": -5}),
    annotation("C20", "negative annotation id far down", "id.range", {"id": -(10**18)}, variant="far"),
    annotation("C20", "the id that would be made up here", "id.range", {"id": -(2**53) - VICTIM}, variant="made_up"),
    annotation("C20", "the least of 64 bits", "id.range", {"id": -(2**63)}, variant="least"),
    document("C20", "negative image id, and meant", FINDING, "id.range",
             lambda d: d["images"][VICTIM_IMAGE].update(id=-7) or d["annotations"][VICTIM].update(image_id=-7),
             places=(f"{IMAGE}/id",), variant="image"),
    document("C21", "two images share one file_name", FINDING, "image.duplicate_file",
             copied("images", VICTIM_IMAGE, id=7003), places=((IMAGE, NEW_IMAGE),)),
    annotation("C22", "image_id null", "ref.image", {"image_id": None}),
    document("C23", "exact duplicate annotation (other id)", FINDING, "annotation.duplicate",
             copied("annotations", VICTIM, id=900908), places=((RECORD, NEW),)),
)  # fmt: skip

CASES: tuple[Case, ...] = (*B, *C)
assert sound()["images"][VICTIM_IMAGE]["id"] == VICTIM_IMAGE_ID
assert sound()["categories"][VICTIM_CATEGORY]["id"] == VICTIM_CATEGORY_ID
