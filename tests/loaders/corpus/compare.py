"""What two audits say about the same records, and where a pointer leads."""

import json
from pathlib import Path
from typing import Any

from audit.findings.finding import Finding, Severity
from audit.pipeline.result import ScanResult
from corpus.base import SOUND_COUNTS, VICTIM, VICTIM_CATEGORY, VICTIM_IMAGE, Place

Said = tuple[object, ...]
VICTIMS = {"annotations": VICTIM, "images": VICTIM_IMAGE, "categories": VICTIM_CATEGORY}
POSITIONS = {"image", "category", "source", "a", "b"}
"""Columns that are positions in other tables."""


def plain(path: Path) -> Any:
    """Parse a file with Python's own parser; endless numbers stay texts."""
    text = path.read_bytes().decode("utf-8-sig", errors="surrogatepass")
    return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) < 4000 else digits)


def resolve(document: Any, pointer: str) -> Any:
    """Follow a JSON pointer (RFC 6901); LookupError where it leads nowhere.

    >>> resolve({"a/b": [5, {"~": 7}]}, "/a~1b/1/~0")
    7
    >>> resolve([], "")
    []
    """
    if pointer and not pointer.startswith("/"):
        raise LookupError(f"{pointer!r} is no pointer")
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list):
            if not (key.isascii() and key.isdigit()) or (key[0] == "0" and key != "0"):
                raise LookupError(f"{key!r} is no position")
            document = document[int(key)]
        elif isinstance(document, dict):
            document = document[key]
        else:
            raise LookupError(f"{pointer}: {key!r} of {document!r:.60}")
    return document


def is_at(pointer: str, place: Place) -> bool:
    """Tell whether a pointer names a place, something in it, or the record that it is in."""
    if isinstance(place, tuple):
        return any(is_at(pointer, one) for one in place)
    record = record_of(place)
    return within(pointer, place) or (within(place, pointer) and within(pointer, record))


def record_of(pointer: str) -> str:
    """Cut a pointer to the record that it leads into."""
    parts = pointer.split("/")
    return "/".join(parts[:2] if len(parts) > 1 and parts[1].isdigit() else parts[:3])


def within(pointer: str, place: str) -> bool:
    return pointer == place or pointer.startswith(f"{place}/")


def above_info(findings: tuple[Finding, ...]) -> list[Finding]:
    return [f for f in findings if f.severity is not Severity.INFO]


def entity_and_index(pointer: str) -> tuple[str, int]:
    """Return the list and the position that a pointer leads into; ("", -1) for none.

    A results file is a list of annotations.

    >>> entity_and_index("/annotations/3/bbox/0"), entity_and_index("/3"), entity_and_index("")
    (('annotations', 3), ('annotations', 3), ('', -1))
    """
    parts = pointer.split("/")
    if len(parts) > 2 and parts[1] in VICTIMS and parts[2].isdigit():
        return parts[1], int(parts[2])
    return ("annotations", int(parts[1])) if len(parts) > 1 and parts[1].isdigit() else ("", -1)


def is_untouched(entity: str, index: int) -> bool:
    """Tell whether a record is one of the sound ones, as it was."""
    return entity in VICTIMS and index != VICTIMS[entity] and index < SOUND_COUNTS[entity]


def said(findings: tuple[Finding, ...], *, but: str) -> set[Said]:
    """List all that is said about sound records, in full, a rule left out."""
    return {
        (
            f.rule,
            f.severity,
            f.message,
            f.score,
            f.image_id,
            f.file_name,
            f.annotation_ids,
            f.category_ids,
            json.dumps(dict(f.evidence), sort_keys=True),
            f.pointer,
            f.fingerprint,
        )
        for f in findings
        if f.rule != but and is_untouched(*entity_and_index(f.pointer))
    }


def sound_instances(result: ScanResult) -> dict[int, dict[str, str]]:
    """Return the rows of the sound annotations by position in the file, values as text."""
    rows = result.measurements.instances
    keep = [name for name in rows.columns if name not in POSITIONS]
    return {
        row["index"]: {name: repr(value) for name, value in row.items()}
        for row in rows[keep].to_dict("records")
        if is_untouched("annotations", row["index"])
    }


def sound_images(result: ScanResult) -> dict[int, dict[str, str]]:
    """Return the rows of the images of sound annotations by position in the file, values as text."""
    rows = result.measurements.images
    keep = [name for name in rows.columns if name not in POSITIONS]
    return {
        row["index"]: {name: repr(value) for name, value in row.items()}
        for row in rows[keep].to_dict("records")
        if is_untouched("images", row["index"])
    }


def sound_pairs(result: ScanResult) -> list[dict[str, str]]:
    """Return the rows of pairs of sound annotations, values as text."""
    m = result.measurements
    index = m.instances["index"].to_numpy()
    keep = [name for name in m.pairs.columns if name not in POSITIONS]
    return [
        {name: repr(row[name]) for name in keep}
        for row in m.pairs.to_dict("records")
        if all(is_untouched("annotations", index[row[side]]) for side in ("a", "b"))
    ]
