"""Small random labels and predictions: rectangles that overlap, repeat and tie."""

import numpy as np
from hypothesis import strategies as st

from audit.testing import Scene, compared

HEIGHT, WIDTH = 60, 70
NAMES = "abcdefgh"


def scene_of(rectangles: list[tuple[int, int, int, int]], kinds: list[int], crowd: str = "") -> Scene:
    masks = {}
    for name, (y, x, h, w) in zip(NAMES, rectangles, strict=False):
        masks[name] = np.zeros((HEIGHT, WIDTH), dtype=bool)
        masks[name][y : y + h, x : x + w] = True
    categories = {name: "pq"[kind] for name, kind in zip(NAMES, kinds, strict=False)}
    return Scene(HEIGHT, WIDTH, masks, categories, crowd)


@st.composite
def datasets(draw: st.DrawFn):
    """Draw labels and predictions; most predictions are a label moved a little, many scores are equal."""
    pairs, scores = [], {}
    side = st.sampled_from([2, 5, 9, 32, 33, 40])  # 32 x 32 is the limit of COCO's small objects
    rectangle = st.tuples(st.integers(0, 30), st.integers(0, 30), side, side)
    kind = st.integers(0, 1)
    for _ in range(draw(st.integers(1, 3))):
        labels = draw(st.lists(rectangle, max_size=5))
        kinds = [draw(kind) for _ in labels]
        found, found_kinds = [], []
        for _ in range(draw(st.integers(0, 7))):
            if labels and draw(st.booleans()):
                k = draw(st.integers(0, len(labels) - 1))
                y, x, h, w = labels[k]
                dy, dx = draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
                found.append((y + dy, x + dx, h, w))
                found_kinds.append(kinds[k] if draw(st.integers(0, 3)) else 1 - kinds[k])
            else:
                found.append(draw(rectangle))
                found_kinds.append(draw(kind))
        crowd = "".join(n for n in NAMES[: len(labels)] if draw(st.integers(0, 4)) == 0)
        pairs.append((scene_of(labels, kinds, crowd), scene_of(found, found_kinds)))
    for name in NAMES:
        scores[name] = draw(st.sampled_from([0.3, 0.5, 0.5, 0.9]))
    return compared(*pairs, scores=scores)
