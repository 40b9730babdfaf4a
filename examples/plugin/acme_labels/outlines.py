"""An input format: text files with one outline a line.

::

    outlines 1
    image plate.png 40 30
    cell 2,2 12,2 12,12 2,12

A line that begins with ``image`` names a picture with its width and height; the lines after it are its
objects: a category and the corners of a polygon.
"""

from pathlib import Path
from typing import Any

from audit.loaders.coco import convert_document
from audit.loaders.loaded import LoadedDataset, UnreadableError

FIRST_LINE = b"outlines 1\n"


def recognizes(path: Path) -> bool:
    """Tell by the first line, not by the ending of the name."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(FIRST_LINE)) == FIRST_LINE


def load(path: Path, *, salvage: bool, pictures: Path | None) -> LoadedDataset:
    """Make a COCO document of the lines; maskaudit checks every record of it."""
    document: dict[str, list[dict[str, Any]]] = {"images": [], "annotations": [], "categories": []}
    category_ids: dict[str, int] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()[1:], start=2):
        kind, *values = line.split() or [""]
        try:
            if kind == "image":
                file_name, width, height = values
                image = {"file_name": file_name, "width": int(width), "height": int(height)}
                document["images"].append({"id": len(document["images"]) + 1, **image})
            elif kind:
                ring = [float(number) for corner in values for number in corner.split(",")]
                annotation = {
                    "id": len(document["annotations"]) + 1,
                    "image_id": document["images"][-1]["id"],
                    "category_id": category_ids.setdefault(kind, len(category_ids) + 1),
                    "segmentation": [ring],
                    "iscrowd": 0,
                }
                document["annotations"].append(annotation)
        except (ValueError, IndexError) as error:
            if salvage:
                continue
            what = f"this is no outline: {line[:40]!r}"
            raise UnreadableError(
                "input.format", str(path), f"line {number}", what, "correct the line, or use --salvage"
            ) from error
    document["categories"] = [{"id": number, "name": name} for name, number in category_ids.items()]
    return convert_document(document, path, "outlines")
