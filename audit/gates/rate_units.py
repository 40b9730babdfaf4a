"""What a rate counts: annotations, touching pairs or images, and which of them have a finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import IntArray
from audit.findings.finding import Finding
from audit.gates.bounds import ImageCounts, count_by_image
from audit.gates.policy import RateUnit
from audit.measure.schema import Measurements

MAX_INSTANCES = 8
"""Instances of a finding whose pairs are looked up: one about a whole group would have too many pairs."""


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
    row_of = _index_touching_pairs(measurements)
    return sum(not any(pair in row_of for pair in _list_pairs(finding)) for finding in findings)


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
        row_of = _index_touching_pairs(measurements)
        image = measurements.pairs["image"].to_numpy()[measurements.pairs["gap_px"].to_numpy() == 0]
        rows = [row_of[pair] for finding in findings for pair in _list_pairs(finding) if pair in row_of]
    defective = np.zeros(len(image), dtype=np.bool_)
    defective[rows] = True
    return np.where(image < 0, len(measurements.images), image), defective


def _index_touching_pairs(measurements: Measurements) -> Mapping[tuple[int, int], int]:
    """Number the pairs that touch or overlap."""
    touching = measurements.pairs["gap_px"].to_numpy() == 0
    a, b = (measurements.pairs[side].to_numpy()[touching].tolist() for side in ("a", "b"))
    return {pair: row for row, pair in enumerate(zip(a, b, strict=True))}


def _list_pairs(finding: Finding) -> list[tuple[int, int]]:
    rows = sorted(finding.instance_rows[:MAX_INSTANCES])
    return list(combinations(rows, 2))
