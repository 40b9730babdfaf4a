"""What a rate counts: annotations, touching pairs or images, and which of them have a finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import IntArray
from audit.findings.finding import Finding
from audit.gates.bounds import Clusters
from audit.gates.policy import Unit
from audit.measure.schema import Measurements


def clusters(unit: Unit, m: Measurements, findings: Sequence[Finding]) -> Clusters:
    """Count the units of each image, and those that findings are about.

    Parameters
    ----------
    unit : str
        ``annotation``: every annotation record, those of unknown images together as one image;
        ``pair``: every two masks that share a border or overlap; ``image``: every image record.
    m : Measurements
    findings : sequence of Finding
        Those that count.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> from audit.testing import measured, scene
    >>> m = measured(scene("aabb"), scene("cc.."))
    >>> found = [Finding("overlap.partial", Severity.INFO, "", image_row=0, instance_rows=(0, 1))]
    >>> [(c.total, c.found) for c in (clusters(u, m, found) for u in ("annotation", "pair", "image"))]
    [(3, 2), (1, 1), (2, 1)]
    >>> clusters("annotation", measured(), []).total
    0
    """
    image, defective = _units(unit, m, findings)
    images = len(m.images) + 1
    units = np.bincount(image, minlength=images)
    bad = np.bincount(image[defective], minlength=images)
    some = units > 0
    return Clusters(units[some].astype(np.int64), bad[some].astype(np.int64))


def uncounted(unit: Unit, m: Measurements, findings: Sequence[Finding]) -> int:
    """Count the findings that are about no such unit: a rate cannot see them.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> from audit.testing import measured
    >>> uncounted("annotation", measured(), [Finding("dataset.empty", Severity.INFO, "")])
    1
    >>> uncounted("image", measured(), [])
    0
    """
    if unit == "annotation":
        return sum(not finding.instance_rows for finding in findings)
    if unit == "image":
        return sum(finding.image_row < 0 for finding in findings)
    row_of = _touching(m)
    return sum(not any(pair in row_of for pair in _pairs(finding)) for finding in findings)


def _units(unit: Unit, m: Measurements, findings: Sequence[Finding]) -> tuple[IntArray, NDArray[np.bool_]]:
    """Return the image of every unit (the last number = unknown) and whether it has a finding."""
    if unit == "image":
        image = np.arange(len(m.images))
        rows = [finding.image_row for finding in findings if finding.image_row >= 0]
    elif unit == "annotation":
        image = m.instances["image"].to_numpy()
        rows = [row for finding in findings for row in finding.instance_rows]
    else:
        row_of = _touching(m)
        image = m.pairs["image"].to_numpy()[m.pairs["gap_px"].to_numpy() == 0]
        rows = [row_of[pair] for finding in findings for pair in _pairs(finding) if pair in row_of]
    defective = np.zeros(len(image), dtype=np.bool_)
    defective[rows] = True
    return np.where(image < 0, len(m.images), image), defective


def _touching(m: Measurements) -> Mapping[tuple[int, int], int]:
    """Number the pairs that touch or overlap."""
    touching = m.pairs["gap_px"].to_numpy() == 0
    a, b = (m.pairs[side].to_numpy()[touching].tolist() for side in ("a", "b"))
    return {pair: row for row, pair in enumerate(zip(a, b, strict=True))}


def _pairs(finding: Finding) -> list[tuple[int, int]]:
    rows = sorted(finding.instance_rows[:8])
    return list(combinations(rows, 2))
