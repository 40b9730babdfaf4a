"""The distributions on the dataset page: what is counted, over which masks and pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from audit.findings.finding import Finding, Severity
from audit.geometry.pairs import MAX_GAP
from audit.measure.column_table import ColumnTable
from audit.pipeline.result import ScanResult
from audit.report.histograms import Histogram, count_histogram


def count_distributions(result: ScanResult) -> tuple[Histogram, ...]:
    """Count how large and how solid the masks are, how much they overlap and how closely they touch.

    Parameters
    ----------
    result : ScanResult

    Returns
    -------
    tuple of Histogram
        Those with anything in them. A mask counts as flagged where an error or a warning is about it, a
        pair where one is about both of its masks.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> count_distributions(ScanResult("1.0", empty_measurements(), (), {}, {}))
    ()
    """
    instances, pairs = result.measurements.instances, result.measurements.pairs
    is_flagged = _mark_flagged(result.findings, len(instances))
    both_flagged = is_flagged[pairs["a"].to_numpy()] & is_flagged[pairs["b"].to_numpy()]
    charts = [*_mask_histograms(instances, is_flagged), *_pair_histograms(pairs, both_flagged)]
    return tuple(chart for chart in charts if chart.total)


def _mask_histograms(instances: ColumnTable, is_flagged: NDArray[np.bool_]) -> Iterator[Histogram]:
    has_mask = instances["area_px"].to_numpy() > 0
    area, solidity = (instances[column].to_numpy(np.float64)[has_mask] for column in ("area_px", "solidity"))
    is_flagged = is_flagged[has_mask]
    yield count_histogram("area", "Mask area", "pixels, logarithmic", area, is_flagged, log=True)
    yield count_histogram(
        "solidity", "Solidity: mask by convex hull", "share", solidity, is_flagged, limits=(0.0, 1.0)
    )


def _pair_histograms(pairs: ColumnTable, is_flagged: NDArray[np.bool_]) -> Iterator[Histogram]:
    iou, depth, gap, contact = (
        pairs[column].to_numpy(np.float64) for column in ("iou", "depth_px", "gap_px", "contact_px")
    )
    is_overlap = pairs["intersection_px"].to_numpy() > 0
    logarithmic = partial(count_histogram, axis="pixels, logarithmic", log=True)
    yield count_histogram(
        "iou", "Overlap of two masks", "IoU", iou[is_overlap], is_flagged[is_overlap], limits=(0.0, 1.0)
    )
    yield logarithmic("depth", "Depth of overlaps", values=depth[is_overlap], flagged=is_flagged[is_overlap])
    yield count_histogram(
        "gap",
        "Gap between masks that touch or nearly do",
        "pixels",
        gap[~is_overlap],
        is_flagged[~is_overlap],
        bins=MAX_GAP + 1,
        limits=(-0.5, MAX_GAP + 0.5),
    )
    yield logarithmic(
        "contact",
        "Shared border of masks that touch",
        values=contact[~is_overlap],
        flagged=is_flagged[~is_overlap],
    )


def _mark_flagged(findings: Sequence[Finding], n_instances: int) -> NDArray[np.bool_]:
    """Mark the instances that an error or a warning is about."""
    is_flagged = np.zeros(n_instances, dtype=np.bool_)
    for finding in findings:
        if finding.severity is not Severity.INFO:
            is_flagged[list(finding.instance_rows)] = True
    return is_flagged
