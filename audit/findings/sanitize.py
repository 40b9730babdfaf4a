"""Text from a dataset, made safe to show: nothing in it hides, acts, or cannot be encoded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

_NEVER_SHOWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control, format (bidirectional overrides, invisible marks), surrogate, line and paragraph separator."""
_JOINERS = "\u200c\u200d"
"""Format characters that Persian, Hindi and emoji cannot do without, and that hide nothing."""
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_FORMULA = frozenset("=+-@\u2212")
"""What a formula begins with, in a spreadsheet."""
_SKIPPED = (
    "".join(map(chr, range(0x21)))
    + "\x7f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff"
    + "".join(map(chr, range(0x2000, 0x2010)))
)
"""White space and invisible characters, which a spreadsheet may drop in front of a formula."""
_HARMLESS_START = re.compile(r"[A-Za-z0-9_./]")

_CI_COMMANDS = (
    # GitHub trims a line before it looks for "::"; colours of a table may stand before it as well.
    (re.compile(r"((?:^|\r)(?:[^\S\n]|\x1b\[[\d;]*m)*):(?=:)", re.MULTILINE), r"\1: "),
    # "##[error]" (GitHub, Azure), "##vso[...]" (Azure), "##teamcity[...]": found anywhere in a line.
    (re.compile(r"#(?=#\w*\[)"), "# "),
    # GitLab's markers, followed by the time in seconds, anywhere in a line.
    (re.compile(r"section_(start|end):(?=\d)"), r"section_\1: "),
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
        One line that any terminal, page, table or XML file can hold and UTF-8 can encode; text without such
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
        hidden = unicodedata.category(character) in _NEVER_SHOWN or _not_xml().match(character)
        if not hidden or character in _JOINERS:
            yield character
        elif character in _SHORT:
            yield _SHORT[character]
        else:
            yield _escape_character(character)


def _escape_character(character: str) -> str:
    if ord(character) < 0x80:
        return f"\\x{ord(character):02x}"
    return character.encode("ascii", "backslashreplace").decode()


@cache
def _not_xml() -> re.Pattern[str]:
    """Find whatever is no ``Char`` of XML 1.0 (section 2.2): no escape makes such a character legal.

    Compiled when a file of XML is written: ranges of all of Unicode take longer than any other import here.
    """
    return re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    r"""Replace the characters that XML 1.0 cannot hold by their escapes.

    These are control characters, lone surrogates, U+FFFE and U+FFFF. Whoever writes XML passes every
    text and attribute through this; quotes and brackets remain the XML library's part.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Text that parses in any XML 1.0 document; text without such characters is returned as it is.

    Examples
    --------
    >>> xml_text("größe <1>.png")
    'größe <1>.png'
    >>> print(xml_text("a\x00\uffff.png"), xml_text("\ud800"))
    a\x00\uffff.png \ud800
    >>> xml_text("")
    ''
    """
    return _not_xml().sub(lambda match: _escape_character(match[0]), text)


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

    A cell that a spreadsheet would run as a formula gets an apostrophe in front, also where spaces, tabs or
    line ends stand before the formula, or where its sign is a wide, small or raised one: spreadsheets drop
    the first and, in East Asian settings, read the second as the plain sign.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        One printable line (`printable`).

    Examples
    --------
    >>> csv_safe("=HYPERLINK(1)")
    "'=HYPERLINK(1)"
    >>> csv_safe("  ＝1+1")
    "'  ＝1+1"
    >>> csv_safe("cell 3")
    'cell 3'
    >>> csv_safe("")
    ''
    """
    shown = printable(text)
    if not text or _HARMLESS_START.match(text):
        return shown
    start = text.lstrip(_SKIPPED)[:1]
    # The compatible form of a sign that is wide, small or raised is the plain one.
    is_formula = unicodedata.normalize("NFKC", start) in _FORMULA
    return f"'{shown}" if is_formula or text[0] in "\t\r\n" else shown
