"""Z and A: bytes that are no JSON, and JSON that no two parsers read alike."""

import gzip
import io
import json
import math
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any

from corpus.base import (
    ACCEPT,
    BODY,
    CATEGORY,
    ERROR,
    FINDING,
    IMAGE,
    RECORD,
    VICTIM,
    VICTIM_CATEGORY,
    VICTIM_IMAGE,
    Case,
    Document,
    Raw,
    annotation,
    category,
    document,
    dumps,
    image,
    sound,
    text,
)

HUGE = 10**30
DIGITS = Raw("7" * 5000)
MANTISSA = Raw("0." + "3" * 1_000_000)
OVERFLOWS = Raw("1e400")
DEEP = Raw("[" * 100_000 + "]" * 100_000)


def number(change: Callable[[Any], Any]) -> list[Any]:
    """Return the victim's box with its third number changed."""
    x, y, w, h = sound()["annotations"][VICTIM]["bbox"]
    return [x, y, change(w), h]


def coordinate(value: Any) -> list[Any]:
    """Return the victim's polygon with its sixth number changed."""
    return [[*BODY[:5], value, *BODY[6:]]]


def doubled(entity: str, index: int, extra: str) -> Callable[[Document], None]:
    """Give a record further members, as text, before those it has."""

    def edit(d: Document) -> None:
        own = dumps(d[entity][index]).decode()
        d[entity][index] = Raw("{" + extra + ", " + own[1:])

    return edit


def twice_inside(d: Document) -> None:
    counts = json.dumps(d["annotations"][3]["segmentation"]["counts"])
    text = f'{{"size": [48, 64], "counts": {counts}, "counts": {counts}}}'
    d["annotations"][3]["segmentation"] = Raw(text)


def twice_at_the_top(name: str) -> Callable[[bytes], bytes]:
    def make(data: bytes) -> bytes:
        again = dumps(sound()[name][:2])
        return data[:-1] + b', "%s": ' % name.encode() + again + b"}"

    return make


def huge_reference(entity: str, index: int, field: str) -> Callable[[Document], None]:
    def edit(d: Document) -> None:
        d[entity][index]["id"] = HUGE
        d["annotations"][VICTIM][field] = HUGE

    return edit


def renamed(name: str) -> Callable[[Document], bytes]:
    """Give the victim's image another name and write the text with its letters as they are."""

    def make(_: bytes) -> bytes:
        d = sound()
        d["images"][VICTIM_IMAGE]["file_name"] = name
        return json.dumps(d, ensure_ascii=False).encode()

    return make


def cut_in_letter(data: bytes) -> bytes:
    whole = renamed("tränen.jpg")(data)
    return whole[: whole.index("ä".encode()) + 1]


def cut_in_last_annotation(data: bytes) -> bytes:
    return data[: data.rindex(b'"segmentation"') + 60]


def lines(_: bytes) -> bytes:
    return b"\n".join(dumps(record) for record in sound()["annotations"]) + b"\n"


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("labels.json", data)
    return out.getvalue()


