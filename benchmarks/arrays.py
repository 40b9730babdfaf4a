"""Overlaps between the masks of one image, as notebooks hold them: one array of n masks.

    python benchmarks/arrays.py discs maskaudit

prints one line of JSON with the seconds; the scene is made before the clock starts, and the first call of
each library (imports) is not counted.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Masks = NDArray[np.bool_]


def discs(n: int = 300, side: int = 512) -> Masks:
    """Draw discs of 10 to 40 pixels radius, anywhere."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side]
    return np.stack(
        [
            (y - cy) ** 2 + (x - cx) ** 2 <= radius**2
            for cy, cx, radius in zip(
                rng.uniform(0, side, n), rng.uniform(0, side, n), rng.uniform(10, 40, n), strict=True
            )
        ]
    )


def noise(n: int = 60, side: int = 512) -> Masks:
    """Draw masks of which every pixel is set by the toss of a coin: the worst case of runs."""
    return np.random.default_rng(0).random((n, side, side)) < 0.5


def maskaudit(masks: Masks) -> float:
    """Return the sum of all IoU by `audit.overlap_matrix`."""
    import audit

    return float(audit.overlap_matrix(masks).sum())


def pycocotools(masks: Masks) -> float:
    """Return the same by pycocotools: every mask encoded, then one ``iou``."""
    from pycocotools import mask

    codes = mask.encode(np.asfortranarray(masks.transpose(1, 2, 0).astype(np.uint8)))
    return float(mask.iou(codes, codes, [0] * len(codes)).sum())


SCENES: dict[str, Callable[[], Masks]] = {"discs": discs, "noise": noise}
PEERS: dict[str, Callable[[Masks], float]] = {"maskaudit": maskaudit, "pycocotools": pycocotools}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Time one library on one scene.")
    parser.add_argument("scene", choices=sorted(SCENES))
    parser.add_argument("peer", choices=sorted(PEERS))
    options = parser.parse_args()
    scene, run = SCENES[options.scene](), PEERS[options.peer]
    run(scene[:2])
    started = time.perf_counter()
    total = run(scene)
    seconds = {"overlaps": time.perf_counter() - started}
    print(
        json.dumps(
            {"seconds": seconds, "note": f"{seconds['overlaps'] * 1000:,.1f} ms; sum of IoU {total:.6f}"}
        )
    )
