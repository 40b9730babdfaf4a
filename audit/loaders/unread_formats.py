"""Formats that are not read: named by how their files begin, with what to type instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from audit.carriers import dataclass
from audit.loaders.loaded import UnreadableError
from audit.loaders.recognise import read_head


@dataclass(frozen=True, slots=True)
class UnreadFormat:
    """A format by its marks."""

    name: str
    marks: tuple[str, ...]
    """Patterns that all stand at the beginning of the file."""
    remedy: str
    suffix: str = ".json"


UNREAD_FORMATS = (
    UnreadFormat(
        "Pascal VOC",
        (r"<annotation\b", r"<(?:object|segmented|filename)>"),
        "its XML has boxes alone; the masks are pictures: maskaudit scan VOC2012/SegmentationObject",
        ".xml",
    ),
    UnreadFormat(
        "a VIA project (VGG Image Annotator)",
        (r'"_via_(?:settings|img_metadata|data_format_version)"',),
        "in VIA choose Annotation, Export Annotations (COCO format), and scan that file",
    ),
    UnreadFormat(
        "VIA (VGG Image Annotator)",
        (r'"regions"\s*:', r'"shape_attributes"\s*:'),
        "in VIA choose Annotation, Export Annotations (COCO format), and scan that file",
    ),
    UnreadFormat(
        "YouTube-VIS",
        (r'\A\s*\{', r'"videos"\s*:', r'"video_id"\s*:|"file_names"\s*:|"segmentations"\s*:'),
        "its annotations are tracks; write each frame as an image of COCO, each mask as an annotation",
    ),
    UnreadFormat(
        "SuperAnnotate",
        (r'"instances"\s*:', r'"(?:className|classId|projectId|lastAction)"\s*:'),
        'export the project as COCO: export_annotation(..., dataset_format="COCO") of its Python client',
    ),
)  # fmt: skip
_N_LOOKED_AT = 3


def refuse_unread_format(path: Path, files: Sequence[Path]) -> None:
    """Say what a file is where it is of a format that nothing here reads.

    Parameters
    ----------
    path : Path
        As the user named it.
    files : sequence of Path
        The JSON files that it stands for.

    Raises
    ------
    UnreadableError
        If it is of such a format.

    Examples
    --------
    >>> refuse_unread_format(Path("no such file.json"), [])
    """
    xml_files = sorted(path.glob("*.xml")) if path.is_dir() and not files else [path]
    candidates = [
        *files[:_N_LOOKED_AT],
        *(file for file in xml_files[:_N_LOOKED_AT] if file.suffix == ".xml"),
    ]
    for file in candidates:
        head = read_head(file).decode("utf-8", "replace")
        for unread in UNREAD_FORMATS:
            is_kind = (file.suffix.lower() == ".xml") == (unread.suffix == ".xml")
            if is_kind and all(re.search(mark, head) for mark in unread.marks):
                raise UnreadableError(
                    "input.format", str(file), "", f"this is {unread.name}, which is not read", unread.remedy
                )
    if path.suffix.lower() == ".txt" and re.match(
        r"\d+( [\d.]+){4,}\s", read_head(path).decode("utf-8", "replace")
    ):
        raise UnreadableError(
            "input.format", str(path), "", "this is one label file of YOLO",
            f"scan the dataset's folder, which holds labels/: maskaudit scan {path.parent.parent}",
        )  # fmt: skip
