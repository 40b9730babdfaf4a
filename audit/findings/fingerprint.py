"""The identity of a finding: a hash that survives a re-export with new ids."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def hash_finding(rule: str, file_name: str | None, identity_parts: Iterable[str]) -> str:
    """Hash what a finding is about: its rule, its picture, and its masks or faulty values.

    Parameters
    ----------
    rule : str
        Rule id.
    file_name : str or None
        The image's file name; None for a finding about the dataset.
    identity_parts : iterable of str
        One text per mask (its pixels' hash) or per faulty value. Their order does not count.

    Returns
    -------
    str
        16 hexadecimal digits.

    Examples
    --------
    >>> one = hash_finding("overlap.duplicate", "a.png", ["p", "q"])
    >>> one == hash_finding("overlap.duplicate", "a.png", ["q", "p"])
    True
    >>> len(hash_finding("dataset.empty", None, []))
    16
    """
    hashed_text = "\x00".join([rule, file_name if file_name is not None else "\x01", *sorted(identity_parts)])
    return hashlib.blake2b(hashed_text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
