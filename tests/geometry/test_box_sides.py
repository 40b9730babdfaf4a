import numpy as np

from audit.geometry.box_sides import count_side_pixels
from audit.geometry.runs import dense_to_runs


def test_lines_are_counted_as_in_the_picture():
    rng = np.random.default_rng(0)
    masks = rng.random((40, 9, 7)) < 0.6
    lines = rng.integers(-2, 11, (40, 4))
    lines[0] = np.iinfo(np.int64).min, np.iinfo(np.int64).max, -1, 9
    counted = count_side_pixels(dense_to_runs(masks), lines)
    for mask, places, pixels in zip(masks, lines.tolist(), counted.tolist(), strict=True):
        left, right, top, bottom = places
        assert pixels[:2] == [mask[:, x].sum() if 0 <= x < 7 else 0 for x in (left, right)]
        assert pixels[2:] == [mask[y].sum() if 0 <= y < 9 else 0 for y in (top, bottom)]
