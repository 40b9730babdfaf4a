"""The distributions on the dataset page: what is counted, over which masks and pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from audit.findings.finding import Finding, Severity
from audit.geometry.gap_and_contact import MAX_GAP
from audit.pipeline.result import ScanResult
from audit.report.charts import Histogram, count_histogram


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
    flagged = _mark_flagged(result.findings, len(instances))
    both = flagged[pairs["a"].to_numpy()] & flagged[pairs["b"].to_numpy()]
    charts = [*_mask_histograms(instances, flagged), *_pair_histograms(pairs, both)]
    return tuple(chart for chart in charts if chart.total)


def _mask_histograms(instances: pd.DataFrame, flagged: NDArray[np.bool_]) -> Iterator[Histogram]:
    drawn = instances["area_px"].to_numpy() > 0
    area, solidity = (instances[name].to_numpy(np.float64)[drawn] for name in ("area_px", "solidity"))
    flagged = flagged[drawn]
    yield count_histogram("area", "Mask area", "pixels, logarithmic", area, flagged, log=True)
    yield count_histogram(
        "solidity", "Solidity: mask by convex hull", "share", solidity, flagged, limits=(0.0, 1.0)
    )


def _pair_histograms(pairs: pd.DataFrame, flagged: NDArray[np.bool_]) -> Iterator[Histogram]:
    iou, depth, gap, contact = (
        pairs[name].to_numpy(np.float64) for name in ("iou", "depth_px", "gap_px", "contact_px")
    )
    over = pairs["intersection_px"].to_numpy() > 0
    logarithmic = partial(count_histogram, axis="pixels, logarithmic", log=True)
    yield count_histogram("iou", "Overlap of two masks", "IoU", iou[over], flagged[over], limits=(0.0, 1.0))
    yield logarithmic("depth", "Depth of overlaps", values=depth[over], flagged=flagged[over])
    yield count_histogram(
        "gap", "Gap between masks that touch or nearly do", "pixels", gap[~over], flagged[~over],
        bins=MAX_GAP + 1, limits=(-0.5, MAX_GAP + 0.5),
    )  # fmt: skip
    yield logarithmic(
        "contact", "Shared border of masks that touch", values=contact[~over], flagged=flagged[~over]
    )


def _mark_flagged(findings: Sequence[Finding], n: int) -> NDArray[np.bool_]:
    """Mark the instances that an error or a warning is about."""
    flagged = np.zeros(n, dtype=np.bool_)
    for finding in findings:
        if finding.severity is not Severity.INFO:
            flagged[list(finding.instance_rows)] = True
    return flagged
