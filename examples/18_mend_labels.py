"""A corrected copy: safe fixes first, then what a labeller would change, each with its proof."""

import json
from pathlib import Path

import audit


def write_labels(file: Path) -> None:
    """Draw two cells: a wrong area, a pinhole, and one cell labelled twice."""
    ring = [[2, 2, 30, 2, 30, 30, 2, 30]]
    records = [{"segmentation": ring, "area": 5000.0, "bbox": [2, 2, 28, 28]}]
    records += [{"segmentation": ring, "area": 784.0, "bbox": [2, 2, 28, 28], "note": "second labeller"}]
    same = {"image_id": 1, "category_id": 1, "iscrowd": 0}
    labels = {
        "images": [{"id": 1, "file_name": "a.png", "height": 64, "width": 64}],
        "annotations": [{"id": number, **same, **record} for number, record in enumerate(records, start=1)],
        "categories": [{"id": 1, "name": "cell"}],
    }
    file.write_text(json.dumps(labels, indent=2))


def main() -> None:
    source = Path("labels.json")
    write_labels(source)
    safe = audit.fix(source, "corrected.json")
    for done in safe.done:
        print(f"{done.repair.finding.rule}: {done.repair.action}")
    for skipped in safe.skipped:
        print(f"not fixed: {skipped.finding.rule}: {skipped.reason}")

    both = audit.fix(source, "corrected.json", unsafe=True)
    print(f"{len(both.done)} findings mended, {len(both.remaining)} warnings and errors left")
    assert not audit.fix("corrected.json", unsafe=True).is_changed  # a second run changes nothing


if __name__ == "__main__":
    main()
