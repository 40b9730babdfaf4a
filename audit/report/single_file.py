"""A report as one file that can be sent: every page inside it, pictures as compressed crops."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from audit.report.actions import rank_actions
from audit.report.finding_crops import MAX_CROPS, FindingCrop, pack_crops, split_crops
from audit.report.findings_list import MAX_ROWS, FindingsList, pack_findings
from audit.report.image_page import ImagePage
from audit.report.packed_text import compress_text
from audit.report.page_templates import PageLinks, PageTemplates, find_neighbours
from audit.report.pictures import Picture, encode_pictures, write_data_url
from audit.report.report_data import THUMBNAILS, ReportData
from audit.report.scan_text import describe_audited
from audit.report.staged_folder import staged_report
from audit.report.text_format import shorten_text

MAX_SIZE = 20_000_000
"""Bytes: what most mail servers and chats still take."""
_PICTURE_SIDE = 1024
_JPEG_QUALITY = 70
_LIST_SHARE = 0.4
"""Of the size, for the list of findings at most."""
_CROP_SHARE = 0.25
"""Of what is left then, for crops at most; the rest is for pages of images."""
_ROOM_FOR_SPOTS = 1_000_000
"""Bytes for crops from which some stand in the overview a second time."""
_MAX_NAMES = 20
"""Images without a page that are named."""
_PAGES_A_ROUND = 40
"""Pages rendered before their size is looked at."""


class TooSmallError(ValueError):
    """Not even the summary of a report fits into the size that one file may have."""


_PAGE_OVERHEAD = 400
"""Bytes that a page costs besides its own: its element, its name in lists, its address."""
_MASK_OVERHEAD = 60
"""Bytes that a mask of the contact sheet costs besides its path."""

PageWithPictures = tuple[ImagePage, Picture | None, Picture | None]
"""The page of an image, its picture, and the small picture for the contact sheet."""


def write_single_file(
    report: ReportData, out: Path, max_size: int = MAX_SIZE, max_crops: int = MAX_CROPS
) -> None:
    """Write a report into ``index.html`` alone.

    Parameters
    ----------
    report : ReportData
    out : Path
        Folder; made if absent.
    max_size : int
        Bytes that the file may have. The list of findings is shortened first, to the strongest of every
        rule; then crops, the weightiest of every rule first; then as many images as fit get a page, worst
        first. The report counts and names the rest.
    max_crops : int
        Findings that get a small picture.

    Raises
    ------
    OSError
        If the file cannot be written; an earlier report is then still whole.
    TooSmallError
        If not even the summary fits.
    """
    html = _render_within_size(report, max_size, max_crops)
    with staged_report(out) as stage:
        stage.write("index.html", html)


def _render_within_size(report: ReportData, max_size: int, max_crops: int = MAX_CROPS) -> bytes:
    renderer = _SingleFileRenderer(report, int(_LIST_SHARE * max_size))
    html = renderer.render_document([])
    if len(html) > max_size:
        raise TooSmallError(f"the report needs at least {len(html) / 1e6:.1f} MB, not {max_size / 1e6:g}")
    renderer.choose_crops(int(_CROP_SHARE * (max_size - len(html))), max_crops)
    html = renderer.render_document([])
    kept = renderer.choose_pages(max_size - len(html))
    html = renderer.render_document(kept)
    while len(html) > max_size and kept:
        # Pages were chosen by an estimate; names of what was left out and addresses weigh something too.
        kept = kept[:-1]
        html = renderer.render_document(kept)
    return html


class _SingleFileRenderer:
    """Renders one report with more or fewer pages of images.

    Parameters
    ----------
    report : ReportData
    max_list_size : int
        Bytes of the packed list of findings.
    """

    def __init__(self, report: ReportData, max_list_size: int) -> None:
        self.report = report
        self.max_list_size = max_list_size
        self.templates = PageTemplates()
        self.links = PageLinks(single=True)
        self.crops: dict[int, FindingCrop] = {}
        self.n_crops_left_out = report.count_crops_left_out(0)
        self.has_spots = False

    def choose_crops(self, room: int, max_crops: int) -> None:
        """Take crops while they fit into some bytes, the weightiest of every rule in turn."""
        crops = self.report.draw_crops(max_crops)
        self.has_spots = room > _ROOM_FOR_SPOTS
        rank_in_rule: dict[str, int] = {}
        in_turn = []
        for number in crops:
            rule = self.report.result.findings[number].rule
            rank_in_rule[rule] = rank_in_rule.get(rule, 0) + 1
            in_turn.append((rank_in_rule[rule], number))
        kept = set()
        for _, number in sorted(in_turn, key=lambda turn: turn[0]):  # stable: rules stay in their order
            room -= crops[number].size
            if room < 0:
                break
            kept.add(number)
        self.crops = {number: crop for number, crop in crops.items() if number in kept}
        self.n_crops_left_out = self.report.count_crops_left_out(max_crops) + len(crops) - len(kept)

    def choose_pages(self, room: int) -> list[PageWithPictures]:
        """Take pages, worst first, while they fit into some bytes."""
        kept: list[PageWithPictures] = []
        pages = self.report.pages
        for start in range(0, len(pages), _PAGES_A_ROUND):
            pictures = encode_pictures(
                self.report.result,
                pages[start : start + _PAGES_A_ROUND],
                thumbnails=max(THUMBNAILS - start, 0),
                side=_PICTURE_SIDE,
                quality=_JPEG_QUALITY,
                crop=True,
            )
            for position, encoded in enumerate(pictures, start):
                page = pages[position]
                picture = encoded.picture(write_data_url(encoded.jpeg)) if encoded else None
                has_small = encoded is not None and encoded.small
                small = encoded.picture(write_data_url(encoded.small)) if encoded and has_small else None
                room -= len(self._render_image((page, picture, small), position, pages)) + _PAGE_OVERHEAD
                if position < THUMBNAILS:
                    masks = self.report.draw_thumbnail(page, small).masks
                    room -= sum(len(mask.path) + _MASK_OVERHEAD for mask in masks)
                    room -= len(small.href) if small else 0
                if room < 0:
                    return kept
                kept.append((page, picture, small))
        return kept

    def render_document(self, kept: Sequence[PageWithPictures]) -> bytes:
        """Render the file with the pages of some images, the worst ones."""
        pages = tuple(page for page, _, _ in kept)
        report, left_out = self.report.keep(pages), self.report.pages[len(kept) :]
        dataset_page = report.build_dataset_page()
        listed, packed = self._shorten_list(report)
        addresses = {page.row: self.links.predictions(page) for page in pages}
        return self.templates.single(
            "single.html.j2",
            page=dataset_page,
            thumbnails=[report.draw_thumbnail(page, small) for page, _, small in kept[:THUMBNAILS]],
            pages=pages,
            images=[
                (image[0], self._render_image(image, position, pages)) for position, image in enumerate(kept)
            ],
            actions=rank_actions(self.report.result, self.crops if self.has_spots else {}),
            crop_files=[pack_crops(crops) for crops in split_crops(list(self.crops.values()))],
            n_crops=len(self.crops),
            n_crops_left_out=self.n_crops_left_out,
            n_left_out=len(left_out),
            left_out=[shorten_text(page.name, 60) for page in left_out[:_MAX_NAMES]],
            counts=describe_audited(dataset_page.summary),
            listed=listed,
            data=packed,
            version=dataset_page.version,
            dataset=dataset_page.title,
            extras=report.extras,
            parts=[
                (extra, Markup(self.templates.part(extra.template_name, self.links, **values)))
                for extra in report.extras
                if not extra.in_folder_only
                for values in [{**extra.values, "addresses": addresses}]
            ],
        )

    def _render_image(self, image: PageWithPictures, position: int, pages: Sequence[ImagePage]) -> str:
        """Render the page of an image, packed: smaller, and a browser need not read it to start."""
        page, picture, _ = image
        previous, following = find_neighbours(pages, position, self.links)
        html = self.templates.part(
            "_image.html.j2",
            self.links,
            page=page,
            picture=picture,
            number=position + 1,
            total=len(pages),
            previous=previous,
            following=following,
        )
        return compress_text(html)

    def _shorten_list(self, report: ReportData) -> tuple[FindingsList, str]:
        """Shorten the list of findings until it fits."""
        max_rows = MAX_ROWS
        while True:
            listed = report.list_findings(self.links, max_rows, list(self.crops))
            packed = pack_findings(listed)
            if len(packed) <= self.max_list_size or not listed.rows:
                return listed, packed
            # Its size is about proportional to its rows; a tenth less makes a second round rare.
            max_rows = int(0.9 * len(listed.rows) * self.max_list_size / len(packed))
