"""Text from a dataset, made safe to show: nothing in it hides, acts, or cannot be encoded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_NEVER_SHOWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control, format (bidirectional overrides, invisible marks), surrogate, line and paragraph separator."""
_JOINERS = "\u200c\u200d"
"""Format characters that Persian, Hindi and emoji cannot do without, and that hide nothing."""
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_FORMULA = frozenset({"", "=", "+", "-", "@", "\t", "\r"})

_CI_COMMANDS = (
    # GitHub trims a line before it looks for "::"; colours of a table may stand before it as well.
    (re.compile(r"((?:^|\r)(?:[^\S\n]|\x1b\[[\d;]*m)*):(?=:)", re.MULTILINE), r"\1: "),
    # "##[error]" (GitHub, Azure), "##vso[...]" (Azure), "##teamcity[...]": found anywhere in a line.
    (re.compile(r"#(?=#\w*\[)"), "# "),
    # GitLab's markers, followed by the time in seconds, anywhere in a line.
    (re.compile(r"\bsection_(start|end):(?=\d)"), r"section_\1: "),
)
"""What the log of a CI job would obey, and the same with a space inside."""


def neutralize_ci_commands(text: str) -> str:
    r"""Break what a CI system would take as a command when it reads text in the log of a job.

    A dataset may hold a category ``::stop-commands::x`` or an image ``##vso[task.setvariable]``. This is
    done on every machine, not only where CI is recognised: inside a container nothing tells it.

    Parameters
    ----------
    text : str
        One line or many, as they are going to be printed.

    Returns
    -------
    str
        The text with a space inside each command of GitHub, Azure, TeamCity and GitLab; anything else is
        returned as it is.

    Examples
    --------
    >>> neutralize_ci_commands(" ::error file=a.py::wrong")
    ' : :error file=a.py::wrong'
    >>> neutralize_ci_commands("a ##[error] and ##vso[task.complete]")
    'a # #[error] and # #vso[task.complete]'
    >>> neutralize_ci_commands("section_start:1700000000:build")
    'section_start: 1700000000:build'
    >>> neutralize_ci_commands("std::vector, ## Title"), neutralize_ci_commands("")
    ('std::vector, ## Title', '')
    """
    if "::" not in text and "##" not in text and "section_" not in text:
        return text
    for pattern, replacement in _CI_COMMANDS:
        text = pattern.sub(replacement, text)
    return text


def printable(text: str) -> str:
    r"""Show control, bidirectional, invisible and surrogate characters as escapes.

    Parameters
    ----------
    text : str
        Anything, for example a file name of a hostile dataset.

    Returns
    -------
    str
        One line that any terminal, page or table can show and UTF-8 can encode; text without such
        characters is returned as it is. It is for reading: it cannot be turned back.

    Examples
    --------
    >>> printable("nucleus 1.png")
    'nucleus 1.png'
    >>> print(printable("a\x1b[31mb"), printable("gpj.\u202eexe"), printable("\ud800"))
    a\x1b[31mb gpj.\u202eexe \ud800
    >>> printable("")
    ''
    """
    return text if text.isprintable() else "".join(_escape_characters(text))


def _escape_characters(text: str) -> Iterator[str]:
    for character in text:
        if unicodedata.category(character) not in _NEVER_SHOWN or character in _JOINERS:
            yield character
        elif character in _SHORT:
            yield _SHORT[character]
        else:
            yield (
                character.encode("ascii", "backslashreplace").decode()
                if ord(character) >= 0x80
                else f"\\x{ord(character):02x}"
            )


def encodable(text: str) -> str:
    r"""Replace lone surrogates, the only characters that UTF-8 cannot hold, by their escapes.

    Examples
    --------
    >>> encodable("größe.png")
    'größe.png'
    >>> print(encodable("a\ud800.png"))
    a\ud800.png
    >>> encodable("")
    ''
    """
    if text.isascii():  # known of every str, so it costs nothing
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text


def csv_safe(text: str) -> str:
    """Make text safe as a cell of a CSV file that somebody opens in a spreadsheet.

    A cell that a spreadsheet would run as a formula gets an apostrophe in front.

    Examples
    --------
    >>> csv_safe("=HYPERLINK(1)")
    "'=HYPERLINK(1)"
    >>> csv_safe("cell 3")
    'cell 3'
    >>> csv_safe("")
    ''
    """
    if text[:1] not in _FORMULA:
        return text if text.isprintable() else printable(text)
    return f"'{printable(text)}" if text else text
