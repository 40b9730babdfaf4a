"""Files of annotation tools and tables for `fuzz.py`: right ones, as each tool writes them."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from fuzz_files import SQUARE, break_document, write_broken, write_picture

CORNERS = np.reshape(SQUARE, (-1, 2)).tolist()
CVAT = """<annotations><meta><task><labels><label><name>cell</name></label></labels></task></meta>
<image id="0" name="1.png" width="20" height="20">
<polygon label="cell" points="2,2;9,2;9,9;2,9" group_id="1"/><polygon label="cell" points="11,2;14,2;14,9" group_id="1"/>
<mask label="cell" rle="3, 2, 4" left="5" top="5" width="3" height="3"/>
<ellipse label="cell" cx="5" cy="5" rx="2" ry="3"/><box label="cell" xtl="1" ytl="1" xbr="5" ybr="5"/>
</image><track id="0" label="cell"><polygon frame="1" outside="0" points="2,2;9,2;9,9"/></track></annotations>
"""


def list_documents() -> dict[str, Any]:
    """Return the JSON files of tools that are right."""
    region = {"original_width": 20, "original_height": 20, "id": "a", "from_name": "l", "to_name": "i"}
    polygon = {"points": [[10, 10], [45, 10], [45, 45]], "polygonlabels": ["cell"]}
    brush = {"rle": [0, 0, 6, 64, 15, 2, 0, 0], "format": "rle", "brushlabels": ["cell"]}
    ellipse = {"x": 50, "y": 50, "radiusX": 10, "radiusY": 20, "rotation": 30, "ellipselabels": ["cell"]}
    result = [
        {**region, "type": f"{kind}labels", "value": value}
        for kind, value in (("polygon", polygon), ("brush", brush), ("ellipse", ellipse))
    ]
    geometry = {"type": "Polygon", "coordinates": [[*CORNERS, CORNERS[0]], [[4, 4], [6, 4], [6, 6], [4, 4]]]}
    feature = {"type": "Feature", "geometry": geometry, "properties": {"classification": {"name": "cell"}}}
    mask = {"size": [20, 20], "counts": [42, 7, 351]}
    short = {"image": "1.png", "id": 1, "label": [{"original_width": 20, "original_height": 20, **polygon}]}
    return {
        "tools/studio.json": [
            {"id": 1, "data": {"image": "1.png"}, "annotations": [{"id": 1, "result": result}]}
        ],
        "tools/short.json": [short],
        "tools/1.geojson": {"type": "FeatureCollection", "features": [feature]},
        "sam/1.json": {
            "image": {"image_id": 1, "width": 20, "height": 20, "file_name": "1.jpg"},
            "annotations": [{"id": 5, "segmentation": mask, "bbox": [2, 2, 1, 7], "area": 7}],
        },
    }


def write_roi(kind: int, points: list[list[int]]) -> bytes:
    """Return a region of ImageJ with whole coordinates."""
    header = b"Iout" + struct.pack(">hBxhhhhH", 227, kind, 2, 2, 9, 9, len(points)) + bytes(46)
    return header + np.transpose(points).astype(">i2").tobytes()


def make_table(rng: random.Random) -> bytes:
    """Return a table of labels, as lists of objects or an object of lists."""
    row = {"id": 1, "bbox": [2.0, 2, 7, 7], "segmentation": [SQUARE], "category": 0, "iscrowd": False}
    objects: Any = {name: [value] for name, value in row.items()} if rng.random() < 0.5 else [row]
    picture = {"bytes": write_picture(np.zeros((20, 20), np.uint8)), "path": "1.png"}
    table = pa.Table.from_pylist([{"image_id": k, "image": picture, "objects": objects} for k in range(3)])
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def write_tools(folder: Path, rng: random.Random) -> None:
    """Write a file in each of the formats of tools, most of them broken."""
    for name, document in list_documents().items():
        broken = break_document(document, rng) if rng.random() < 0.7 else document
        write_broken(folder / name, json.dumps(broken).encode(errors="surrogatepass"), rng, 0.1)
    write_broken(folder / "tools" / "cvat.xml", CVAT.encode(), rng, 0.7)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for kind in range(11):
            archive.writestr(f"{kind}.roi", write_roi(kind, CORNERS))
    write_broken(folder / "tools" / "1.zip", buffer.getvalue(), rng, 0.7)
    write_broken(folder / "tools" / "1.png", write_picture(np.zeros((20, 20), np.uint8)), rng, 0.1)
    write_broken(folder / "tools" / "1.parquet", make_table(rng), rng, 0.7)
    numbers = np.array([[[rng.choice((0, 1, 2)) for _ in range(9)] for _ in range(9)] for _ in range(2)])
    for name, array in (("stack.npy", numbers), ("1_seg.npy", np.array({"masks": numbers[0]}, dtype=object))):
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=True)
        write_broken(folder / "tools" / name, buffer.getvalue(), rng, 0.7)
