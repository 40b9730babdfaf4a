import numpy as np
import pytest

RULE = "dataset.count_outlier"


def counted(*counts):
    return [{"annotations": int(n), "file_name": f"{k}.png"} for k, n in enumerate(counts)]


def test_finds_the_crowded_image(judged):
    (found,) = judged(RULE, counted(*[38, 40, 42] * 10, 210))
    assert found.file_name == "30.png"
    assert found.evidence["annotations"] == 210
    assert found.evidence["median_annotations"] == pytest.approx(40)
    assert found.score == pytest.approx(1 - 40 / 210)


def test_silent_where_counts_vary_widely(judged):
    rng = np.random.default_rng(0)
    assert judged(RULE, counted(*np.ceil(rng.lognormal(1.6, 0.9, 300)))) == []


def test_silent_on_few_equal_and_no_images(judged):
    assert judged(RULE, counted(*[40] * 18, 400)) == []
    assert judged(RULE, counted(*[40] * 50)) == []
    assert judged(RULE, counted(*[0] * 50, 3)) == []
    assert judged(RULE) == []


def test_the_options_move_the_thresholds(judged):
    images = counted(*[40] * 30, 90)
    assert judged(RULE, images) == []
    assert len(judged(RULE, images, min_ratio=2.0)) == 1
    assert judged(RULE, images, min_ratio=2.0, min_deviations=9.0) == []
    # Equal counts spread by a tenth on the log scale: ln(90 / 40) = 0.8109 is 8.109 deviations.
    assert len(judged(RULE, images, min_ratio=2.0, min_deviations=8.1)) == 1
    assert judged(RULE, images, min_ratio=2.0, min_deviations=8.12) == []
    assert len(judged(RULE, counted(*[40] * 5, 400), min_images=5)) == 1
