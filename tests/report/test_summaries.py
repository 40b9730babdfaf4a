"""Terminal, Markdown and page show the same numbers."""

import io
import re
from dataclasses import replace
from html import unescape

import pytest
from rich.console import Console

from audit.findings.finding import Severity
from audit.report.report_writer import write_report
from audit.report.scan_markdown import write_scan_markdown
from audit.report.scan_summary import summarize_scan
from audit.report.scan_text import describe_audited, render_scan
from audit.testing import scene


def printed(result, width: int = 200) -> str:
    out = io.StringIO()
    Console(width=width, no_color=True, file=out).print(render_scan(result))
    return out.getvalue()


@pytest.fixture
def three(full, tmp_path):
    """The terminal's, the Markdown and the page's text of one result."""
    result = full()
    write_report(result, tmp_path)
    page = re.sub(r"<[^>]+>", " ", (tmp_path / "index.html").read_text(encoding="utf-8"))
    return printed(result), write_scan_markdown(result), " ".join(unescape(page).split())


def test_all_begin_with_the_same_counts_and_verdict(full, three):
    summary = summarize_scan(full())
    terminal, ci, page = three
    assert summary.verdict.startswith("1 error on 2 of 6 annotations (33.3 %")
    assert summary.opening.startswith("Not fit for training yet: 1 error on 2 of 6 annotations (33.3 %); 2 ")
    assert summary.opening in page
    assert describe_audited(summary) in page
    for line in (describe_audited(summary), summary.verdict):
        assert line in " ".join(terminal.split())
        assert line in ci.replace("\\", "")


def test_all_show_the_same_line_for_every_rule(full, three):
    terminal, ci, page = three
    for line in summarize_scan(full()).rules:
        numbers = [str(n) for n in (line.findings, line.annotations, line.images)]
        spaced = " ".join(terminal.split())
        assert " ".join([line.severity, line.rule, *numbers, line.title]) in spaced
        assert f"| {line.severity} | `{line.rule}` | {' | '.join(numbers)} | {line.title} |" in ci
        assert re.search(rf"{re.escape(line.rule)}[^#]*? {line.severity} {' '.join(numbers)}", page)


def test_all_say_what_was_not_checked(full, three):
    terminal, ci, page = three
    for text in (" ".join(terminal.split()), ci.replace("\\", ""), page):
        assert "No pictures were given, so none was checked." in text


def test_markdown_shows_errors_and_reviews(three):
    _, ci, _ = three
    assert "- `overlap.partial` scene\\_1.png: These “\\<cell\\>” and “\\<cell\\>” share 6 pixels" in ci
    assert "| `overlap.partial` | 1 | 0 | 0 | 100 % (21 % to 100 %) |" in ci
    assert "| `mask.tiny` | 0 | 1 | 0 | 0 % (0 % to 79 %) |" in ci


def test_markdown_names_ten_errors_at_most(result, said):
    findings = tuple(said("mask.tiny", severity=Severity.ERROR, message=f"error {k}.") for k in range(30))
    assert write_scan_markdown(result(findings=findings)).count("- `mask.tiny`") == 10


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "a | b `c` *d* _e_ [f](g) # h",
        "\x1b[31mred\x07",
        "[bold]x[/bold] [/]",
        "a\u202eb\nc",
    ],
)
def test_hostile_texts_stay_texts(result, said, text):
    found = result(scene("a"), findings=(said("mask.tiny", 1, image=1, severity=Severity.ERROR, file_name=text, message=text),), not_checked=(text,))  # fmt: skip
    ci = write_scan_markdown(found)
    line = next(line for line in ci.splitlines() if line.startswith("- Not checked: "))
    assert not re.search(r"(?<!\\)[<>|*_`\[\]#]", line.removeprefix("- Not checked: "))
    assert "\x1b" not in ci
    assert "\u202e" not in ci
    terminal = printed(found, width=500)
    assert "\x1b" not in terminal
    assert "\u202e" not in terminal
    if text.isprintable():
        assert f"Not checked: {text}" in terminal


def test_the_terminal_is_readable_at_the_usual_width(full):
    text = printed(full(), width=80)
    assert all(len(line.rstrip()) <= 80 for line in text.splitlines())
    for line in summarize_scan(full()).rules:
        assert re.search(rf"^ ?{line.severity} +{line.rule} +{line.findings} ", text, re.MULTILINE)


def test_of_nothing_nothing_is_said(result):
    found = result()
    for text in (printed(found), write_scan_markdown(found)):
        assert "Nothing found: every rule that was on is silent." in text


@pytest.mark.parametrize(
    ("labels", "predictions", "phrase"),
    [
        (0, 2, "2 errors about predictions."),
        (
            1,
            2,
            "1 error on 1 of 2 annotations (50.0 %; 95 % interval 9.5 % to 90.5 %), and 2 about predictions.",
        ),
        (1, 0, "1 error on 1 of 2 annotations (50.0 %; 95 % interval 9.5 % to 90.5 %)."),
    ],
)
def test_errors_of_predictions_are_told_from_those_of_labels(result, said, labels, predictions, phrase):
    of_labels = [said("mask.tiny", 1, image=1, severity=Severity.ERROR)] * labels
    of_predictions = [
        said("bbox.wrong", image=1, severity=Severity.ERROR, prediction_rows=(k,)) for k in range(predictions)
    ]
    found = result(scene("ab"), findings=(*of_labels, *of_predictions))
    assert summarize_scan(found).verdict == phrase


def test_errors_about_neither_are_said_beside_those_of_predictions(result, said):
    whole = said("dataset.small", severity=Severity.ERROR)
    bad = said("bbox.wrong", image=1, severity=Severity.ERROR, prediction_rows=(0,))
    verdict = summarize_scan(result(scene("ab"), findings=(whole, bad))).verdict
    assert verdict == "1 error, none about a single annotation, and 1 about predictions."


def test_one_of_a_kind_is_counted_in_the_singular(full):
    summary = summarize_scan(full())
    few = replace(summary, images=1, annotations=1, categories=1, pairs=1)
    assert (
        describe_audited(few) == "1 image, 1 annotation, 1 category, 1 pair that overlaps or lies within 2 px"
    )
