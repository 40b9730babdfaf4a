"""Post-processing of masks: what each step changes, and which pairs overlap before and after."""

import time

import numpy as np

import audit


def draw_predictions(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw blobs with specks, holes and spurs; neighbours leak into each other."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side]
    masks = []
    for cy in range(40, side, 80):
        for cx in range(40, side, 80):
            mask = (y - cy) ** 2 + (x - cx) ** 2 < rng.uniform(34, 46) ** 2
            mask &= rng.random(mask.shape) > 0.01
            mask[cy, :] |= np.abs(x[cy] - cx) < 60
            mask[rng.integers(0, side), rng.integers(0, side)] = True
            masks.append(mask)
    return np.array(masks), rng.uniform(0.5, 1, len(masks))


def main() -> None:
    masks, scores = draw_predictions(400)
    before = audit.explain_overlaps(masks, scores, np.ones(len(masks)), min_ios=0.01, min_iou=0.01)
    print(f"{len(before.table)} overlapping pairs")
    print(before.table[["a", "b", "iou", "ios", "symptom"]].round(2).head(3).to_string(index=False))

    started = time.perf_counter()
    mended = audit.postprocess_masks(
        masks, scores, opening=2, closing=2, largest_part=True, holes=True, one_owner=True
    )
    took = time.perf_counter() - started
    print(mended.changes.sum().to_frame("pixels").T.to_string(index=False))
    print(f"{len(masks)} masks of {masks.shape[1]} x {masks.shape[2]} in {1000 * took:.0f} ms")

    matrix = audit.overlap_matrix(mended.masks)
    print(f"{int((np.triu(matrix, 1) > 0).sum())} overlapping pairs are left")
    # One owner a pixel hides what the model does wrong: look at the pairs first.
    before.figure().save("overlaps.png")


if __name__ == "__main__":
    main()
