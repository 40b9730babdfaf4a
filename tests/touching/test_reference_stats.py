"""Medians shrunk from dataset to category to image, held against the same in plain loops."""

import numpy as np
import pytest

from audit.testing import Scene, measured
from audit.touching.reference_stats import reference_stats


def slow_medians(m, value, touching_too):
    """What `reference_stats` says of a value, by group, in plain words."""
    t = m.instances
    close = {*m.pairs["a"].tolist(), *m.pairs["b"].tolist()}
    usable = [row for row in range(len(t)) if t["area_px"][row] > 0 and not t["iscrowd"][row]]
    isolated = [r for r in usable if r not in close and t["parts"][r] == 1 and not t["border"][r]]

    def shrunk(rows, above, weight, prior):
        count = weight * len(rows)
        return ((np.median(value[rows]) if rows else 0) * count + above * prior) / (count + prior)

    result = {}
    overall = np.median(value[isolated])
    for image, category in {(t["image"][r], t["category"][r]) for r in range(len(t))}:

        def here(rows, image=image, category=category):
            return [r for r in rows if (t["image"][r], t["category"][r]) == (image, category)]

        median = overall
        if touching_too:
            median = shrunk([r for r in usable if t["category"][r] == category], median, 0.3, 0.5)
        median = shrunk([r for r in isolated if t["category"][r] == category], median, 1, 6)
        if touching_too:
            median = shrunk(here(usable), median, 0.3, 2)
        result[(image, category)] = shrunk(here(isolated), median, 1, 6)
    return result


def test_agrees_with_plain_loops(wrong):
    stats, t = reference_stats(wrong), wrong.instances
    log_area = np.log(t["area_px"].to_numpy())
    medians = slow_medians(wrong, log_area, True)
    of_row = np.array([medians[key] for key in zip(t["image"], t["category"], strict=True)])
    assert stats.log_area[stats.group] == pytest.approx(of_row)
    spreads = slow_medians(wrong, np.abs(log_area - of_row), False)
    of_row = np.array([spreads[key] for key in zip(t["image"], t["category"], strict=True)])
    assert stats.spread[stats.group] == pytest.approx(np.maximum(1.4826 * of_row, 0.05))


def test_isolated_are_alone_in_one_part_and_clear_of_the_border(wrong):
    stats, t = reference_stats(wrong), wrong.instances
    close = np.isin(np.arange(len(t)), wrong.pairs[["a", "b"]].to_numpy())
    assert stats.isolated.tolist() == (~close & (t["parts"] == 1) & ~t["border"]).tolist()
    assert stats.isolated.any() and not stats.isolated.all()
    assert stats.touching_share[stats.group[close]].min() > 0


def test_a_category_whose_objects_always_touch_has_a_size_of_its_own():
    """Rows of large tiles that touch, beside many small objects that stand alone."""
    tiles, dots = {}, {}
    for k in range(4):
        tile = np.zeros((80, 160), dtype=bool)
        tile[2:42, 2 + 39 * k : 2 + 39 * (k + 1)] = True
        tiles[f"t{k}"] = tile
    for k in range(30):
        dot = np.zeros((80, 160), dtype=bool)
        dot[48 + 10 * (k // 15) :, 4 + 10 * (k % 15) :][:4, :4] = True
        dots[f"d{k}"] = dot
    categories = dict.fromkeys(tiles, "facade") | dict.fromkeys(dots, "window")
    m = measured(
        *(Scene(80, 160, tiles | dots, file_name=f"{k}.png", categories=categories) for k in range(4))
    )
    stats = reference_stats(m)
    size, name = np.exp(stats.log_area)[stats.group], m.categories["name"].to_numpy()[m.instances["category"]]
    assert size[name == "window"] == pytest.approx(16, rel=0.01)
    assert size[name == "facade"] == pytest.approx(40 * 39, rel=0.5), "not that of the windows"
