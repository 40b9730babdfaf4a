"""Audit label images: one picture file an image, whose pixel values number the objects.

Most tools for cells and grains write these. A folder of them is scanned like a COCO file.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

import audit


def main() -> None:
    labels = np.zeros((60, 80), dtype=np.uint16)
    labels[10:30, 10:30] = 1
    labels[10:30, 30:50] = 2  # touches the first
    labels[40:55, 20:40] = 3
    labels[5:7, 70:72] = 3  # a stray speck of the third
    with TemporaryDirectory() as folder:
        Image.fromarray(labels).save(Path(folder) / "cells_mask.png")
        scan = audit.scan(folder)
    print(f"{len(scan.instances)} objects, {len(scan.pairs)} pair that touches")
    for finding in scan.result.findings:
        print(f"{finding.severity}: {finding.rule}: {finding.message}")


if __name__ == "__main__":
    main()
