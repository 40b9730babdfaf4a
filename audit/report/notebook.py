"""A scan and a comparison as a notebook shows them: one HTML element with its own styles, without scripts."""

from __future__ import annotations

from pathlib import Path

from audit.comparison.result import Comparison
from audit.pipeline.result import ScanResult
from audit.report.actions import rank_actions
from audit.report.comparison_gallery import draw_cause_galleries
from audit.report.comparison_page import build_comparison_page
from audit.report.image_page_builder import ImagePageBuilder
from audit.report.page_selection import find_pictureless, order_worst_first
from audit.report.page_templates import PageLinks, PageTemplates
from audit.report.pictures import encode_pictures, write_data_url
from audit.report.report_data import Thumbnail
from audit.report.scan_summary import summarize_scan
from audit.report.scan_text import describe_audited

MAX_RULES = 12
MAX_IMAGES = 6
MAX_CAUSES = 3
"""What pairs show, the commonest first, that is drawn."""
_SIDE = 360


def render_scan_cell(result: ScanResult) -> str:
    """Show a scan: the verdict, what to look at first, the rules, and the worst images of the report.

    Parameters
    ----------
    result : ScanResult

    Returns
    -------
    str
        For ``_repr_html_``.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> "Nothing found" in render_scan_cell(ScanResult("1.0", empty_measurements(), (), {}, {}))
    True
    """
    # Not those that `choose_images` takes in turn from every rule: six of them would hardly be the worst.
    worst = order_worst_first(result.findings, result.rules, find_pictureless(result))[:MAX_IMAGES]
    builder = ImagePageBuilder(result)
    pages = [builder.build_page(image) for image in worst]
    pictures = [
        encoded.picture(write_data_url(encoded.jpeg)) if encoded else None
        for encoded in encode_pictures(result, pages, thumbnails=0, side=_SIDE)
    ]
    thumbnails = [
        Thumbnail(page, picture, builder.draw_thumbnail(page, _SIDE))
        for page, picture in zip(pages, pictures, strict=True)
    ]
    summary = summarize_scan(result)
    return str(
        PageTemplates().part(
            "notebook_scan.html.j2",
            PageLinks(),
            summary=summary,
            counts=describe_audited(summary),
            actions=rank_actions(result, {}),
            rules=summary.rules[:MAX_RULES],
            more=max(0, len(summary.rules) - MAX_RULES),
            thumbnails=thumbnails,
        )
    )


def render_comparison_cell(image_root: Path | None, comparison: Comparison) -> str:
    """Show a comparison: what is to blame, on what that rests, metrics, and pairs of the commonest kinds.

    Parameters
    ----------
    image_root : Path or None
        Where the pictures lie.
    comparison : Comparison

    Returns
    -------
    str
        For ``_repr_html_``.

    Examples
    --------
    >>> from audit.comparison.conventions import unknown_conventions
    >>> from audit.comparison.run import compare_datasets
    >>> from audit.dataset.model import empty_dataset
    >>> nothing = compare_datasets(empty_dataset(), empty_dataset(), unknown_conventions)
    >>> "No two predictions overlap." in render_comparison_cell(None, nothing)
    True
    """
    galleries = sorted(draw_cause_galleries(comparison, image_root), key=lambda gallery: -gallery[0].pairs)
    page = build_comparison_page(comparison)
    return str(
        PageTemplates().part(
            "notebook_comparison.html.j2",
            PageLinks(),
            page=page,
            evidence=[line for line in page.evidence if page.n_pairs and (line[4] or line[5])],
            metrics=[metric for metric in page.metrics if metric[3]],
            galleries=galleries[:MAX_CAUSES],
        )
    )
