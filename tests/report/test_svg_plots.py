"""Axes of charts: ticks are round, lie within the axis, and are told apart by their labels."""

import math
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from audit.report.svg_plots import Axis, decade_ticks, label_numbers, linear_ticks, plot_svg, write_line

NAN = float("nan")
SPANS = [(0.0, 1.05), (-0.5, 2.5), (0.49, 0.71), (1000.0, 1000.004), (-3e9, 7e12), (0.0, 3e-7), (-1.0, -0.1)]


@pytest.mark.parametrize(("low", "high"), SPANS)
@pytest.mark.parametrize("most", [4, 5, 9])
def test_ticks_are_round_and_within_the_axis(low, high, most):
    ticks = linear_ticks(low, high, most)
    assert 2 <= len(ticks) <= most + 1
    assert all(low - 1e-9 * (high - low) <= tick <= high + 1e-9 * (high - low) for tick in ticks)
    steps = {f"{later - earlier:.4g}" for earlier, later in pairwise(ticks)}
    assert len(steps) == 1
    assert f"{float(steps.pop()):.1e}"[:3] in {"1.0", "2.0", "2.5", "5.0"}
    assert len({label for _, label in label_numbers(ticks)}) == len(ticks)


@pytest.mark.parametrize("high", [1.0, 3.0, 11.0, 26.0, 1e6])
def test_counted_things_have_ticks_at_whole_numbers(high):
    ticks = linear_ticks(0.0, high, 4, is_whole=True)
    assert all(tick == int(tick) for tick in ticks)
    assert 1 < len(ticks) <= 5


@pytest.mark.parametrize(("low", "high"), [(0.9, 5e3), (2.2, 22.0), (3.0, 60.0), (1.0, 1e12)])
def test_logarithmic_axes_have_a_few_ticks_within(low, high):
    ticks = decade_ticks(low, high)
    assert 2 <= len(ticks) <= 8
    assert ticks == sorted(ticks)
    assert low <= ticks[0] <= ticks[-1] <= high


def test_a_label_is_left_of_the_axis_and_a_line_is_broken_where_nothing_is_known():
    wide = Axis(0.0, 2e6, label_numbers(linear_ticks(0.0, 2e6, 4)))
    svg = plot_svg(
        lambda place: [write_line(place, (0, 1, 2, 3), (NAN, 0, math.inf, 2e6), "line l0")],
        "<a> & b",
        Axis(0.0, 3.0, []),
        wide,
        "x < y",
        [(1.0, 0.0, "l0", "<1>"), (2.0, NAN, "l0", "hidden")],
    )
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == "<a> & b"
    grid_left = {float(node.get("d").split()[1]) for node in root if node.get("class") == "grid"}
    labels = [node for node in root if node.get("text-anchor") == "end"]
    assert [node.text for node in labels][-1] == "2,000,000"
    assert all(float(node.get("x")) < min(grid_left) for node in labels)
    (line,) = [node for node in root if node.get("class") == "line l0"]
    assert line.get("d").count("M") == 2
    assert [node.find("title").text for node in root if node.tag == "circle"] == ["<1>"]
