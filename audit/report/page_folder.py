"""A report as a folder of small pages that share their style sheet, script and pictures."""

from __future__ import annotations

from pathlib import Path

from audit.report.actions import rank_actions
from audit.report.finding_crops import MAX_CROPS, split_crops, write_crop_file
from audit.report.findings_list import pack_findings
from audit.report.page_templates import PageLinks, PageTemplates, find_neighbours, name_asset
from audit.report.pictures import encode_pictures
from audit.report.report_data import THUMBNAILS, ReportData, Thumbnail
from audit.report.scan_text import describe_audited
from audit.report.staged_folder import StagedReport, staged_report


def write_page_folder(report: ReportData, out: Path, max_crops: int = MAX_CROPS) -> None:
    """Write ``index.html``, ``findings.html`` and a page an image.

    Parameters
    ----------
    report : ReportData
    out : Path
    max_crops : int
        Findings that get a small picture.

    Raises
    ------
    OSError
        If a file cannot be written; an earlier report is then still whole.
    """
    templates, page = PageTemplates(), report.build_dataset_page()
    common: dict[str, object] = {
        "version": page.version,
        "dataset": page.title,
        "extras": report.extras,
    }
    with staged_report(out) as stage:
        for content, extension in ((templates.css, "css"), (templates.js, "js")):
            stage.write(name_asset(content, extension), content)
        thumbnails = _write_image_pages(report, templates, stage, common)
        crops = report.draw_crops(max_crops)
        for number, file_crops in enumerate(split_crops(list(crops.values()))):
            stage.write(f"crops/{number:06d}.js", write_crop_file(number, file_crops).encode())
        links = PageLinks()
        index = templates.page(
            "index.html.j2",
            links,
            page=page,
            thumbnails=thumbnails,
            actions=rank_actions(report.result, crops),
            pages=report.pages,
            counts=describe_audited(page.summary),
            **common,
        )
        listed = report.list_findings(links, crops=list(crops))
        packed = pack_findings(listed)
        browser = templates.page(
            "findings.html.j2",
            links,
            listed=listed,
            data=packed,
            page=page,
            n_crops=len(crops),
            n_crops_left_out=report.count_crops_left_out(max_crops),
            **common,
        )
        stage.write("findings.html", browser)
        for extra in report.extras:
            addresses = {page.row: links.predictions(page) for page in report.pages}
            values = {**extra.values, **common, "addresses": addresses}
            html = templates.page("extra.html.j2", links, extra=extra, **values)
            stage.write(f"{extra.name}.html", html)
        # Last, so that a reader never opens an index whose pages are not there yet.
        stage.write("index.html", index)


def _write_image_pages(
    report: ReportData, templates: PageTemplates, stage: StagedReport, common: dict[str, object]
) -> list[Thumbnail]:
    """Write a page and a picture an image; return the contact sheet."""
    links = PageLinks("../")
    thumbnails = []
    pictures = encode_pictures(report.result, report.pages, thumbnails=THUMBNAILS)
    for position, (page, encoded) in enumerate(zip(report.pages, pictures, strict=True)):
        picture = small_picture = None
        if encoded is not None:
            name = f"pictures/{page.stem}.jpg"
            stage.write(name, encoded.jpeg)
            picture = encoded.picture(links.root + name)
            if encoded.small:
                name = f"pictures/{page.stem}-small.jpg"
                stage.write(name, encoded.small)
                small_picture = encoded.picture(name)
        if position < THUMBNAILS:
            thumbnails.append(report.draw_thumbnail(page, small_picture))
        previous, following = find_neighbours(report.pages, position, links)
        html = templates.page(
            "image.html.j2",
            links,
            page=page,
            picture=picture,
            number=position + 1,
            total=len(report.pages),
            previous=previous,
            following=following,
            **common,
        )
        stage.write(f"images/{page.stem}.html", html)
    return thumbnails
