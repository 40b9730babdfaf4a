import warnings
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import pytest
from pycocotools import mask as coco

from audit.synthetic.make import DemoDataset, make_demo


@dataclass(frozen=True)
class MadeDemo:
    """A dataset that was made, and its file as plain data."""

    demo: DemoDataset
    document: dict

    def image(self, file_name):
        return next(i for i in self.document["images"] if i["file_name"] == file_name)

    def named(self, planted):
        """The annotations that a planted error names, in its order."""
        home = self.image(planted.file_name)["id"] if planted.file_name else None
        found = []
        for identity in planted.annotation_ids:
            found += [
                a
                for a in self.document["annotations"]
                if a["id"] == identity and (home is None or a["image_id"] == home)
            ]
        return found

    def of(self, rule):
        return [p for p in self.demo.planted if p.rule == rule]


@pytest.fixture(scope="session")
def pixels():
    """Return a function: what pycocotools makes of a sound segmentation, (H, W) bool."""

    def decode(segmentation, height, width):
        if isinstance(segmentation, list):
            if not segmentation:
                return np.zeros((height, width), dtype=bool)
            segmentation = coco.merge(coco.frPyObjects(segmentation, height, width))
        elif isinstance(segmentation["counts"], list):
            segmentation = coco.frPyObjects(segmentation, height, width)
        with warnings.catch_warnings():  # pycocotools 2.0.11 under NumPy 2
            warnings.simplefilter("ignore", DeprecationWarning)
            return coco.decode(segmentation).astype(bool)

    return decode


def _made(folder: Path, **how) -> MadeDemo:
    demo = make_demo(folder, **how)
    return MadeDemo(demo, msgspec.json.decode(demo.instances.read_bytes()))


@pytest.fixture(scope="session")
def spoiled(tmp_path_factory):
    return _made(tmp_path_factory.mktemp("spoiled"), images=20)


@pytest.fixture(scope="session")
def clean(tmp_path_factory):
    return _made(tmp_path_factory.mktemp("clean"), images=4, planted=False)
