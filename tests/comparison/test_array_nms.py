"""NMS on arrays against the loops that papers and torchvision write down."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import audit

CASES = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 14), st.sampled_from([0.1, 0.3, 0.5, 0.8]))


def draw(seed, n):
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 12, (n, 2))
    boxes = np.concatenate([corner, corner + rng.integers(1, 9, (n, 2))], axis=1).astype(float)
    masks = np.zeros((n, 20, 20), dtype=bool)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes.astype(int), strict=True):
        mask[y0:y1, x0:x1] = rng.random((y1 - y0, x1 - x0)) < 0.8
    scores = rng.permutation(n) / max(n, 1) * 0.9 + 0.05
    return boxes, masks, scores, rng.integers(0, 2, n)


def box_iou(p, q):
    wide, high = min(p[2], q[2]) - max(p[0], q[0]), min(p[3], q[3]) - max(p[1], q[1])
    common = max(wide, 0) * max(high, 0)
    return common / ((p[2] - p[0]) * (p[3] - p[1]) + (q[2] - q[0]) * (q[3] - q[1]) - common)


def mask_iou(p, q):
    return (p & q).sum() / max((p | q).sum(), 1)


def mask_ios(p, q):
    return (p & q).sum() / max(min(p.sum(), q.sum()), 1)


KINDS = {"box_iou": box_iou, "mask_iou": mask_iou, "mask_ios": mask_ios}


def overlaps(kind, boxes, masks, labels):
    """(n, n) with nothing between categories."""
    things = boxes if kind == "box_iou" else masks
    n = len(things)
    result = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            if i != j and (labels is None or labels[i] == labels[j]):
                result[i, j] = KINDS[kind](things[i], things[j])
    return result


def textbook_nms(scores, overlap, threshold):
    waiting, kept, taker = np.argsort(-scores, kind="stable").tolist(), [], {}
    while waiting:
        best = waiting.pop(0)
        kept.append(best)
        taker[best] = best
        taker |= {k: best for k in waiting if overlap[best, k] > threshold}
        waiting = [k for k in waiting if overlap[best, k] <= threshold]
    return kept, [kept.index(taker[k]) for k in range(len(scores))]


def textbook_soft_nms(scores, overlap, weigh):
    scores, waiting = scores.copy(), list(range(len(scores)))
    while waiting:
        best = max(waiting, key=lambda k: (scores[k], -k))
        waiting.remove(best)
        for k in waiting:
            scores[k] *= weigh(overlap[best, k])
    return scores


@pytest.mark.parametrize("by_class", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@given(case=CASES)
def test_hard_nms_is_the_textbook_loop(kind, by_class, case):
    seed, n, threshold = case
    boxes, masks, scores, labels = draw(seed, n)
    expected = textbook_nms(scores, overlaps(kind, boxes, masks, labels if by_class else None), threshold)
    got = audit.nms(
        scores, boxes=boxes, masks=masks, labels=labels, overlap=kind, threshold=threshold,
        class_agnostic=not by_class,
    )  # fmt: skip
    assert (got.indices.tolist(), got.groups.tolist()) == expected
    assert got.scores.tolist() == scores[got.indices].tolist()


@pytest.mark.parametrize("kind", KINDS)
@given(case=CASES)
def test_soft_nms_is_the_textbook_loop(kind, case):
    seed, n, threshold = case
    boxes, masks, scores, labels = draw(seed, n)
    overlap = overlaps(kind, boxes, masks, labels)
    for method, weigh in (
        ("soft_linear", lambda v: 1 - v if v > threshold else 1.0),
        ("soft_gaussian", lambda v: np.exp(-(v**2) / 0.4)),
    ):
        expected = textbook_soft_nms(scores, overlap, weigh)
        got = audit.nms(
            scores, boxes=boxes, masks=masks, labels=labels, overlap=kind, threshold=threshold, method=method,
            sigma=0.4, min_score=0.02,
        )  # fmt: skip
        assert sorted(got.indices.tolist()) == np.flatnonzero(expected >= 0.02).tolist()
        assert got.scores == pytest.approx(expected[got.indices])
        assert (np.diff(got.scores) <= 0).all()
        assert (got.groups >= 0).tolist() == (expected >= 0.02).tolist()


@pytest.mark.parametrize("sigma", [None, 2.0])
@given(case=CASES)
def test_matrix_nms_is_its_definition(sigma, case):
    """Wang et al. (2020): decay_j = min over better i of f(iou_ij) / f(max over better k of iou_ki)."""
    seed, n, _ = case
    _, masks, scores, labels = draw(seed, n)
    overlap = overlaps("mask_iou", None, masks, labels)
    order = np.argsort(-scores)
    expected = scores.copy()
    for place, j in enumerate(order):
        factors = [1.0]
        for i_place in range(place):
            i = order[i_place]
            worst = max((overlap[k, i] for k in order[:i_place]), default=0.0)
            if sigma:
                factors.append(np.exp(-sigma * (overlap[i, j] ** 2 - worst**2)))
            else:
                factors.append((1 - overlap[i, j]) / max(1 - worst, 1e-12))
        # A better object that does not overlap says nothing.
        relevant = [f for f, i in zip(factors[1:], order[:place], strict=True) if overlap[i, j] > 0]
        expected[j] *= min([1.0, *relevant])
    got = audit.nms(scores, masks=masks, labels=labels, method="matrix", sigma=sigma, min_score=0.0)
    assert got.scores == pytest.approx(expected[got.indices])
    assert len(got.indices) == n


@given(case=CASES)
def test_merging_unites_what_hard_nms_suppresses(case):
    seed, n, threshold = case
    boxes, masks, scores, _ = draw(seed, n)
    hard = audit.nms(scores, boxes=boxes, masks=masks, threshold=threshold)
    merged = audit.nms(scores, boxes=boxes, masks=masks, threshold=threshold, method="merge")
    assert merged.indices.tolist() == hard.indices.tolist()
    for k in range(len(merged.indices)):
        members = merged.groups == k
        assert np.array_equal(merged.masks[k], masks[members].any(axis=0))
        assert merged.boxes[k].tolist() == [
            *boxes[members][:, :2].min(axis=0),
            *boxes[members][:, 2:].max(axis=0),
        ]


def test_boxes_of_coco():
    boxes = np.array([[0, 0, 10, 10], [1, 0, 10, 10.0]])
    corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)
    coco = audit.nms([0.5, 0.6], boxes=boxes, box_format="xywh", method="merge")
    assert coco.indices.tolist() == audit.nms([0.5, 0.6], boxes=corners).indices.tolist() == [1]
    assert coco.boxes.tolist() == [[0, 0, 11, 10]]


def test_torch_is_accepted():
    torch = pytest.importorskip("torch")
    boxes, masks, scores, labels = draw(0, 9)
    tensors = [torch.from_numpy(v) for v in (boxes, masks, scores, labels)]
    got = audit.nms(tensors[2], boxes=tensors[0], masks=tensors[1], labels=tensors[3])
    assert got.indices.tolist() == audit.nms(scores, boxes=boxes, masks=masks, labels=labels).indices.tolist()


def test_of_equal_scores_the_first_wins():
    boxes = [[0, 0, 4, 4]] * 3
    assert audit.nms([0.5, 0.5, 0.5], boxes=boxes).indices.tolist() == [0]


def test_twenty_thousand_boxes_on_one_spot():
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 3, (20_000, 2))
    boxes = np.concatenate([corner, corner + 50], axis=1)
    assert len(audit.nms(rng.random(20_000), boxes=boxes).indices) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scores": [0.5], "boxes": [[0, 0, 1, 1]] * 2}, "2 boxes for 1 scores"),
        ({"scores": [0.5], "masks": np.ones((2, 2, 2), dtype=bool)}, "2 masks for 1 scores"),
        ({"scores": [0.5], "boxes": [[0, 0, 1, 1]], "labels": [1, 2]}, "2 labels for 1 scores"),
        ({"scores": [np.nan], "boxes": [[0, 0, 1, 1]]}, "NaN"),
        ({"scores": [0.5]}, "needs boxes"),
        ({"scores": [0.5], "boxes": [[0, 0, 1, 1]], "overlap": "mask_iou"}, "needs masks"),
        ({"scores": [0.5], "boxes": [[5, 5, 2, 2]]}, "box_format='xywh'"),
        ({"scores": [0.5], "boxes": [[0, 0, 1]]}, r"\(n, 4\)"),
        ({"scores": [0.5], "boxes": [[0, 0, 1, 1]], "method": "fast"}, "method is one of"),
        ({"scores": [0.5], "boxes": [[0, 0, 1, 1]], "overlap": "iou"}, "overlap is"),
        ({"scores": [0.5], "boxes": [[0, 0, 1, 1]], "box_format": "cxcywh"}, "box_format is"),
    ],
)
def test_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        audit.nms(**arguments)


def test_memory_may_lie_in_any_order():
    """Columns that were picked or turned are no C arrays: xyxy of yxyx, channels first, every other row."""
    rng = np.random.default_rng(3)
    boxes = rng.random((12, 2)).repeat(2, axis=0)
    boxes = np.concatenate([boxes, boxes + 0.3], axis=1)[:, [1, 0, 3, 2]]
    masks = rng.random((24, 6, 5)) < 0.5
    scores = rng.random(24)
    for method in ("hard", "soft_linear", "merge"):
        expected = audit.nms(scores, boxes=boxes.copy(order="C"), method=method)
        for same in (boxes, np.asfortranarray(boxes), np.repeat(boxes, 2, axis=0)[::2]):
            assert audit.nms(scores, boxes=same, method=method).indices.tolist() == expected.indices.tolist()
    expected = audit.nms(scores, masks=masks, labels=np.zeros(24))
    for same in (np.asfortranarray(masks), masks.transpose(1, 2, 0).copy().transpose(2, 0, 1)):
        result = audit.nms(scores[::-1][::-1], masks=same, labels=np.zeros(48)[::2])
        assert result.indices.tolist() == expected.indices.tolist()
