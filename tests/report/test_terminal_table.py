"""Tables at the width of a terminal."""

import io

import pytest
from rich.console import Console

from audit.report.comparison_text import render_comparison
from audit.report.scan_text import render_scan
from audit.report.terminal_table import TerminalTable

RULE = "overlap.duplicate_other_category"
TITLE = "Two annotations of different categories have nearly the same mask"


def printed(renderable, width: int) -> list[str]:
    out = io.StringIO()
    Console(width=width, no_color=True, file=out).print(renderable)
    return [line.rstrip() for line in out.getvalue().splitlines() if line.strip()]


@pytest.mark.parametrize(("width", "n_lines", "has_title"), [(140, 3, True), (80, 5, True), (60, 3, False)])
def test_a_narrow_table_drops_what_it_would_fold_into_many_lines(width, n_lines, has_title):
    last = "what it says"
    table = TerminalTable("rule", "findings", last, text=("rule",), folded=last, expendable=(last,))
    table.add_row(RULE, "12", TITLE)
    lines = printed(table, width)
    assert len(lines) == n_lines
    assert max(map(len, lines)) <= width
    assert ("what it says" in lines[0]) == has_title
    assert RULE in lines[2]


def test_titles_break_before_columns_come_closer_and_are_left_out():
    table = TerminalTable("rule", "recall at most", "odds ratio", text=("rule",), expendable=("odds ratio",))
    table.add_row(RULE, "0.96", "9.0")
    assert printed(table, 70)[0].split() == ["rule", "recall", "at", "most", "odds", "ratio"]
    assert [line.split() for line in printed(table, 55)[:2]] == [
        ["recall", "odds"],
        ["rule", "at", "most", "ratio"],
    ]
    assert len(printed(table, 53)[2]) > len(printed(table, 51)[2]), "closer together"
    left_out = printed(table, 46)
    assert "odds" not in left_out[0] + left_out[1]
    assert left_out[-1].split() == [RULE, "0.96"], "cells stay whole"


def test_a_name_that_somebody_gave_is_folded_rather_than_cut():
    table = TerminalTable("rater", "images", folded="rater")
    table.add_row("x" * 100, "5")
    assert "".join(printed(table, 60)[2:]).count("x") == 100


def test_a_summary_at_80_columns_has_one_line_a_rule(full):
    result = full()
    lines = printed(render_scan(result), 80)
    rules = {finding.rule for finding in result.findings}
    assert all(sum(f" {rule} " in line for line in lines) >= 1 for rule in rules)
    assert not [line for line in lines if line.startswith(" " * 60)], "what was folded"


def test_a_comparison_begins_with_its_answer_and_ends_with_the_metrics():
    from audit.comparison.conventions import unknown_conventions
    from audit.comparison.run import compare_datasets
    from audit.testing import compared, scene

    labels, predictions = compared((scene("aaa...\naaa..."), scene("aaa...\naaa...", "bbb...\nbbb...")))
    lines = printed(render_comparison(compare_datasets(labels, predictions, unknown_conventions)), 100)
    starts = [
        next(n for n, line in enumerate(lines) if start in line) for start in ("per 100 pred", "against 1")
    ]
    assert starts[0] == 0
    assert starts[0] < starts[1] < next(n for n, line in enumerate(lines) if "AP50" in line)
