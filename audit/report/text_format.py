"""Texts of a dataset, written so that they can stand in a page."""

from __future__ import annotations

from audit.findings.sanitize import printable


def shorten_text(text: str, limit: int = 160) -> str:
    """Make a text from the dataset printable and short.

    Parameters
    ----------
    text : str
    limit : int
        Characters, before unprintable ones are written as escapes.

    Examples
    --------
    >>> shorten_text("nucleus"), shorten_text("x" * 300, 5), shorten_text("")
    ('nucleus', 'xxxx…', '')
    """
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return printable(cut)


def format_category(name: object) -> str:
    """Write a category's name: the same everywhere, so that a link can filter by it.

    Examples
    --------
    >>> format_category("nucleus"), format_category("")
    ('nucleus', '(no name)')
    """
    return shorten_text(str(name), 60) or "(no name)"
