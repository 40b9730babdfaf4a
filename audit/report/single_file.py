"""A report as one file that can be sent: every page inside it, pictures as compressed crops."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from audit.report.findings_list import MAX_ROWS, FindingsList, compress_text, pack_findings
from audit.report.image_page import ImagePage
from audit.report.page_templates import PageLinks, PageTemplates, neighbours
from audit.report.pictures import Picture, encode_pictures, write_data_url
from audit.report.report_data import THUMBNAILS, ReportData, Thumbnail
from audit.report.scan_text import describe_audited
from audit.report.staged_folder import staged_report
from audit.report.text_format import shorten_text

MAX_SIZE = 20_000_000
"""Bytes: what most mail servers and chats still take."""
_SIDE = 1024
_QUALITY = 70
_LIST_SHARE = 0.4
"""Of the size, for the list of findings at most."""
_NAMED = 20
_ROUND = 40
"""Pages rendered before their size is looked at."""


class TooSmallError(ValueError):
    """Not even the summary of a report fits into the size that one file may have."""


@dataclass(frozen=True, slots=True)
class Inside:
    """One image's page inside the file."""

    page: ImagePage
    picture: Picture | None
    small: Picture | None


def write_single_file(material: ReportData, out: Path, max_size: int = MAX_SIZE) -> None:
    """Write a report into ``index.html`` alone.

    Parameters
    ----------
    material : Material
    out : Path
        Folder; made if absent.
    max_size : int
        Bytes that the file may have. The list of findings is shortened first, to the strongest of every
        rule; then as many images as fit get a page, worst first. The report counts and names the rest.

    Raises
    ------
    OSError
        If the file cannot be written; an earlier report is then still whole.
    TooSmallError
        If not even the summary fits.
    """
    html = _render_within_size(material, max_size)
    with staged_report(out) as stage:
        stage.write("index.html", html)


def _render_within_size(material: ReportData, max_size: int) -> bytes:
    site, links = PageTemplates(), PageLinks(single=True)
    listed, data = _shorten_list(material, links, int(_LIST_SHARE * max_size))
    bare = len(_render_document(site, material.keep([]), listed, data, [], list(material.pages)))
    if bare > max_size:
        raise TooSmallError(f"the report needs at least {bare / 1e6:.1f} MB, not {max_size / 1e6:g}")
    inside = _choose_pages(site, material, max_size - bare)
    kept = material.keep([one.page for one in inside])
    left = [page for page in material.pages if page not in kept.pages]
    listed, data = _shorten_list(kept, links, int(_LIST_SHARE * max_size))
    html = _render_document(site, kept, listed, data, inside, left)
    while len(html) > max_size and inside:
        # Names of what was left out and addresses of pages weigh something too.
        inside = inside[:-1]
        left = [material.pages[len(inside)], *left]
        kept = material.keep([one.page for one in inside])
        listed, data = _shorten_list(kept, links, int(_LIST_SHARE * max_size))
        html = _render_document(site, kept, listed, data, inside, left)
    return html


def _shorten_list(material: ReportData, links: PageLinks, most: int) -> tuple[FindingsList, str]:
    """Shorten the list of findings until it fits."""
    rows = MAX_ROWS
    while True:
        listed = material.list_findings(links, rows)
        data = pack_findings(listed)
        if len(data) <= most or not listed.rows:
            return listed, data
        rows = int(0.9 * len(listed.rows) * most / len(data))


def _choose_pages(site: PageTemplates, material: ReportData, room: int) -> list[Inside]:
    """Take pages, worst first, while they fit."""
    links = PageLinks(single=True)
    inside: list[Inside] = []
    pages = list(material.pages)
    for start in range(0, len(pages), _ROUND):
        some = pages[start : start + _ROUND]
        count = max(THUMBNAILS - start, 0)
        pictures = encode_pictures(
            material.result, some, thumbnails=count, side=_SIDE, quality=_QUALITY, crop=True
        )
        for number, (page, found) in enumerate(zip(some, pictures, strict=True), start):
            picture = found.picture(write_data_url(found.jpeg)) if found else None
            small = found.picture(write_data_url(found.small)) if found and found.small else None
            one = Inside(page, picture, small)
            room -= len(_render_image(site, one, pages, number, links)) + 400
            if number < THUMBNAILS:
                drawn = material.thumbnail(page, small)
                room -= sum(len(mask.path) + 60 for mask in drawn.masks) + len(small.href if small else "")
            if room < 0:
                return inside
            inside.append(one)
    return inside


def _render_image(
    site: PageTemplates, one: Inside, pages: list[ImagePage], number: int, links: PageLinks
) -> str:
    """Render the page of an image, packed: smaller, and a browser need not read it to start."""
    place = neighbours(pages, number, links)
    return compress_text(site.part("_image.html.j2", links, page=one.page, picture=one.picture, place=place))


def _render_document(
    site: PageTemplates,
    material: ReportData,
    listed: FindingsList,
    data: str,
    inside: list[Inside],
    left: list[ImagePage],
) -> bytes:
    links, page = PageLinks(single=True), material.build_dataset_page()
    pages = [one.page for one in inside]
    thumbnails: list[Thumbnail] = [material.thumbnail(one.page, one.small) for one in inside[:THUMBNAILS]]
    return site.single(
        "single.html.j2",
        page=page,
        thumbnails=thumbnails,
        pages=pages,
        images=[(one.page, _render_image(site, one, pages, k, links)) for k, one in enumerate(inside)],
        left=len(left),
        left_names=[shorten_text(one.name, 60) for one in left[:_NAMED]],
        counts=describe_audited(page.summary),
        listed=listed,
        data=data,
        version=page.version,
        dataset=page.title,
        extras=material.extras,
        parts=[
            (extra, Markup(site.part(f"_{extra.name}.html.j2", links, **extra.values)))
            for extra in material.extras
        ],
    )
