"""A scan as a notebook shows it: the verdict, the rules, the worst images."""

from __future__ import annotations

from audit.pipeline.result import ScanResult
from audit.report.page_templates import Links, Site
from audit.report.pictures import data_url, encoded
from audit.report.report_data import Material
from audit.report.scan_text import audited

MAX_RULES = 12
MAX_IMAGES = 6
_SIDE = 360


def notebook_html(result: ScanResult) -> str:
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
    >>> "Nothing found" in notebook_html(ScanResult("1.0", empty_measurements(), (), {}, {}))
    True
    """
    material = Material.of(result, MAX_IMAGES)
    found = encoded(result, material.pages, thumbnails=0, side=_SIDE)
    pictures = [one.picture(data_url(one.jpeg)) if one else None for one in found]
    thumbnails = [
        material.thumbnail(page, picture) for page, picture in zip(material.pages, pictures, strict=True)
    ]
    summary = material.summary
    return str(
        Site().part(
            "notebook.html.j2",
            Links(),
            summary=summary,
            counts=audited(summary),
            rules=summary.rules[:MAX_RULES],
            more=max(0, len(summary.rules) - MAX_RULES),
            thumbnails=thumbnails,
        )
    )
