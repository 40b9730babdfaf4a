"""The page of a comparison: why predictions overlap, in numbers and pictures, and what would help."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audit.comparison.cause_summary import CauseCount
from audit.comparison.causes import Cause, OverlapCauses
from audit.comparison.result import Comparison
from audit.comparison.symptoms import Calibration
from audit.dataset.model import IntArray
from audit.findings.number_format import format_percent
from audit.geometry.runs import Runs, concatenate
from audit.pipeline.result import ScanResult
from audit.report.comparison_page import ComparisonPage, build_comparison_page
from audit.report.crop_gallery import Crop, CropRequest, draw_crops
from audit.report.line_charts import ChartLine, LineChart
from audit.report.report_data import ExtraPage
from audit.report.text_format import format_category, shorten_text

OF_EACH_CAUSE = 6
"""Pairs that are shown of every cause: the surest, of different images first."""


@dataclass(frozen=True, slots=True)
class Gallery:
    """Some pairs with one cause."""

    line: CauseCount
    shown: tuple[Crop, ...]


def comparison_extra_page(scan: ScanResult, comparison: Comparison) -> ExtraPage:
    """Make the page of a comparison.

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
        good=None if not page.pairs else False,
        values={
            "compared": page,
            "galleries": tuple(draw_cause_galleries(comparison, page, scan.image_root)),
            "charts": tuple(chart for chart in _build_charts(page) if chart.lines),
        },
    )


def draw_cause_galleries(c: Comparison, page: ComparisonPage, root: Path | None) -> Iterator[Gallery]:
    """Show the surest pairs of every cause that has some.

    Parameters
    ----------
    c : Comparison
    page : ComparisonPage
    root : Path or None
        Where the pictures lie.
    """
    for line in page.causes:
        cause = line.cause or (Cause.UNDETERMINED.value if line.group == Cause.UNDETERMINED.value else "")
        chosen = _choose_surest(c.overlaps, cause) if cause and line.pairs else []
        if chosen:
            wanted = [_request_crop(c, pair) for pair in chosen]
            yield Gallery(line, tuple(draw_crops(wanted, root)))


def _choose_surest(found: OverlapCauses, cause: str) -> list[int]:
    mine = np.flatnonzero(found.cause == cause)
    order = mine[np.lexsort((mine, -found.confidence[mine]))]
    _, first = np.unique(found.image[order], return_index=True)
    one_an_image = order[np.sort(first)]
    rest = order[~np.isin(order, one_an_image)]
    pairs: list[int] = np.r_[one_an_image, rest][:OF_EACH_CAUSE].tolist()
    return pairs


def _request_crop(c: Comparison, pair: int) -> CropRequest:
    found, m = c.overlaps, c.tables
    a, b = int(found.pairs.a[pair]), int(found.pairs.b[pair])
    image = int(found.image[pair])
    predicted = m.predictions.row[[a, b]]
    shows: IntArray = np.array([found.label_a[pair], found.label_b[pair]])
    labels = np.unique(shows[shows >= 0])
    masks: Runs = concatenate([m.predictions.decode(np.array([a, b])), m.labels.decode(labels)])
    where = c.predictions.annotations.index[predicted].tolist()
    names = [*(f"prediction {k}" for k in where), *("label" for _ in labels)]
    images = c.labels.images
    return CropRequest(
        images.file_name[image],
        (int(images.width[image]), int(images.height[image])),
        masks,
        ("a", "b", *("truth" for _ in labels)),
        tuple(names),
        _describe_pair(c, pair, a, b, where),
    )


def _describe_pair(c: Comparison, pair: int, a: int, b: int, where: list[int]) -> str:
    found, pairs, p = c.overlaps, c.overlaps.pairs, c.tables.predictions
    names = [*c.labels.categories.name, "unknown"]
    both = zip((a, b), where, strict=True)
    who = " and ".join(f"{format_category(names[p.category[k]])} {p.score[k]:.2f} (#{at})" for k, at in both)
    return (
        f"{who}: mask IoU {pairs.iou[pair]:.2f}, {format_percent(pairs.ios[pair])} of the smaller, "
        f"box IoU {pairs.box_iou[pair]:.2f}; {format_percent(found.confidence[pair])} sure"
    )


def _build_charts(page: ComparisonPage) -> Iterator[LineChart]:
    curves = page.curves
    for title, values in (
        ("Overlapping pairs left", [tuple(map(float, c.overlapping_pairs)) for c in curves]),
        ("Matched objects lost", [tuple(map(float, c.objects_lost)) for c in curves]),
        ("Average precision", [c.ap for c in curves]),
    ):
        lines = [
            ChartLine(
                shorten_text(f"{c.title}, {'within categories' if c.per_class else 'over all'}", 60),
                c.parameters,
                y,
            )
            for c, y in zip(curves, values, strict=True)
        ]
        yield LineChart(title, "threshold of NMS", tuple(lines))
    ceilings = tuple(ChartLine(c.title, c.thresholds, c.recall) for c in page.ceilings)
    yield LineChart("Recall that NMS leaves possible on the labels", "threshold of NMS", ceilings)
    yield _build_calibration_chart(page.calibration)


def _build_calibration_chart(c: Calibration) -> LineChart:
    some = c.predictions > 0
    x, y = c.mean_score[some].tolist(), c.right[some].tolist()
    lines = (
        ChartLine("predictions", tuple(x), tuple(y)),
        ChartLine("scores that are right", (0.0, 1.0), (0.0, 1.0)),
    )
    return LineChart("Share of right predictions", "score", lines if x else ())
