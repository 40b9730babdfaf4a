import warnings

import numpy as np
import pycocotools.mask as coco
import pytest


@pytest.fixture(scope="session")
def coco_pixels():
    """Return a function: what pycocotools makes of rings that the guard passes, (H, W) bool."""

    def draw(rings, height, width):
        flat = [np.asarray(ring, dtype=float).ravel().tolist() for ring in rings]
        with warnings.catch_warnings():  # pycocotools 2.0.11 under NumPy 2
            warnings.simplefilter("ignore", DeprecationWarning)
            return coco.decode(coco.merge(coco.frPyObjects(flat, height, width))).astype(bool)

    return draw


@pytest.fixture(scope="session")
def coco_rle():
    """Return a function: masks (N, H, W) as pycocotools' own compressed RLE."""

    def encode(masks):
        return [coco.encode(np.asfortranarray(mask.astype(np.uint8))) for mask in masks]

    return encode
