"""What both forms of a report, folder and single file, are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.findings.finding_table import FindingTable
from audit.pipeline.result import ScanResult
from audit.report.dataset_page import DatasetPage, build_dataset_page
from audit.report.finding_crops import MAX_CROPS, FindingCrop, choose_crops, draw_finding_crops
from audit.report.findings_list import MAX_ROWS, FindingsList, list_findings
from audit.report.image_page import DrawnMask, ImagePage
from audit.report.image_page_builder import MAX_FINDINGS, ImagePageBuilder
from audit.report.importance import weigh_findings
from audit.report.page_selection import choose_images, find_pictureless, order_worst_first
from audit.report.page_templates import PageLinks
from audit.report.pictures import THUMBNAIL_SIDE, Picture
from audit.report.scan_summary import ScanSummary, summarize_scan
from audit.report.text_format import shorten_text
from audit.report.tool_links import link_findings

THUMBNAILS = 24


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """One image on the contact sheet."""

    page: ImagePage
    picture: Picture | None
    masks: tuple[DrawnMask, ...]


@dataclass(frozen=True, slots=True)
class ExtraPage:
    """A further page, of a comparison or a gate."""

    name: str
    """Of its file and address: ``comparison``, ``gate``."""
    title: str
    """In the head of every page."""
    headline: str
    """One sentence for the dataset page."""
    is_good: bool | None
    """Whether the headline is good news; None = neither."""
    values: Mapping[str, object]
    """For its template, ``_<name>.html.j2``."""
    template: str = ""
    """Name of its template where pages share one; empty = its own name."""
    in_menu: bool = True
    """Whether the head of every page and the dataset page lead to it; else another extra page does."""
    in_folder_only: bool = False
    """Whether a report in one file goes without it."""
    images: tuple[int, ...] = ()
    """Rows of images that it leads to: these get a page, also without a finding."""

    @property
    def template_name(self) -> str:
        """Name of its template's file."""
        return f"_{self.template or self.name}.html.j2"


@dataclass(frozen=True, slots=True)
class ReportData:
    """A scan prepared for drawing."""

    result: ScanResult
    summary: ScanSummary
    builder: ImagePageBuilder
    pages: tuple[ImagePage, ...]
    """Worst first."""
    n_images_with_findings: int
    """Images with findings, also those without a page."""
    extras: tuple[ExtraPage, ...]
    title: str = ""
    """Empty = the names of the files."""
    grouped_by: str = ""
    groups: tuple[str, ...] = ()
    """Annotator, batch ... of each finding; empty where there are none."""

    @staticmethod
    def of(
        result: ScanResult,
        max_pages: int,
        extras: Sequence[ExtraPage] = (),
        title: str = "",
        link: str = "",
    ) -> ReportData:
        """Prepare a scan.

        Parameters
        ----------
        result : ScanResult
        max_pages : int
            Images that get a page.
        extras : sequence of ExtraPage
        title : str
            Empty = the names of the files.
        link : str
            Template of the address of a finding in a labelling tool; empty = no links.

        Examples
        --------
        >>> from audit.measure.schema import empty_measurements
        >>> ReportData.of(ScanResult("1.0", empty_measurements(), (), {}, {}), 200).pages
        ()
        """
        builder = ImagePageBuilder(result, link_findings(result, link))
        pictureless = find_pictureless(result)
        images = choose_images(result.findings, max_pages, result.rules, pictureless)
        linked = dict.fromkeys(image for extra in extras for image in extra.images)
        n_images_known = len(result.measurements.images)
        images += [image for image in linked if image not in images and image < n_images_known][:max_pages]
        pages = tuple(builder.build_page(image) for image in images)
        n_images = len(order_worst_first(result.findings))
        return ReportData(result, summarize_scan(result), builder, pages, n_images, tuple(extras), title)

    def keep(self, pages: Sequence[ImagePage]) -> ReportData:
        """Leave out all pages but some."""
        return replace(self, pages=tuple(pages))

    def build_dataset_page(self) -> DatasetPage:
        """Collect the dataset page."""
        page = build_dataset_page(
            self.result,
            self.summary,
            with_page=sum(bool(page.findings) for page in self.pages),
            with_findings=self.n_images_with_findings,
        )
        return replace(page, title=shorten_text(self.title, 120)) if self.title else page

    def draw_crops(self, max_crops: int = MAX_CROPS) -> dict[int, FindingCrop]:
        """Draw the places of the findings, as many as asked for.

        Returns
        -------
        dict
            Position of the finding to its crop, in the order of a contact sheet.
        """
        chosen = self._choose_crops(max_crops).tolist()
        crops = draw_finding_crops(self.result, self.builder, chosen)
        return {number: crops[number] for number in chosen if number in crops}

    def count_crops_left_out(self, max_crops: int) -> int:
        """Count the findings about images that no crop is drawn of because there are too many.

        Parameters
        ----------
        max_crops : int
            As for `draw_crops`.
        """
        is_place = FindingTable.of(self.result.findings).numbers("image_row") >= 0
        return int(is_place.sum() - is_place[self._choose_crops(max_crops)].sum())

    def _choose_crops(self, max_crops: int) -> NDArray[np.int64]:
        codes, _ = FindingTable.of(self.result.findings).codes("rule")
        return choose_crops(codes, weigh_findings(self.result.findings, self.result.rules), max_crops)

    def list_findings(
        self, links: PageLinks, max_rows: int = MAX_ROWS, crops: Sequence[int] = ()
    ) -> FindingsList:
        """Collect what the findings browser lists.

        Parameters
        ----------
        links : PageLinks
            Of the page that lists them.
        max_rows : int
        crops : sequence of int
            Positions of the findings that have a crop, in the order of these.
        """
        addresses = {page.row: links.image(page) for page in self.pages}
        crop_numbers = {number: position for position, number in enumerate(crops)}
        listed = list_findings(
            self.result, addresses, MAX_FINDINGS, max_rows, crop_numbers, self.builder.links, self.groups
        )
        return replace(listed, grouped_by=shorten_text(self.grouped_by, 40))

    def draw_thumbnail(self, page: ImagePage, picture: Picture | None) -> Thumbnail:
        """Draw one image for the contact sheet.

        Parameters
        ----------
        page : ImagePage
        picture : Picture or None
            None = its masks are drawn on a plain ground.
        """
        return Thumbnail(page, picture, self.builder.draw_thumbnail(page, THUMBNAIL_SIDE))
