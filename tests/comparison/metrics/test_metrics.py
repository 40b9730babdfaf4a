"""The metrics on label maps, against dense references: scikit-image, and definitions written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_scenes import HEIGHT, WIDTH, datasets
from scipy import ndimage
from scipy.optimize import linear_sum_assignment
from skimage.metrics import adapted_rand_error, variation_of_information

from audit.comparison.average_precision import rank_by_score
from audit.comparison.label_maps import prepare_label_maps, rank_labels
from audit.comparison.measuring import measure_comparison
from audit.comparison.metrics.aggregated_jaccard import aggregated_jaccard, count_splits_and_merges
from audit.comparison.metrics.panoptic import panoptic_quality
from audit.comparison.metrics.partitions import adapted_rand
from audit.comparison.metrics.partitions import variation_of_information as ours_of_information
from audit.geometry.runs import to_dense
from audit.measure.cross_pairs import measure_boundary_ious
from audit.measure.masks import decode_runs
from audit.testing import compared, scene

TOLERANCE = 1e-9


def dense(d):
    n = len(d.annotations)
    return to_dense(
        decode_runs(d.annotations.segmentation, np.full(n, HEIGHT), np.full(n, WIDTH)), HEIGHT, WIDTH
    )


def painted(masks, side, rank, image, kept):
    """Paint the label map of one image; 0 = background, else position + 1."""
    canvas = np.zeros((HEIGHT, WIDTH), dtype=int)
    for k in sorted(np.flatnonzero((side.image == image) & kept), key=lambda k: -rank[k]):
        canvas[masks[side.row[k]]] = k + 1
    return canvas


def both_maps(data):
    labels, predictions = data
    m = measure_comparison(labels, predictions)
    kept = m.predictions.score >= 0.4
    maps = prepare_label_maps(m).draw(kept, rank_by_score(m))
    masks = dense(labels), dense(predictions)
    every = np.ones(len(m.labels), dtype=bool)
    pictures = [
        (
            painted(masks[0], m.labels, rank_labels(m), image, every),
            painted(masks[1], m.predictions, rank_by_score(m), image, kept),
        )
        for image in range(len(m.image_id))
    ]
    return m, maps, pictures


def without_crowds(m, pictures):
    return [(np.where(np.r_[False, m.labels.iscrowd][g], 0, g), p) for g, p in pictures]


@given(datasets())
def test_maps_are_those_of_pixels(data):
    m, maps, pictures = both_maps(data)
    g = np.concatenate([g.ravel() for g, _ in pictures])
    p = np.concatenate([p.ravel() for _, p in pictures])
    assert maps.label_area.tolist() == np.bincount(g, minlength=len(m.labels) + 1)[1:].tolist()
    assert maps.prediction_area.tolist() == np.bincount(p, minlength=len(m.predictions) + 1)[1:].tolist()
    for i, j, pixels in zip(maps.pairs.a, maps.pairs.b, maps.pairs.intersection, strict=True):
        assert pixels == ((g == i + 1) & (p == j + 1)).sum()
    assert maps.pairs.intersection.sum() == ((g > 0) & (p > 0)).sum()


def panoptic_by_definition(m, pictures):
    """Kirillov et al., with crowd regions as the COCO panoptic API has them."""
    tp, fp, fn, total = (dict.fromkeys(range(m.categories), 0) for _ in range(4))
    for g, p in pictures:
        matched_g, matched_p = set(), set()
        for i in set(np.unique(g)) - {0}:
            for j in set(np.unique(p)) - {0}:
                if m.labels.iscrowd[i - 1] or m.labels.category[i - 1] != m.predictions.category[j - 1]:
                    continue
                iou = ((g == i) & (p == j)).sum() / ((g == i) | (p == j)).sum()
                if iou > 0.5:
                    category = int(m.labels.category[i - 1])
                    tp[category] += 1
                    total[category] += iou
                    matched_g.add(i)
                    matched_p.add(j)
        for i in set(np.unique(g)) - {0} - matched_g:
            if not m.labels.iscrowd[i - 1]:
                fn[int(m.labels.category[i - 1])] += 1
        for j in set(np.unique(p)) - {0} - matched_p:
            category = int(m.predictions.category[j - 1])
            crowd = np.isin(g, 1 + np.flatnonzero(m.labels.iscrowd & (m.labels.category == category)))
            if (crowd & (p == j)).sum() <= 0.5 * (p == j).sum():
                fp[category] += 1
    some = [c for c in tp if tp[c] + fp[c] + fn[c]]
    pq = [total[c] / (tp[c] + 0.5 * fp[c] + 0.5 * fn[c]) for c in some]
    return np.mean(pq) if pq else float("nan")


@given(datasets())
def test_panoptic_quality_is_its_definition(data):
    m, maps, pictures = both_maps(data)
    pq, _, _ = panoptic_quality(maps)
    assert pq == pytest.approx(panoptic_by_definition(m, pictures), abs=TOLERANCE, nan_ok=True)


def jaccards_by_definition(pictures, nudge=0.0):
    found = []
    for g, p in pictures:
        labels, predictions = sorted(set(np.unique(g)) - {0}), sorted(set(np.unique(p)) - {0})
        if not labels and not predictions:
            continue
        shared = np.array([[((g == i) & (p == j)).sum() for j in predictions] for i in labels], dtype=float)
        shared = shared.reshape(len(labels), len(predictions))
        a, b = np.array([(g == i).sum() for i in labels]), np.array([(p == j).sum() for j in predictions])
        union = a[:, None] + b[None, :] - shared
        iou = shared / union if shared.size else shared
        both, whole, used = 0.0, 0.0, set()
        for k in range(len(labels)):
            best = int(iou[k].argmax()) if predictions else -1
            if best < 0 or shared[k, best] == 0:
                whole += a[k]
            else:
                both, whole = both + shared[k, best], whole + union[k, best]
                used.add(best)
        whole += sum(b[j] for j in range(len(predictions)) if j not in used)
        rows, columns = linear_sum_assignment(iou + nudge * shared, maximize=True) if iou.size else ([], [])
        pairs = [(i, j) for i, j in zip(rows, columns, strict=True) if shared[i, j] > 0]
        plus = sum(shared[i, j] for i, j in pairs)
        plus_union = sum(union[i, j] for i, j in pairs)
        plus_union += sum(v for k, v in enumerate(a) if k not in {i for i, _ in pairs})
        plus_union += sum(v for k, v in enumerate(b) if k not in {j for _, j in pairs})
        found.append((both / whole, plus / plus_union))
    return np.mean(found, axis=0) if found else (float("nan"),) * 2


@given(datasets())
def test_aggregated_jaccard_is_its_definition(data):
    m, maps, pictures = both_maps(data)
    plain = without_crowds(m, pictures)
    aji, aji_plus = aggregated_jaccard(maps.without_crowds())
    expected, _ = jaccards_by_definition(plain)
    assert aji == pytest.approx(expected, abs=TOLERANCE, nan_ok=True)
    # Where two assignments have the same sum of IoUs, either is right: the nudges find both.
    either = [jaccards_by_definition(plain, nudge)[1] for nudge in (-1e-9, 1e-9)]
    assert np.isnan(aji_plus) or min(either) - TOLERANCE <= aji_plus <= max(either) + TOLERANCE


def test_aggregated_jaccard_by_hand():
    # a (4 px) and b (2 px) against p over both (6 px) and q beside (2 px), worked out on paper:
    # a takes p: 4 of 6; b takes p again: 2 of 6; q is left over: 2. AJI = 6 / 14.
    # One to one: a takes p, b and q are left over: 4 / (6 + 2 + 2) = AJI+.
    labels, predictions = compared((scene("aaaabb...."), scene("pppppp..qq")))
    m = measure_comparison(labels, predictions)
    maps = prepare_label_maps(m).draw(np.ones(2, dtype=bool), rank_by_score(m))
    assert aggregated_jaccard(maps.without_crowds()) == pytest.approx((6 / 14, 4 / 10))


@given(datasets())
def test_information_is_scikit_images(data):
    m, maps, pictures = both_maps(data)
    expected = np.mean([variation_of_information(g, p) for g, p in without_crowds(m, pictures)], axis=0)
    split, merge = ours_of_information(maps.without_crowds())
    assert (split, merge) == pytest.approx((expected[0], expected[1]), abs=1e-9)


@given(datasets())
def test_rand_error_is_scikit_images_with_precision_and_recall_put_right(data):
    m, maps, pictures = both_maps(data)
    found = []
    for g, p in without_crowds(m, pictures):
        if (g > 0).sum() > 1:
            with np.errstate(all="ignore"):
                found.append(adapted_rand_error(g, p))
    found = [f for f in found if np.isfinite(f).all()]
    error, precision, recall = adapted_rand(maps.without_crowds())
    if found:
        theirs = np.mean(found, axis=0)
        assert (error, recall, precision) == pytest.approx(tuple(theirs), abs=1e-9)
    else:
        assert np.isnan(error)


def test_rand_precision_falls_where_predictions_run_together():
    labels, predictions = compared((scene("aaabbb"), scene("pppppp")))
    m = measure_comparison(labels, predictions)
    maps = prepare_label_maps(m).draw(np.ones(1, dtype=bool), rank_by_score(m))
    _, precision, recall = adapted_rand(maps.without_crowds())
    assert (precision, recall) == (12 / 30, 1.0)


def test_splits_and_merges_by_hand():
    labels, predictions = compared((scene("aaaaaaaabbbb...cc"), scene("pppqqqqqrrrrrrssd")))
    m = measure_comparison(labels, predictions)
    maps = prepare_label_maps(m).draw(np.ones(len(m.predictions), dtype=bool), rank_by_score(m))
    assert count_splits_and_merges(maps.without_crowds()) == {
        "splits": 2,
        "merges": 0,
        "part_splits": 2,
        "part_merges": 0,
    }


@given(datasets(), st.just(None))
def test_boundary_iou_is_its_definition(data, _):
    labels, predictions = data
    m = measure_comparison(labels, predictions)
    pairs = m.cross_pairs.take(m.cross_pairs.intersection > 0)
    found = measure_boundary_ious(m.labels, m.predictions, pairs.a, pairs.b)
    masks = dense(labels), dense(predictions)
    width = max(round(0.02 * np.hypot(HEIGHT, WIDTH)), 1)

    def ring(mask):
        return mask & ~ndimage.binary_erosion(mask, np.ones((3, 3)), iterations=width)

    for a, b, iou in zip(pairs.a, pairs.b, found, strict=True):
        one, other = ring(masks[0][m.labels.row[a]]), ring(masks[1][m.predictions.row[b]])
        assert iou == (one & other).sum() / (one | other).sum()


def test_perfect_predictions_are_perfect():
    labels, predictions = compared(
        (scene("aab.", "..cc"), scene("ppq.", "..rr")), scores={"p": 0.9, "q": 0.8}
    )
    m = measure_comparison(labels, predictions)
    maps = prepare_label_maps(m).draw(np.ones(3, dtype=bool), rank_labels(m))
    s = maps.without_crowds()
    assert panoptic_quality(maps)[0] == 1.0
    assert aggregated_jaccard(s) == (1.0, 1.0)
    assert adapted_rand(s)[0] == 0.0
