"""Findings of two versions under common identities, also where a re-export renamed the pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from audit.findings.finding import Finding
from audit.findings.fingerprint import hash_finding


def identify_findings(
    findings: Sequence[Finding], mask_hash: NDArray[np.uint64], common_names: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Identify findings so that a picture's name does not matter where it was renamed.

    Parameters
    ----------
    findings : sequence of Finding
        Of one version.
    mask_hash : (n,) uint64
        Of its instances table.
    common_names : mapping
        File name in this version to the name in both, of the pictures that were renamed.

    Returns
    -------
    list of (str, str)
        Rule and fingerprint.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> old, new = (Finding("mask.tiny", Severity.INFO, "2 px", file_name=name, instance_rows=(0,))
    ...             for name in ("a.png", "images/a.png"))
    >>> hashes, names = np.array([7], dtype=np.uint64), {"a.png": "a", "images/a.png": "a"}
    >>> identify_findings([old], hashes, names) == identify_findings([new], hashes, names)
    True
    >>> identify_findings([], hashes, {})
    []
    """
    return [
        (finding.rule, _hash_under_name(finding, mask_hash, common_names[finding.file_name]))
        if finding.file_name is not None and finding.file_name in common_names
        else (finding.rule, finding.fingerprint)
        for finding in findings
    ]


def _hash_under_name(finding: Finding, mask_hash: NDArray[np.uint64], name: str) -> str:
    """Hash a finding by its masks; what is about none is told by its sentence."""
    parts = [f"{hashed:016x}" for hashed in mask_hash[list(finding.instance_rows)].tolist()]
    return hash_finding(finding.rule, name, parts or [finding.message])
