"""The page of a comparison with its pictures: some pairs of every cause, drawn over the image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from audit.comparison.cause_names import Cause
from audit.comparison.cause_summary import CauseCount
from audit.comparison.causes import OverlapCauses
from audit.comparison.result import Comparison
from audit.dataset.model import IntArray
from audit.findings.number_format import format_percent
from audit.geometry.runs import concatenate_runs
from audit.pipeline.result import ScanResult
from audit.report.cause_wording import cause_title
from audit.report.comparison_charts import build_comparison_charts
from audit.report.comparison_page import build_comparison_page
from audit.report.crop_gallery import Crop, CropRequest, draw_crops
from audit.report.report_data import ExtraPage
from audit.report.text_format import format_category

OF_EACH_CAUSE = 3
"""Pairs that the answer shows of every cause: the surest, of different images first."""
PAIRS_A_PAGE = 100
MAX_PAIRS = 1500
"""Pairs that are drawn; all are in ``overlaps.parquet``."""


def list_comparison_pages(
    scan: ScanResult, comparison: Comparison, *, all_pairs: bool = True
) -> list[ExtraPage]:
    """Make the pages of a comparison, to stand beside those of the scan: the answer, the details, all pairs.

    Parameters
    ----------
    scan : ScanResult
        Of the labels, for the pictures.
    comparison : Comparison
    all_pairs : bool
        Whether to draw every pair, as a report in a folder shows them.
    """
    page = build_comparison_page(comparison)
    pair_pages = list(_list_pair_pages(comparison, scan.image_root)) if all_pairs else []
    answer = ExtraPage(
        name="comparison",
        title="Predictions",
        headline=page.answer,
        is_good=None if not page.n_pairs else False,
        values={
            "comparison": page,
            "galleries": tuple(
                sorted(
                    draw_cause_galleries(comparison, scan.image_root), key=lambda gallery: -gallery[0].pairs
                )
            ),
            "pair_pages": tuple(pair_page.name for pair_page in pair_pages),
            "page_of_cause": _find_first_pages(pair_pages),
        },
    )
    pair_images = tuple(dict.fromkeys(comparison.overlaps.image.tolist()))
    details = ExtraPage(
        name="comparison-details",
        title="Details of the predictions",
        headline="",
        is_good=None,
        values={"comparison": page, "charts": build_comparison_charts(comparison)},
        in_menu=False,
        images=pair_images,
    )
    return [answer, details, *pair_pages]


def _find_first_pages(pair_pages: Sequence[ExtraPage]) -> dict[str, str]:
    """Return the page on which the pairs of each cause begin."""
    first_pages: dict[str, str] = {}
    for page in pair_pages:
        for kind in page.values["kinds"]:  # type: ignore[attr-defined]
            first_pages.setdefault(kind, page.name)
    return first_pages


def _list_pair_pages(comparison: Comparison, image_root: Path | None) -> Iterator[ExtraPage]:
    """Draw every pair, the causes with most pairs first and the surest pair first, some a page."""
    counts = sorted(
        (count for count in comparison.causes if count.pairs and _cause_of(count)),
        key=lambda count: -count.pairs,
    )
    ordered = [
        (cause_title(count), pair)
        for count in counts
        for pair in _order_by_confidence(comparison.overlaps, _cause_of(count))
    ]
    drawn = ordered[:MAX_PAIRS]
    starts = range(0, len(drawn), PAIRS_A_PAGE)
    names = ["pairs" if start == 0 else f"pairs-{start // PAIRS_A_PAGE + 1}" for start in starts]
    for name, start in zip(names, starts, strict=True):
        requests = [
            _request_crop(comparison, pair, title) for title, pair in drawn[start : start + PAIRS_A_PAGE]
        ]
        # In the order of images each picture is read once; then back in the order of the page.
        by_image = sorted(range(len(requests)), key=lambda position: requests[position].file_name)
        crops = list(draw_crops([requests[position] for position in by_image], image_root))
        position_of = {requests[position].text: position for position in by_image}
        crops.sort(key=lambda crop: position_of[crop.text])
        yield ExtraPage(
            name=name,
            title="Overlapping pairs",
            headline="",
            is_good=None,
            values={
                "crops": tuple(crops),
                "kinds": tuple(dict.fromkeys(crop.kind for crop in crops)),
                "first_number": start + 1,
                "n_pairs": len(ordered),
                "n_drawn": len(drawn),
                "names": tuple(names),
                "name": name,
            },
            template="pairs",
            in_menu=False,
            in_folder_only=True,
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
        cause = _cause_of(count)
        pairs = _choose_surest(comparison.overlaps, cause) if cause and count.pairs else []
        if pairs:
            requests = [_request_crop(comparison, pair, cause_title(count)) for pair in pairs]
            yield count, tuple(draw_crops(requests, image_root))


def _cause_of(count: CauseCount) -> str:
    """Return the cause that pairs have in the table of pairs; empty for a group of causes."""
    return count.cause or (Cause.UNDETERMINED.value if count.group == Cause.UNDETERMINED.value else "")


def _order_by_confidence(overlaps: OverlapCauses, cause: str) -> list[int]:
    """Return the pairs of a cause, the surest first."""
    rows = np.flatnonzero(overlaps.cause == cause)
    ordered: list[int] = rows[np.lexsort((rows, -overlaps.confidence[rows]))].tolist()
    return ordered


def _choose_surest(overlaps: OverlapCauses, cause: str) -> list[int]:
    surest_first = np.array(_order_by_confidence(overlaps, cause), dtype=np.int64)
    # One pair an image comes before a second one of the same image: six pictures of one image teach little.
    _, first = np.unique(overlaps.image[surest_first], return_index=True)
    one_an_image = surest_first[np.sort(first)]
    rest = surest_first[~np.isin(surest_first, one_an_image)]
    chosen: list[int] = np.r_[one_an_image, rest][:OF_EACH_CAUSE].tolist()
    return chosen


def _request_crop(comparison: Comparison, pair: int, cause: str) -> CropRequest:
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
        kind=cause,
        image_row=image,
        category=format_category(
            [*comparison.labels.categories.name, "unknown"][int(tables.predictions.category[a])]
        ),
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
