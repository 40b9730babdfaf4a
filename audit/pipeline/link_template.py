"""The address of a finding in a labelling tool, as a template: ``https://cvat.example/tasks/{task}``."""

from __future__ import annotations

import re
from urllib.parse import quote

_FIELD = re.compile(r"\{([A-Za-z_][\w.]*)\}")
_ADDRESS = re.compile(r"https?://[^/?#\s{}\\@]+(?:[/?#][^\s{}\\<>\"']*)?")
"""What may be linked to; the server is written out, so that no field of a dataset chooses it."""


def list_link_fields(template: str) -> tuple[str, ...]:
    """List the fields of a template.

    Parameters
    ----------
    template : str
        An address with fields in curly brackets; empty = no links.

    Returns
    -------
    tuple of str
        Each once, in order.

    Raises
    ------
    ValueError
        If it is no address of http or https, or a field stands where the server is named.

    Examples
    --------
    >>> list_link_fields("https://cvat.example/tasks/{task}/jobs/{job}?frame={frame}")
    ('task', 'job', 'frame')
    >>> list_link_fields("javascript:alert({task})")
    Traceback (most recent call last):
    ValueError: expected an address as https://cvat.example/tasks/{task}?frame={frame}
    >>> list_link_fields("")
    ()
    """
    if not template:
        return ()
    start = _FIELD.split(template, maxsplit=1)[0]
    server_is_whole = "{" not in template or re.match(r"https?://[^/?#]+[/?#]", start)
    if not server_is_whole or not _ADDRESS.fullmatch(_FIELD.sub("", template)):
        raise ValueError("expected an address as https://cvat.example/tasks/{task}?frame={frame}")
    return tuple(dict.fromkeys(_FIELD.findall(template)))


def fill_link(template: str, values: dict[str, str]) -> str:
    """Put the values of one finding into a template.

    Parameters
    ----------
    template : str
        As `list_link_fields` accepts it.
    values : dict
        Field to text; whatever could end a part of the address is escaped.

    Returns
    -------
    str
        Empty where a field has no value: half an address leads to the wrong place.

    Examples
    --------
    >>> fill_link("https://a.example/{task}?f={frame}", {"task": "7", "frame": "a b/&c"})
    'https://a.example/7?f=a%20b%2F%26c'
    >>> fill_link("https://a.example/{task}", {})
    ''
    """
    if not all(values.get(name) for name in _FIELD.findall(template)):
        return ""
    return _FIELD.sub(lambda field: quote(values[field[1]], safe="", errors="replace"), template)
