"""Datasets for `fuzz.py` in all formats but COCO: right ones of a few pixels, and how they are broken."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from fuzz_files import break_document, example_texts, write_broken, write_picture
from fuzz_tools import write_tools
from PIL import Image

YOLO = (
    "0 0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5\n1 0.2 0.2 0.7 0.2 0.7 0.7\n",
    "path: .\ntrain: images\nnames: [cell, nucleus]\n",
)
CVAT = """<annotations><version>1.1</version><meta><task><labels><label><name>cell</name></label></labels></task></meta>
<image id="0" name="a.jpg" width="12" height="8">
<polygon label="cell" points="1.00,1.00;5.00,1.00;5.00,5.00;1.00,5.00" z_order="0" group_id="1"></polygon>
<box label="cell" xtl="1.00" ytl="2.00" xbr="4.00" ybr="6.00" rotation="30"></box>
<ellipse label="cell" cx="5" cy="4" rx="2" ry="3"></ellipse>
<mask label="cell" rle="30, 3, 9, 1, 1, 1, 9, 3, 21, 1, 17" left="0" top="0" width="12" height="8"></mask>
</image>
<track id="0" label="cell"><polygon frame="1" keyframe="1" outside="0" points="1,1;5,1;5,5"></polygon></track>
</annotations>"""


def write_yolo(folder: Path, name: str, rng: random.Random) -> None:
    """Write a folder in the layout of YOLO."""
    picture = write_picture(np.zeros((20, 20), dtype=np.uint8))
    for number in ("1", "2"):
        write_broken(folder / name / "images" / f"{number}.png", picture, rng, 0.1)
        write_broken(folder / name / "labels" / f"{number}.txt", YOLO[0].encode(), rng, 0.5)
    write_broken(folder / name / "data.yaml", YOLO[1].encode(), rng, 0.3)


def write_mask_files(folder: Path, name: str, rng: random.Random) -> None:
    """Write a folder with a picture a mask."""
    picture = write_picture(np.zeros((20, 20), dtype=np.uint8))
    for image in ("1", "2"):
        write_broken(folder / name / image / "images" / f"{image}.png", picture, rng, 0.1)
        for number in (1, 2):
            mask = np.zeros((20, 20), dtype=np.uint8)
            mask[2 * number : 9, 3:8] = rng.choice((1, 255))
            data = write_picture(mask)
            write_broken(folder / name / image / "masks" / f"{number}.png", data, rng, 0.3)


def write_broken_json(path: Path, text: str, rng: random.Random) -> None:
    """Write a JSON file, most of the time a broken one."""
    broken = break_document(json.loads(text), rng) if rng.random() < 0.7 else json.loads(text)
    write_broken(path, json.dumps(broken).encode(), rng, 0.1)


def write_labelme(folder: Path, name: str, rng: random.Random) -> None:
    """Write a folder of LabelMe's files."""
    write_broken_json(folder / name / "1.json", example_texts()["labelme"], rng)
    write_broken(folder / name / "2.json", example_texts()["labelme"].encode(), rng, 0.2)


def write_panoptic(folder: Path, name: str, rng: random.Random) -> None:
    """Write COCO panoptic's file and its picture."""
    write_broken_json(folder / name, example_texts()["panoptic"], rng)
    segments = np.zeros((20, 20, 3), dtype=np.uint8)
    segments[5:10, 5:10, 0], segments[5:10, 10:15, 0] = 1, 2
    write_broken(folder / "panoptic" / "1.png", write_picture(segments), rng, 0.3)


def write_packed(folder: Path, name: str, rng: random.Random) -> None:
    """Write a compressed file of labels."""
    labels = example_texts()["labels"].encode()
    if rng.random() < 0.5:
        labels = json.dumps(break_document(json.loads(labels), rng)).encode()
    if name.endswith(".gz"):
        write_broken(folder / name, gzip.compress(labels, 1, mtime=0), rng, 0.5)
    else:
        members = {"train/_annotations.coco.json": labels, "readme.txt": b"nothing"}
        write_broken(folder / name, zip_members(members), rng, 0.7)


def write_cvat(folder: Path, name: str, rng: random.Random) -> None:
    """Write CVAT's XML; half of the time a value in it is another."""
    text = CVAT
    for _ in range(rng.randint(0, 3)):
        start = rng.choice([k for k, sign in enumerate(text) if sign == '"'])
        end = text.find('"', start + 1)
        if end > 0:
            value = rng.choice(
                ("", "nan", "1e400", "-1", "a", "99999999999999999999", "&lt;script&gt;", "1,1;2", "\u202e")
            )
            text = text[: start + 1] + value + text[end:]
    write_broken(folder / name, text.encode(), rng, 0.4)


def write_cityscapes(folder: Path, name: str, rng: random.Random) -> None:
    """Write a folder of Cityscapes."""
    values = np.array(
        [[7, 26001, 26001], [26, rng.choice((26002, 65535)), 24000], [26, 0, 11]], dtype=np.uint16
    )
    path = folder / name / "train" / "aachen" / "aachen_000000_000019_gtFine_instanceIds.png"
    write_broken(path, write_picture(values), rng, 0.7)


def write_pages(folder: Path, name: str, rng: random.Random) -> None:
    """Write label images as the pages of one file."""
    pages = np.array([[[0, 1], [2, 2]], [[0, 0], [3, rng.choice((0, 65535))]]], dtype=np.uint16)
    buffer = io.BytesIO()
    first, *others = [Image.fromarray(page) for page in pages]
    first.save(buffer, "TIFF", save_all=True, append_images=others)
    write_broken(folder / name, buffer.getvalue(), rng, 0.8)


def zip_members(members: dict[str, bytes]) -> bytes:
    """Return the bytes of an archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return buffer.getvalue()


FORMAT_WRITERS: dict[str, Callable[[Path, str, random.Random], None]] = {
    "yolo": write_yolo, "single": write_mask_files, "shapes": write_labelme, "panoptic.json": write_panoptic,
    "packed.json.gz": write_packed, "packed.zip": write_packed, "cvat.xml": write_cvat, "gtFine": write_cityscapes,
    "pages.tif": write_pages,
    **dict.fromkeys(("tools", "sam"), lambda folder, name, rng: write_tools(folder, rng)),
}  # fmt: skip
"""What writes the file or folder of a name that stands in a command line."""
