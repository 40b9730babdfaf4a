"""H: hostile and unusual text."""

import unicodedata
from typing import Any

from corpus.base import (
    ABSENT,
    ACCEPT,
    CATEGORY,
    FINDING,
    SOUND_COUNTS,
    VICTIM_CATEGORY,
    Case,
    Document,
    category,
    document,
    image,
)

SCRIPT = "<script>alert(1)</script>"
BREAK_OUT = "</script><script>alert(1)</script>"
ATTRIBUTE = 'x" onmouseover="alert(1)'
PICTURE = "<img src=x onerror=alert(1)>.jpg"
NEW_CATEGORY = f"/categories/{SOUND_COUNTS['categories']}"


def named(id: str, title: str, rule: str, name: Any, **more: Any) -> Case:
    """Make a case of another name of the victim's category."""
    return category(id, title, rule, {"name": name}, **more)


def harmless(id: str, title: str, name: str, **more: Any) -> Case:
    return named(id, title, "", name, expected=ACCEPT, **more)


def twins(d: Document) -> None:
    own = d["categories"][VICTIM_CATEGORY]
    own["name"] = unicodedata.normalize("NFC", "café")
    d["categories"].append(own | {"id": 14, "name": unicodedata.normalize("NFD", "café")})


CASES: tuple[Case, ...] = (
    harmless("H01", "category name <script>alert(1)</script>", SCRIPT, payload=SCRIPT),
    harmless("H02", "category name </script><script>... (inline JSON break-out)", BREAK_OUT, payload=BREAK_OUT),
    harmless("H03", "category name with attribute break-out", ATTRIBUTE, payload=ATTRIBUTE),
    named("H04", "category name RTL override U+202E", "text.bidi", "cup \u202egpj.exe"),
    named("H04", "category name with an isolate U+2066", "text.bidi", "cup \u2066x\u2069", variant="isolate"),
    harmless("H05", "CJK / emoji / combining names", "茶碗 \U0001f375 cafe\u0301"),
    named("H06", "1 MB category name", "text.length", "x" * 2**20),
    named("H07", "category name null", "category.name", None),
    named("H08", "category name is a number", "category.name", 7),
    named("H08", "category name is a list", "category.name", ["cup"], variant="list"),
    named("H08", "category name is empty", "category.name", "", variant="empty"),
    named("H09", "ANSI escapes in the name (terminal injection)", "text.control", "\x1b[2J\x1b[31mcup"),
    named("H09", "a carriage return in the name", "text.control", "cup\rlid", variant="return"),
    category("H09", "ANSI escapes in the supercategory", "text.control", {"supercategory": "\x1b[31mtable"}, variant="supercategory"),
    harmless("H10", "CSV formula =cmd|'/c calc'!A1", "=cmd|'/c calc'!A1"),
    harmless("H11", "Jinja template {{7*7}}", "{{7*7}}"),
    harmless("H12", "name __proto__", "__proto__"),
    harmless("H13", "U+2028 in the name", "cup\u2028lid"),
    image("H14", "file_name <img src=x onerror=alert(1)>.jpg", "", {"file_name": PICTURE}, expected=ACCEPT, payload=PICTURE),
    image("H15", "coco_url javascript:alert(1)", "", {"coco_url": "javascript:alert(1)"}, expected=ACCEPT, payload="javascript:alert(1)"),
    named("H16", "category without name", "category.name", ABSENT),
    document("H17", "NFC / NFD twins as category names", FINDING, "category.duplicate_name", twins,
             places=((CATEGORY, NEW_CATEGORY),)),
)  # fmt: skip
