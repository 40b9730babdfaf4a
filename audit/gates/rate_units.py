"""What a rate counts: annotations, touching pairs or images, and which of them have a finding."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import IntArray
from audit.findings.finding import Finding
from audit.gates.bounds import ImageCounts, count_by_image
from audit.gates.policy import RateUnit
from audit.measure.schema import Measurements

MAX_INSTANCES = 8
"""Instances of a finding whose pairs are looked up one by one; of more, all touching pairs are searched."""


def count_units(unit: RateUnit, measurements: Measurements, findings: Sequence[Finding]) -> ImageCounts:
    """Count the units of each image, and those that findings are about.

    Parameters
    ----------
    unit : str
        ``annotation``: every annotation record, those of unknown images together as one image;
        ``pair``: every two masks that share a border or overlap; ``image``: every image record.
    measurements : Measurements
    findings : sequence of Finding
        Those that count.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> from audit.testing import measured, scene
    >>> example = measured(scene("aabb"), scene("cc.."))
    >>> findings = [Finding("overlap.partial", Severity.INFO, "", image_row=0, instance_rows=(0, 1))]
    >>> for unit in ("annotation", "pair", "image"):
    ...     counts = count_units(unit, example, findings)
    ...     print(counts.n_units, counts.n_defective)
    3 2
    1 1
    2 1
    >>> count_units("annotation", measured(), []).n_units
    0
    """
    return count_by_image(*_locate_units(unit, measurements, findings))


def count_outside_units(unit: RateUnit, measurements: Measurements, findings: Sequence[Finding]) -> int:
    """Count the findings that are about no such unit: a rate cannot see them.

    Parameters
    ----------
    unit : str
        As for `count_units`.
    measurements : Measurements
    findings : sequence of Finding
        Those that count.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> from audit.testing import measured
    >>> count_outside_units("annotation", measured(), [Finding("dataset.empty", Severity.INFO, "")])
    1
    >>> count_outside_units("image", measured(), [])
    0
    """
    if unit == "annotation":
        return sum(not finding.instance_rows for finding in findings)
    if unit == "image":
        return sum(finding.image_row < 0 for finding in findings)
    touching_pairs = _TouchingPairs(measurements)
    return sum(not len(touching_pairs.find(finding)) for finding in findings)


def _locate_units(
    unit: RateUnit, measurements: Measurements, findings: Sequence[Finding]
) -> tuple[IntArray, NDArray[np.bool_]]:
    """Return the image of every unit (the last number = unknown) and whether it has a finding."""
    if unit == "image":
        image = np.arange(len(measurements.images))
        rows = [finding.image_row for finding in findings if finding.image_row >= 0]
    elif unit == "annotation":
        image = measurements.instances["image"].to_numpy()
        rows = [row for finding in findings for row in finding.instance_rows]
    else:
        touching_pairs = _TouchingPairs(measurements)
        image = touching_pairs.image
        rows = [row for finding in findings for row in touching_pairs.find(finding)]
    defective = np.zeros(len(image), dtype=np.bool_)
    defective[rows] = True
    return np.where(image < 0, len(measurements.images), image), defective


class _TouchingPairs:
    """The pairs that touch or overlap, and which of them a finding is about."""

    def __init__(self, measurements: Measurements) -> None:
        touching = measurements.pairs["gap_px"].to_numpy() == 0
        self.image, self._a, self._b = (
            measurements.pairs[name].to_numpy()[touching] for name in ("image", "a", "b")
        )
        pairs = zip(self._a.tolist(), self._b.tolist(), strict=True)
        self._row_of = {pair: row for row, pair in enumerate(pairs)}
        self._n_instances = len(measurements.instances)

    def find(self, finding: Finding) -> list[int]:
        """Return the rows of the pairs of which both masks are the finding's."""
        if len(finding.instance_rows) > MAX_INSTANCES:
            is_named = np.zeros(self._n_instances, dtype=np.bool_)
            is_named[list(finding.instance_rows)] = True
            rows: list[int] = np.flatnonzero(is_named[self._a] & is_named[self._b]).tolist()
            return rows
        pairs = combinations(sorted(finding.instance_rows), 2)
        return [self._row_of[pair] for pair in pairs if pair in self._row_of]
