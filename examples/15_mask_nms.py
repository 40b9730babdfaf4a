"""NMS by masks instead of boxes: what it costs, and what it saves.

Two long objects that lie crosswise or side by side have boxes that overlap though their masks do not: NMS by
boxes removes one of them. And two masks of one object may have boxes that tell little of it.
"""

import time

import numpy as np

import audit


def draw_rods(number: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw slanting rods that lie side by side, each found twice."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side]
    masks = []
    for k in range(number):
        offset = (k - number / 2) * 26
        for wobble in rng.uniform(-2, 2, 2):
            distance = np.abs(x - y - offset - wobble) / np.sqrt(2)
            masks.append((distance < 6) & (np.abs(x + y - side) < side / 2))
    return np.array(masks), rng.permutation(np.linspace(0.5, 0.99, len(masks)))


def box_of(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(mask)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def main() -> None:
    masks, scores = draw_rods(12, 512)
    boxes = np.array([box_of(mask) for mask in masks])
    for name, arguments in (
        ("boxes", {"boxes": boxes}),
        ("masks, IoU", {"masks": masks}),
        ("masks, share of the smaller", {"masks": masks, "overlap": "mask_ios"}),
        ("masks, soft (Gaussian)", {"masks": masks, "method": "soft_gaussian", "min_score": 0.3}),
        ("masks, matrix", {"masks": masks, "method": "matrix", "sigma": 2.0, "min_score": 0.3}),
    ):
        started = time.perf_counter()
        indices, _, *_ = audit.nms(scores, **arguments)
        took = time.perf_counter() - started
        print(f"{name:30} {len(indices):3} of {len(scores)} left, 12 are right   {1000 * took:6.1f} ms")

    merged = audit.nms(scores, masks=masks, method="merge")
    grown = merged.masks.sum(axis=(1, 2)) / masks[merged.indices].sum(axis=(1, 2))
    print(f"merged instead of dropped: {len(merged.indices)} masks, {grown.mean():.2f} times as large")


if __name__ == "__main__":
    main()
