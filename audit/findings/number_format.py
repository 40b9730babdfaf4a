"""Numbers as people read them: one style for every message, page and table."""

from __future__ import annotations

import re

_SPACE_BEFORE_PERCENT = re.compile(r"(?<=\d) (?=%)")
_NO_BREAK_SPACE = "\u00a0"


def format_percent(share: float, decimals: int | None = 0) -> str:
    """Write a share in per cent, and never as none or all unless it is.

    Parameters
    ----------
    share : float
        Part of a whole, 0..1.
    decimals : int or None
        Digits after the point. Below 1 % and above 99 % there is one more, because that is where a rounded
        number would hide what matters. 0 is for sentences, where the least is 0.1 % and the most 99.9 %;
        in tables still smaller ones are written as ``< 0.01 %``. None writes the number as somebody typed
        it: for limits and levels of confidence, which are exact.

    Returns
    -------
    str
        With a space before the sign, as the International System of Units (section 5.4.7) asks.

    Examples
    --------
    >>> format_percent(0.384), format_percent(0.004), format_percent(1.0), format_percent(0.0)
    ('38 %', '0.4 %', '100 %', '0 %')
    >>> format_percent(0.257, 1), format_percent(0.00437, 1), format_percent(0.00001, 1)
    ('25.7 %', '0.44 %', '< 0.01 %')
    >>> format_percent(0.00125, None)
    '0.125 %'
    """
    percentage = 100 * share
    if decimals is None:
        return f"{percentage:.10g} %"  # without the last digits of a binary fraction
    if percentage in (0, 100):
        return f"{percentage:.0f} %"
    n_decimals = decimals + (percentage < 1 or percentage > 99)
    smallest_shown = 10.0**-n_decimals
    if 0 < percentage < smallest_shown / 2:
        return f"{'< ' if decimals else ''}{smallest_shown:.{n_decimals}f} %"
    if 100 - smallest_shown / 2 <= percentage < 100:
        return f"{'> ' if decimals else ''}{100 - smallest_shown:.{n_decimals}f} %"
    return f"{percentage:.{n_decimals}f} %"


def format_percent_range(low: float, high: float, decimals: int = 0) -> str:
    """Write an interval of shares.

    Parameters
    ----------
    low, high : float
        Its ends, 0..1.
    decimals : int
        As for `format_percent`.

    Examples
    --------
    >>> format_percent_range(0.0216, 0.1118, 1)
    '2.2 % to 11.2 %'
    >>> format_percent_range(0.0, 1.0)
    '0 % to 100 %'
    """
    return f"{format_percent(low, decimals)} to {format_percent(high, decimals)}"


def format_count(number: int, noun: str = "") -> str:
    """Write how many there are, thousands apart, with the noun in the right number.

    Parameters
    ----------
    number : int
    noun : str
        In the singular; its plural ends in s.

    Examples
    --------
    >>> format_count(12345), format_count(1, "error"), format_count(0, "error")
    ('12,345', '1 error', '0 errors')
    """
    if not noun:
        return f"{number:,}"
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def join_percent_signs(text: str) -> str:
    """Keep numbers and their per cent signs on one line, for HTML.

    Examples
    --------
    >>> join_percent_signs("38 % of 50 masks") == "38\u00a0% of 50 masks"
    True
    >>> join_percent_signs("")
    ''
    """
    return _SPACE_BEFORE_PERCENT.sub(_NO_BREAK_SPACE, text)
