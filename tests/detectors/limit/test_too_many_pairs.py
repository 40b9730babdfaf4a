import numpy as np

from audit.testing import drawn, hits, measured, scene


def nested(number):
    """Squares one inside the other."""
    return drawn(
        2 * number + 2,
        2 * number + 2,
        {
            f"n{k}": [[(k, k), (2 * number - k, k), (2 * number - k, 2 * number - k), (k, 2 * number - k)]]
            for k in range(number)
        },
    )


def test_an_image_with_too_many_pairs_is_named():
    scenes = nested(200), scene("aab", ".cc")
    (hit,) = hits("limit.too_many_pairs", *scenes)
    pairs = measured(*scenes).pairs
    in_first = int((pairs["image"] == 0).sum())
    assert hit.image == 0
    assert hit.evidence == {"masks": 200, "pairs": in_first}
    assert 5_000 <= in_first <= 10_000
    assert hit.message == (
        "The boxes of 200 masks of this image meet so often that each was compared only with those most like it; "
        f"{in_first:,} of these pairs overlap or touch."
    )
    assert (pairs["image"] == 1).sum() == 3


def test_the_most_similar_are_measured():
    pairs = measured(nested(200)).pairs
    far = np.abs(pairs["a"].to_numpy() - pairs["b"].to_numpy())
    assert set(far[: 25 * 100].tolist()) >= set(range(1, 25))
    assert len(pairs[far == 1]) == 199


def test_all_pairs_of_fewer_masks_are_measured():
    assert len(measured(nested(100)).pairs) == 100 * 99 // 2
    assert not hits("limit.too_many_pairs", nested(100))
