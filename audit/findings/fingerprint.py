"""The identity of a finding: a hash that survives a re-export with new ids."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from audit.findings.finding import Finding


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


def hash_under_name(finding: Finding, file_name: str, mask_hash: NDArray[np.uint64]) -> str:
    """Hash a finding as if its picture had another name; what is about no mask is told by its sentence.

    Parameters
    ----------
    finding : Finding
    file_name : str
    mask_hash : (n,) uint64
        Of the instances table.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> moved = Finding("mask.tiny", Severity.INFO, "2 px", file_name="images/a.png", instance_rows=(0,))
    >>> hash_under_name(moved, "a.png", np.array([7], np.uint64)) == hash_finding(
    ...     "mask.tiny", "a.png", ["0000000000000007"]
    ... )
    True
    """
    parts = [f"{hashed:016x}" for hashed in mask_hash[list(finding.instance_rows)].tolist()]
    return hash_finding(finding.rule, file_name, parts or [finding.message])
