"""Measure inside a data pipeline: `audit.measure_batch` takes an Arrow table and returns one.

Ray Data calls it once an image, on any number of machines. Spark (`applyInArrow`), Dask and Hugging Face
datasets can call the same function.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

import audit
from audit.synthetic.make import make_demo


def read_labels(path: Path) -> pa.Table:
    """Make a table, a row an annotation, of a COCO file: your labels may already be one."""
    document = json.loads(path.read_text(encoding="utf-8"))
    image = {record["id"]: record for record in document["images"]}
    records = [record for record in document["annotations"] if record["image_id"] in image]
    return pa.table(
        {
            "image_id": [record["image_id"] for record in records],
            "annotation_id": [record["id"] for record in records],
            "height": [image[record["image_id"]]["height"] for record in records],
            "width": [image[record["image_id"]]["width"] for record in records],
            "segmentation": [json.dumps(record.get("segmentation")) for record in records],
        }
    )


def main() -> None:
    with TemporaryDirectory() as folder:
        labels = read_labels(make_demo(Path(folder), images=20, planted=False).instances)

    # With Ray: groups = ray.data.from_arrow(labels).groupby("image_id")
    #           measured = groups.map_groups(audit.measure_batch, batch_format="pyarrow")
    measured = audit.measure_batch(labels)

    print(f"{measured.num_rows} masks, {sum(map(len, measured['pairs'].to_pylist()))} pairs that come close")
    print(
        measured.select(["image_id", "annotation_id", "area_px", "solidity"])
        .slice(0, 3)
        .to_pandas()
        .to_string()
    )


if __name__ == "__main__":
    main()
