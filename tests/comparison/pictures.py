"""Scenes of rectangles, which are easier to read than text where they are large."""

import numpy as np

from audit.testing import Scene

HEIGHT, WIDTH = 60, 120


def picture(categories=None, crowd="", **rectangles):
    """Draw rectangles given as (top, left, bottom, right), or as a list of these."""
    masks = {}
    for name, parts in rectangles.items():
        masks[name] = np.zeros((HEIGHT, WIDTH), dtype=bool)
        for top, left, bottom, right in parts if isinstance(parts, list) else [parts]:
            masks[name][top:bottom, left:right] = True
    return Scene(HEIGHT, WIDTH, masks, categories or {}, crowd)
