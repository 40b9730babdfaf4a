import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.findings.sanitize import csv_safe, encodable, neutralize_ci_commands, printable

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_printable_hides_nothing_and_encodes(text):
    shown = printable(text)
    shown.encode()
    assert len(shown.splitlines()) <= 1
    hidden = {c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert hidden <= {"\u200c", "\u200d"}
    assert len(shown) >= len(text)


@given(ANY_TEXT)
def test_printable_twice_is_printable_once(text):
    assert printable(printable(text)) == printable(text)


def test_ordinary_scripts_stay():
    for text in ("größe.png", "細胞\u3000一.png", "سلول\u200cها", "👩\u200d🔬"):
        assert printable(text) == text


def test_escapes_name_the_character():
    assert printable("\x1b[2J\u202e\ud800\n\x85") == r"\x1b[2J\u202e\ud800\n\x85"


@given(ANY_TEXT)
def test_encodable_changes_surrogates_only(text):
    plain = encodable(text)
    plain.encode()
    if not any("\ud800" <= c <= "\udfff" for c in text):
        assert plain == text


@given(
    st.text(st.sampled_from(" \t\r\n\x0b\xa0\u3000\u2003\u200b\u200d\ufeff"), max_size=3),
    st.sampled_from("=+-@＝＋－＠﹢﹣﹦﹫⁺⁻⁼−"),
    ANY_TEXT,
)
def test_no_cell_starts_a_formula(space, first, rest):
    assert csv_safe(space + first + rest) == "'" + printable(space + first + rest)


@given(st.sampled_from("\t\r\n"), ANY_TEXT)
def test_no_cell_starts_with_what_ends_one(first, rest):
    assert csv_safe(first + rest)[0] == "'"


@pytest.mark.parametrize(
    "text", ["", "cell", "3", " cell -1", "細胞", "_a", "(x)", "\u3000", " ", "a\n=1", "?=1"]
)
def test_an_ordinary_cell_is_only_made_printable(text):
    assert csv_safe(text) == printable(text)


COMMANDS = (
    "::error::x",
    "::stop-commands::x",
    "##[error]x",
    "##vso[task.complete]",
    "##teamcity[x]",
    "section_end:1:a",
)
PREFIXES = ("", " ", "\t", "\u3000\xa0", "\x1b[1;31m", "line before\n", "line before\r", "\n\n  \x1b[0m ")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_no_line_commands_a_ci_system(ci_commands, prefix, command):
    shown = neutralize_ci_commands(prefix + command)
    assert ci_commands(prefix + command)
    assert not ci_commands(shown)
    assert shown.replace(" ", "") == (prefix + command).replace(" ", "")


@given(
    parts=st.lists(
        st.sampled_from([*COMMANDS, *PREFIXES, ":", "#", "[", "a", "section_start:", "9"]), max_size=9
    )
)
def test_no_mixture_commands_a_ci_system(ci_commands, parts):
    shown = neutralize_ci_commands("".join(parts))
    assert not ci_commands(shown)
    assert neutralize_ci_commands(shown) == shown


@pytest.mark.parametrize(
    "text", ["std::vector", "a:b", "# Title", "## Title [1]", "section_start: now", "C#[0]", "\n\n"]
)
def test_ordinary_text_stays(text):
    assert neutralize_ci_commands(text) == text
