from xml.etree import ElementTree

import pytest

from audit.report.line_charts import ChartLine, LineChart, draw_line_chart, write_legend

BOX = ChartLine("boxes", (0.1, 0.5, 0.9), (10.0, 7.0, 2.0))
MASK = ChartLine("masks", (0.1, 0.5, 0.9), (10.0, 4.0, float("nan")))


def test_its_summary_says_where_every_line_begins_and_ends():
    chart = LineChart("Overlapping pairs left", "threshold of NMS", (BOX, MASK))
    assert (
        chart.summary == "Overlapping pairs left by threshold of NMS: boxes from 10 to 2; masks from 10 to 4"
    )
    assert f'aria-label="{chart.summary}"' in draw_line_chart(chart)


@pytest.mark.parametrize(("lines", "legend"), [((BOX,), False), ((BOX, MASK), True)])
def test_several_lines_differ_in_class_and_are_named(lines, legend):
    root = ElementTree.fromstring(draw_line_chart(LineChart("AP", "IoU", lines)))
    drawn = {node.get("class") for node in root if node.get("class").startswith("line")}
    assert len(drawn) == len(lines)
    assert "boxes" not in [node.text for node in root]
    assert ("boxes" in write_legend(LineChart("AP", "IoU", lines))) == legend


def test_every_known_point_says_its_numbers_where_it_lies():
    root = ElementTree.fromstring(draw_line_chart(LineChart("AP", "IoU", (BOX, MASK))))
    points = [node for node in root if node.tag == "circle"]
    assert [point.find("title").text for point in points] == [
        "boxes: 10 at 0.1",
        "boxes: 7 at 0.5",
        "boxes: 2 at 0.9",
        "masks: 10 at 0.1",
        "masks: 4 at 0.5",
    ]
    (line,) = [node for node in root if node.get("class") == "line l0"]
    corners = [float(number) for number in line.get("d").replace("M", "").replace("L", "").split()]
    drawn = [float(point.get(axis)) for point in points[:3] for axis in ("cx", "cy")]
    assert drawn == pytest.approx(corners, abs=0.11)


@pytest.mark.parametrize(("starts_at_zero", "lowest"), [(True, "0.0"), (False, "2")])
def test_a_chart_of_rates_stands_on_zero(starts_at_zero, lowest):
    root = ElementTree.fromstring(
        draw_line_chart(LineChart("AP", "IoU", (BOX,), starts_at_zero=starts_at_zero))
    )
    ticks = [node.text for node in root if node.get("text-anchor") == "end"]
    assert ticks[0] == lowest


def test_names_in_a_legend_are_escaped():
    line = ChartLine("<b>", (0.1,), (1.0,))
    assert "&lt;b&gt;" in write_legend(LineChart("AP", "IoU", (line, line)))


def test_without_lines_there_is_no_chart():
    assert draw_line_chart(LineChart("AP", "IoU", ())) == ""
