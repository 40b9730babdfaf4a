from xml.etree import ElementTree

import pytest

from audit.report.line_charts import ChartLine, LineChart, draw_line_chart

BOX = ChartLine("boxes", (0.1, 0.5, 0.9), (10.0, 7.0, 2.0))
MASK = ChartLine("masks", (0.1, 0.5, 0.9), (10.0, 4.0, float("nan")))


def test_its_summary_says_where_every_line_begins_and_ends():
    chart = LineChart("Overlapping pairs left", "threshold of NMS", (BOX, MASK))
    assert (
        chart.summary
        == "Overlapping pairs left by threshold of NMS: boxes from 10 to 2; masks from 10 to nan"
    )
    assert f'aria-label="{chart.summary}"' in draw_line_chart(chart)


@pytest.mark.parametrize(("lines", "legend"), [((BOX,), False), ((BOX, MASK), True)])
def test_several_lines_differ_in_class_and_are_named(lines, legend):
    root = ElementTree.fromstring(draw_line_chart(LineChart("AP", "IoU", lines)))
    drawn = {node.get("class") for node in root if node.get("class").startswith("line")}
    assert len(drawn) == len(lines)
    assert ("boxes" in [node.text for node in root]) == legend


def test_without_lines_there_is_no_chart():
    assert draw_line_chart(LineChart("AP", "IoU", ())) == ""
