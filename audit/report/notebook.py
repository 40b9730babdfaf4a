"""A scan as a notebook shows it: the verdict, the rules, the worst images."""

from __future__ import annotations

from audit.pipeline.result import ScanResult
from audit.report.page_templates import PageLinks, PageTemplates
from audit.report.pictures import encode_pictures, write_data_url
from audit.report.report_data import ReportData
from audit.report.scan_text import describe_audited

MAX_RULES = 12
MAX_IMAGES = 6
_SIDE = 360


def render_notebook(result: ScanResult) -> str:
    """Show a scan as one HTML element with its own styles, without scripts.

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
    >>> "Nothing found" in render_notebook(ScanResult("1.0", empty_measurements(), (), {}, {}))
    True
    """
    report = ReportData.of(result, MAX_IMAGES)
    thumbnails = [
        report.draw_thumbnail(page, encoded.picture(write_data_url(encoded.jpeg)) if encoded else None)
        for page, encoded in zip(
            report.pages, encode_pictures(result, report.pages, thumbnails=0, side=_SIDE), strict=True
        )
    ]
    summary = report.summary
    return str(
        PageTemplates().part(
            "notebook.html.j2",
            PageLinks(),
            summary=summary,
            counts=describe_audited(summary),
            rules=summary.rules[:MAX_RULES],
            more=max(0, len(summary.rules) - MAX_RULES),
            thumbnails=thumbnails,
        )
    )
