"""A report as a folder of small pages that share their style sheet, script and pictures."""

from __future__ import annotations

from pathlib import Path

from audit.report.findings_list import pack_findings
from audit.report.page_templates import PageLinks, PageTemplates, name_asset, neighbours
from audit.report.pictures import encode_pictures
from audit.report.report_data import THUMBNAILS, ReportData, Thumbnail
from audit.report.scan_text import describe_audited
from audit.report.staged_folder import StagedReport, staged_report


def write_page_folder(material: ReportData, out: Path) -> None:
    """Write ``index.html``, ``findings.html`` and a page an image.

    Parameters
    ----------
    material : Material
    out : Path

    Raises
    ------
    OSError
        If a file cannot be written; an earlier report is then still whole.
    """
    site, page = PageTemplates(), material.build_dataset_page()
    common: dict[str, object] = {
        "version": page.version,
        "dataset": page.title,
        "extras": material.extras,
    }
    with staged_report(out) as stage:
        for data, kind in ((site.css, "css"), (site.js, "js")):
            stage.write(name_asset(data, kind), data)
        thumbnails = _write_image_pages(material, site, stage, common)
        links = PageLinks()
        index = site.page(
            "index.html.j2",
            links,
            page=page,
            thumbnails=thumbnails,
            pages=material.pages,
            counts=describe_audited(page.summary),
            **common,
        )
        listed = material.list_findings(links)
        browser = site.page(
            "findings.html.j2", links, listed=listed, data=pack_findings(listed), page=page, **common
        )
        stage.write("findings.html", browser)
        for extra in material.extras:
            values = {**extra.values, **common}
            stage.write(f"{extra.name}.html", site.page("extra.html.j2", links, extra=extra, **values))
        stage.write("index.html", index)


def _write_image_pages(
    material: ReportData, site: PageTemplates, stage: StagedReport, common: dict[str, object]
) -> list[Thumbnail]:
    """Write a page and a picture an image; return the contact sheet."""
    links = PageLinks("../")
    thumbnails = []
    pictures = encode_pictures(material.result, material.pages, thumbnails=THUMBNAILS)
    for number, (page, found) in enumerate(zip(material.pages, pictures, strict=True)):
        picture = small = None
        if found is not None:
            name = f"pictures/{page.stem}.jpg"
            stage.write(name, found.jpeg)
            picture = found.picture(links.root + name)
            if found.small:
                name = f"pictures/{page.stem}-small.jpg"
                stage.write(name, found.small)
                small = found.picture(name)
        if number < THUMBNAILS:
            thumbnails.append(material.thumbnail(page, small))
        place = neighbours(material.pages, number, links)
        html = site.page("image.html.j2", links, page=page, picture=picture, place=place, **common)
        stage.write(f"images/{page.stem}.html", html)
    return thumbnails
