"""The terminal's tables of known findings."""

from audit.gates.baseline import BaselineEntry
from audit.report.gate_text import baseline_table


def test_known_findings_are_counted_by_rule_with_the_images_of_that_rule():
    known = (
        BaselineEntry("dataset.leak", "0"),
        BaselineEntry("mask.tiny", "1", "a.png"),
        BaselineEntry("mask.tiny", "2", "a.png", count=2),
        BaselineEntry("mask.tiny", "3", "b.png"),
        BaselineEntry("overlap.duplicate", "4", "c.png"),
    )
    columns = [list(column.cells) for column in baseline_table(known).table.columns]
    assert list(zip(*columns, strict=True)) == [
        ("dataset.leak", "1", "0"),
        ("mask.tiny", "4", "2"),
        ("overlap.duplicate", "1", "1"),
    ]
