"""What the terminal shows of a gate, and its table of known findings."""

from datetime import date

from rich.console import Console

from audit.gates.baseline import BaselineEntry
from audit.gates.gate import judge_batch
from audit.gates.policy import Limit, Policy
from audit.report.gate_text import baseline_table, render_gate
from audit.testing import scene

TWICE = scene("aaaa\naaaa\n....", "bbbb\nbbbb\n....")


def test_the_verdict_is_said_first(scanned):
    gate = judge_batch(scanned(TWICE), Policy((Limit("*", max_count=0),)), today=date(2026, 1, 1))
    console = Console(width=80)
    with console.capture() as shown:
        console.print(render_gate(gate))
    lines = shown.get().splitlines()
    assert lines[0] == "Verdict: fail"
    assert any(line.split() == ["overlap.duplicate", "error", "1"] for line in lines)


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