def tarred(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo("labels.json")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 132\n" % (b"4d" * 32)
PAGE = b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body>Gone</body></html>\n"

CASES: tuple[Case, ...] = (
    text("Z00", "control: fully valid", ACCEPT, "", lambda b: b),
    text("A01", "empty file (0 bytes)", ERROR, "json.empty", lambda b: b""),
    text("A01", "nothing but white space", ERROR, "json.empty", lambda b: b" \n\t\n", variant="blank"),
    text("A02", "truncated in the middle of an annotation", ERROR, "json.syntax", cut_in_last_annotation),
    text("A02", "truncated after a comma", ERROR, "json.syntax", lambda b: b[: b.rindex(b", {") + 1], variant="comma"),
    text("A02", "the last bracket lost", ERROR, "json.syntax", lambda b: b[:-1], variant="bracket"),
    text("A02", "truncated in the info", ERROR, "json.syntax", lambda b: b[:20], variant="start"),
    text("A03", "truncated inside a multi-byte UTF-8 char", ERROR, "json.syntax", cut_in_letter),
    text("A04", "UTF-8 BOM", ACCEPT, "json.bom", lambda b: b"\xef\xbb\xbf" + b),
    text("A05", "UTF-16LE with BOM", ERROR, "json.encoding", lambda b: b"\xff\xfe" + b.decode().encode("utf-16-le")),
    text("A05", "UTF-16BE with BOM", ERROR, "json.encoding", lambda b: b"\xfe\xff" + b.decode().encode("utf-16-be"), variant="big"),
    text("A05", "UTF-16LE without BOM", ERROR, "json.encoding", lambda b: b.decode().encode("utf-16-le"), variant="no_mark"),
    text("A05", "UTF-16BE without BOM", ERROR, "json.encoding", lambda b: b.decode().encode("utf-16-be"), variant="big_no_mark"),
    text("A05", "UTF-32 with BOM", ERROR, "json.encoding", lambda b: b.decode().encode("utf-32"), variant="four_bytes"),
    text("A06", "latin-1 byte in file_name", ERROR, "json.encoding", lambda b: b.replace(b"b.jpg", b"tr\xe4nen.jpg")),
    text("A06", "latin-1 byte in a category", ERROR, "json.encoding", lambda b: b.replace(b"straw", b"stro\xdf"), variant="category"),
    annotation("A07", "NaN literal in bbox", "number.nonfinite", {"bbox": number(lambda _: math.nan)}),
    annotation("A07", "NaN literal as area", "number.nonfinite", {"area": math.nan}, variant="area"),
    annotation("A08", "Infinity literal as area", "number.nonfinite", {"area": math.inf}),
    annotation("A08", "-Infinity literal in bbox", "number.nonfinite", {"bbox": number(lambda _: -math.inf)}, variant="minus"),
    annotation("A09", "1e400 in bbox (legal JSON, overflows)", "number.nonfinite", {"bbox": number(lambda _: OVERFLOWS)}),
    annotation("A09", "-1e400 as area", "number.nonfinite", {"area": Raw("-1e400")}, variant="area"),
    annotation("A09", "1e400 as a coordinate", "number.nonfinite", {"segmentation": coordinate(OVERFLOWS)}, variant="coordinate"),
    annotation("A09", "1e400 in a field that nothing reads", "number.nonfinite", {"weight": OVERFLOWS}, variant="extra"),
    annotation("A09", "1e400 deep in a field that nothing reads", "number.nonfinite", {"attributes": {"a/b": [1, OVERFLOWS]}},
               places=(f"{RECORD}/attributes/a~1b/1",), variant="deep"),
    annotation("A09", "320 digits before the point", "number.nonfinite", {"weight": Raw("1" + "0" * 320 + ".0")}, variant="digits"),
    image("A09", "1e400 in a field of an image that nothing reads", "number.nonfinite", {"license": OVERFLOWS}, variant="image"),
    category("A09", "1e400 in a field of a category that nothing reads", "number.nonfinite", {"rank": OVERFLOWS}, variant="category"),
    document("A10", "duplicate key inside one annotation", FINDING, "json.duplicate_key",
             doubled("annotations", VICTIM, '"bbox": [1, 2, 3, 4]'), places=(f"{RECORD}/bbox",)),
    document("A10", "id twice", FINDING, "json.duplicate_key",
             doubled("annotations", VICTIM, '"id": 5'), places=(f"{RECORD}/id",), variant="id"),
    document("A10", "image_id twice, alike", FINDING, "json.duplicate_key",
             doubled("annotations", VICTIM, '"image_id": 7001'), places=(f"{RECORD}/image_id",), variant="alike"),
    document("A10", "segmentation twice", FINDING, "json.duplicate_key",
             doubled("annotations", VICTIM, '"segmentation": [[1, 1, 9, 1, 9, 9]]'), places=(f"{RECORD}/segmentation",), variant="segmentation"),
    document("A10", "a key twice, once escaped", FINDING, "json.duplicate_key",
             doubled("annotations", VICTIM, r'"\u0062box": [1, 2, 3, 4]'), places=(f"{RECORD}/bbox",), variant="escaped"),
    document("A10", "counts twice inside an RLE", FINDING, "json.duplicate_key",
             twice_inside, places=("/annotations/3/segmentation/counts",), variant="rle"),
    document("A10", "an extra field twice", FINDING, "json.duplicate_key",
             doubled("annotations", VICTIM, '"note": 1, "note": 2'), places=(f"{RECORD}/note",), variant="extra"),
    document("A10", "an extra field twice beside a key with a colon", FINDING, "json.duplicate_key",
             doubled("annotations", VICTIM, r'"note": 1, "note": 2, "a\u003ab": 3'), places=(f"{RECORD}/note",), variant="colon"),
    document("A10", "an extra field of an image twice", FINDING, "json.duplicate_key",
             doubled("images", VICTIM_IMAGE, '"segmentation": [], "license": 1, "license": 1'), places=(f"{IMAGE}/license",), variant="image_extra"),
    document("A10", "file_name twice", FINDING, "json.duplicate_key",
             doubled("images", VICTIM_IMAGE, '"file_name": "x.jpg"'), places=(f"{IMAGE}/file_name",), variant="image"),
    document("A10", "name twice", FINDING, "json.duplicate_key",
             doubled("categories", VICTIM_CATEGORY, '"name": "x"'), places=(f"{CATEGORY}/name",), variant="category"),
    text("A11", "duplicate top-level key 'annotations'", ERROR, "json.duplicate_key", twice_at_the_top("annotations")),
    text("A11", "duplicate top-level key 'images'", ERROR, "json.duplicate_key", twice_at_the_top("images"), variant="images"),
    text("A11", "duplicate top-level key 'categories'", ERROR, "json.duplicate_key", twice_at_the_top("categories"), variant="categories"),
    text("A11", "the second key escaped", ERROR, "json.duplicate_key",
         lambda b: b[:-1] + rb', "annot\u0061tions": []}', variant="escaped"),
    annotation("A12", "id = 10**30", "id.range", {"id": HUGE}),
    annotation("A12", "id = -10**30", "id.range", {"id": -HUGE}, variant="minus"),
    annotation("A12", "id = 2**63", "id.range", {"id": 2**63}, variant="just"),
    document("A12", "image id = 10**30, and meant", FINDING, "id.range",
             huge_reference("images", VICTIM_IMAGE, "image_id"), places=(f"{IMAGE}/id",), variant="image"),
    document("A12", "category id = 10**30, and meant", FINDING, "id.range",
             huge_reference("categories", VICTIM_CATEGORY, "category_id"), places=(f"{CATEGORY}/id",), variant="category"),
    annotation("A13", "5,000-digit integer", "number.range", {"area": DIGITS}),
    annotation("A13", "5,000-digit id", "number.range", {"id": DIGITS}, variant="id"),
    annotation("A13", "5,000 digits in bbox", "number.range", {"bbox": number(lambda _: DIGITS)}, variant="bbox"),
    annotation("A13", "5,000 digits as a coordinate", "number.range", {"segmentation": coordinate(DIGITS)}, variant="coordinate"),
    image("A13", "5,000 digits wide", "number.range", {"width": DIGITS}, variant="width"),
    document("A14", "nesting 100,000 deep", ERROR, "json.depth", lambda d: d.update(info=DEEP)),
    document("A14", "a segmentation 100,000 deep", ERROR, "json.depth",
             lambda d: d["annotations"][VICTIM].update(segmentation=DEEP), variant="segmentation"),
    text("A14", "nothing but 100,000 lists", ERROR, "json.depth", lambda _: DEEP.text.encode(), variant="all"),
    text("A15", "trailing comma", ERROR, "json.syntax", lambda b: b[:-2] + b",]}"),
    text("A15", "trailing comma in an object", ERROR, "json.syntax", lambda b: b[:-1] + b",}", variant="object"),
    text("A15", "trailing comma in a record", ERROR, "json.syntax", lambda b: b.replace(b'"width": 64}', b'"width": 64,}', 1), variant="record"),
    text("A16", "two JSON documents concatenated", ERROR, "json.trailing", lambda b: b + b),
    text("A16", "two JSON documents, a line each", ERROR, "json.trailing", lambda b: b + b"\n" + b + b"\n", variant="lines"),
    text("A16", "a letter after the document", ERROR, "json.trailing", lambda b: b + b"\nx", variant="letter"),
    text("A17", "JSON Lines", ERROR, "json.trailing", lines),
    text("A18", "gzip bytes named .json", ERROR, "json.encoding", lambda b: gzip.compress(b, mtime=0)),
    text("A18", "zip bytes named .json", ERROR, "json.encoding", zipped, variant="zip"),
    text("A18", "tar bytes named .json", ERROR, "json.encoding", tarred, variant="tar"),
    text("A18", "an SQLite database", ERROR, "json.encoding", lambda _: b"SQLite format 3\0\x10\0\1\1\0@  ", variant="sqlite"),
    text("A19", "file tail is NUL bytes (crashed copy)", ERROR, "json.syntax", lambda b: b[:-200] + b"\0" * 200),
    text("A19", "NUL bytes follow the document", ERROR, "json.syntax", lambda b: b + b"\0" * 200, variant="after"),
    text("A19", "nothing but NUL bytes", ERROR, "json.syntax", lambda b: b"\0" * 200, variant="all"),
    category("A20", "lone surrogate \\ud800 in category name", "text.surrogate", {"name": "cup \ud800"}),
    category("A20", "lone low surrogate first", "text.surrogate", {"name": "\udc80cup"}, variant="low"),
    image("A20", "lone surrogate in file_name", "text.surrogate", {"file_name": "b\ud800.jpg"}, variant="file_name"),
    category("A20", "lone surrogate in supercategory", "text.surrogate", {"supercategory": "\udfff"}, variant="supercategory"),
    image("A21", "\\u0000 in file_name", "path.invalid", {"file_name": "b\0.jpg"}),
    text("A22", "Python repr instead of JSON (single quotes)", ERROR, "json.syntax", lambda _: repr(sound()).encode()),
    text("A23", "git-LFS pointer file", ERROR, "json.syntax", lambda _: LFS),
    text("A24", "HTML error page saved as .json", ERROR, "json.syntax", lambda _: PAGE),
    text("A25", "unescaped control char (raw newline) in a string", ERROR, "json.syntax", lambda b: b.replace(b"b.jpg", b"b\n.jpg")),
    text("A25", "raw tab in a category", ERROR, "json.syntax", lambda b: b.replace(b"straw", b"str\taw"), variant="tab"),
    annotation("A26", "number with a 1,000,000-digit mantissa", "number.range", {"bbox": number(lambda _: MANTISSA)}),
    annotation("A26", "the same as a coordinate", "number.range", {"segmentation": coordinate(MANTISSA)}, variant="coordinate"),
)  # fmt: skip
