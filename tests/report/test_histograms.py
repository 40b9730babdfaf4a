import re
from xml.etree import ElementTree

import numpy as np
import pytest

from audit.report.histograms import count_histogram, draw_histogram

VALUES = 1 + np.random.default_rng(0).lognormal(5, 1.5, 500)
FLAGGED = VALUES > 300


@pytest.fixture(params=[True, False], ids=["log", "linear"])
def chart(request):
    return count_histogram("area", "Mask <area>", 'pixels & "more"', VALUES, FLAGGED, log=request.param)


def test_counts_are_numpys(chart):
    scaled = np.log10(VALUES) if chart.log else VALUES
    counts, edges = np.histogram(scaled, bins=32)
    assert chart.counts == tuple(counts)
    assert np.allclose(10**edges if chart.log else edges, chart.edges)
    assert chart.total == 500
    assert chart.total_flagged == FLAGGED.sum() == sum(chart.flagged)


def test_the_same_chart_gives_the_same_bytes(chart):
    first = draw_histogram(chart)
    draw_histogram.cache_clear()
    assert first == draw_histogram(chart)


def test_it_is_an_element_of_shapes_and_texts_with_classes(chart):
    svg = draw_histogram(chart)
    root = ElementTree.fromstring(svg)
    assert {node.tag for node in root} == {"path", "text"}
    assert all(node.get("class") for node in root)
    assert "style" not in svg
    assert "id=" not in svg
    assert not re.search(r"#[0-9a-f]{6}|url\(|href|http", svg)
    assert len(svg) < 30_000


def test_every_bar_is_drawn_and_the_flagged_over_the_others(chart):
    root = ElementTree.fromstring(draw_histogram(chart))
    classes = [node.get("class") for node in root]
    assert classes.count("bar") == np.count_nonzero(chart.counts)
    assert classes.count("bar flagged") == np.count_nonzero(chart.flagged)
    assert max(k for k, c in enumerate(classes) if c == "bar") < classes.index("bar flagged")


def test_its_summary_is_what_a_reader_hears(chart):
    root = ElementTree.fromstring(draw_histogram(chart))
    assert root.get("role") == "img"
    assert root.get("aria-label") == chart.summary
    assert chart.summary.startswith(
        f"Mask <area>: 500 values, {FLAGGED.sum()} with an error or warning; most between "
    )
    most = int(np.argmax(chart.counts))
    assert f"{chart.edges[most]:,.4g} and {chart.edges[most + 1]:,.4g}" in chart.summary


def test_axis_titles_are_escaped_and_shown(chart):
    root = ElementTree.fromstring(draw_histogram(chart))
    assert 'pixels & "more"' in [node.text for node in root]


def test_values_that_cannot_be_shown_are_left_out():
    values = np.array([np.nan, np.inf, -1.0, 0.0, 0.5, 1.0, 10.0])
    flagged = np.ones(7, dtype=bool)
    assert count_histogram("a", "a", "a", values, flagged, log=True).total == 2
    assert count_histogram("a", "a", "a", values, flagged).total == 5


@pytest.mark.parametrize("log", [True, False])
def test_one_value_is_a_chart_too(log):
    chart = count_histogram("a", "a", "a", np.full(3, 7.0), np.zeros(3, dtype=bool), log=log)
    assert chart.total == 3
    assert draw_histogram(chart).count('class="bar"') == 1


def test_nothing_is_no_chart():
    chart = count_histogram("a", "Area", "a", np.array([]), np.array([], dtype=bool))
    assert draw_histogram(chart) == ""
    assert chart.summary == "Area: nothing to show"
