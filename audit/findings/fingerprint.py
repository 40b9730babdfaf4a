"""The identity of a finding: a hash that survives a re-export with new ids."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from ctypes import c_int64

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit.findings.arrow_arrays import build_array
from audit.findings.column_memory import read_text_memory
from audit.findings.finding import Finding
from audit.findings.sanitize import encodable
from audit.findings.text_columns import code_texts, join_columns
from audit.native.library import array, declare

_blake2b = declare("maskaudit_blake2b", array("u1"), array("i8"), c_int64)


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


def hash_mask_findings(
    rule: str,
    name_codes: NDArray[np.integer],
    file_names: Sequence[str | None],
    mask_hash: NDArray[np.uint64],
) -> pa.Array:
    """Do as `hash_finding` with many findings of a rule about masks.

    Parameters
    ----------
    rule : str
        Rule id.
    name_codes : (n,) int
        Which of the file names is each finding's.
    file_names : sequence of str or None
    mask_hash : (n, k) uint64
        Of each finding's masks.

    Returns
    -------
    (n,) large_string

    Examples
    --------
    >>> hashed = np.array([[7, 5]], np.uint64)
    >>> hash_mask_findings("overlap.duplicate", np.array([0]), ["a.png"], hashed).to_pylist() == [
    ...     hash_finding("overlap.duplicate", "a.png", ["0000000000000005", "0000000000000007"])
    ... ]
    True
    """
    in_order = np.sort(mask_hash, axis=1)  # as numbers they stand in the order of their digits
    names = ["\x01" if name is None else name for name in file_names]
    if any(encodable(name) != name for name in names):
        digits = [[f"{hashed:016x}" for hashed in row] for row in in_order.tolist()]
        rows = zip(name_codes.tolist(), digits, strict=True)
        return build_array([hash_finding(rule, names[code], row) for code, row in rows], pa.large_string())
    literals = [f"{rule}\x00", *["\x00"] * in_order.shape[1], ""]
    texts = join_columns(literals, [code_texts(name_codes, names), *np.ascontiguousarray(in_order.T)])
    content, start = read_text_memory(texts)
    return join_columns(["", ""], [_blake2b(content, start, len(texts))["digest"]])


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
