"""The page of a comparison with its pictures: some pairs of every cause, drawn over the image."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from audit.comparison.cause_summary import CauseCount
from audit.comparison.causes import Cause, OverlapCauses
from audit.comparison.result import Comparison
from audit.dataset.model import IntArray
from audit.findings.number_format import format_percent
from audit.geometry.runs import concatenate_runs
from audit.pipeline.result import ScanResult
from audit.report.comparison_charts import build_comparison_charts
from audit.report.comparison_page import build_comparison_page
from audit.report.crop_gallery import Crop, CropRequest, draw_crops
from audit.report.report_data import ExtraPage
from audit.report.text_format import format_category

OF_EACH_CAUSE = 6
"""Pairs that are shown of every cause: the surest, of different images first."""


def comparison_extra_page(scan: ScanResult, comparison: Comparison) -> ExtraPage:
    """Make the page of a comparison, to stand beside those of the scan.

    Parameters
    ----------
    scan : ScanResult
        Of the labels, for the pictures.
    comparison : Comparison
    """
    page = build_comparison_page(comparison)
    return ExtraPage(
        name="comparison",
        title="Predictions",
        headline=page.answer,
        is_good=None if not page.n_pairs else False,
        values={
            "comparison": page,
            "galleries": tuple(draw_cause_galleries(comparison, scan.image_root)),
            "charts": build_comparison_charts(comparison),
        },
    )


def draw_cause_galleries(
    comparison: Comparison, image_root: Path | None
) -> Iterator[tuple[CauseCount, tuple[Crop, ...]]]:
    """Show the surest pairs of every cause that has some.

    Parameters
    ----------
    comparison : Comparison
    image_root : Path or None
        Where the pictures lie.

    Yields
    ------
    (CauseCount, tuple of Crop)
    """
    for count in comparison.causes:
        is_undetermined = count.group == Cause.UNDETERMINED.value
        cause = count.cause or (Cause.UNDETERMINED.value if is_undetermined else "")
        pairs = _choose_surest(comparison.overlaps, cause) if cause and count.pairs else []
        if pairs:
            requests = [_request_crop(comparison, pair) for pair in pairs]
            yield count, tuple(draw_crops(requests, image_root))


def _choose_surest(overlaps: OverlapCauses, cause: str) -> list[int]:
    rows = np.flatnonzero(overlaps.cause == cause)
    surest_first = rows[np.lexsort((rows, -overlaps.confidence[rows]))]
    # One pair an image comes before a second one of the same image: six pictures of one image teach little.
    _, first = np.unique(overlaps.image[surest_first], return_index=True)
    one_an_image = surest_first[np.sort(first)]
    rest = surest_first[~np.isin(surest_first, one_an_image)]
    chosen: list[int] = np.r_[one_an_image, rest][:OF_EACH_CAUSE].tolist()
    return chosen


def _request_crop(comparison: Comparison, pair: int) -> CropRequest:
    overlaps, tables, images = comparison.overlaps, comparison.tables, comparison.labels.images
    a, b = int(overlaps.pairs.a[pair]), int(overlaps.pairs.b[pair])
    image = int(overlaps.image[pair])
    prediction_rows = tables.predictions.row[[a, b]]
    matched: IntArray = np.array([overlaps.label_a[pair], overlaps.label_b[pair]])
    labels = np.unique(matched[matched >= 0])
    masks = concatenate_runs([tables.predictions.decode(np.array([a, b])), tables.labels.decode(labels)])
    positions = comparison.predictions.annotations.index[prediction_rows].tolist()
    return CropRequest(
        images.file_name[image],
        (int(images.width[image]), int(images.height[image])),
        masks,
        ("a", "b", *("truth" for _ in labels)),
        (*(f"prediction {position}" for position in positions), *("label" for _ in labels)),
        _describe_pair(comparison, pair, positions),
    )


def _describe_pair(comparison: Comparison, pair: int, positions: list[int]) -> str:
    overlaps, predictions = comparison.overlaps, comparison.tables.predictions
    pairs, names = overlaps.pairs, [*comparison.labels.categories.name, "unknown"]
    both = []
    for row, position in zip((int(pairs.a[pair]), int(pairs.b[pair])), positions, strict=True):
        category = format_category(names[predictions.category[row]])
        both.append(f"{category} {predictions.score[row]:.2f} (#{position})")
    return (
        f"{' and '.join(both)}: mask IoU {pairs.iou[pair]:.2f}, "
        f"{format_percent(pairs.ios[pair])} of the smaller, box IoU {pairs.box_iou[pair]:.2f}; "
        f"{format_percent(overlaps.confidence[pair])} sure"
    )
