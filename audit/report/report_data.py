"""What both forms of a report, folder and single file, are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from audit.pipeline.result import ScanResult
from audit.report.dataset_page import DatasetPage, build_dataset_page
from audit.report.findings_list import MAX_ROWS, FindingsList, list_findings
from audit.report.image_page import MAX_FINDINGS, DrawnMask, ImagePage, ImagePageBuilder
from audit.report.page_selection import choose_images, order_worst_first
from audit.report.page_templates import PageLinks
from audit.report.pictures import THUMBNAIL_SIDE, Picture
from audit.report.scan_summary import ScanSummary, summarize_scan

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

    @staticmethod
    def of(result: ScanResult, max_pages: int, extras: Sequence[ExtraPage] = ()) -> ReportData:
        """Prepare a scan.

        Parameters
        ----------
        result : ScanResult
        max_pages : int
            Images that get a page.
        extras : sequence of ExtraPage

        Examples
        --------
        >>> from audit.measure.schema import empty_measurements
        >>> ReportData.of(ScanResult("1.0", empty_measurements(), (), {}, {}), 200).pages
        ()
        """
        builder = ImagePageBuilder(result)
        pages = tuple(builder.build_page(image) for image in choose_images(result.findings, max_pages))
        n_images = len(order_worst_first(result.findings))
        return ReportData(result, summarize_scan(result), builder, pages, n_images, tuple(extras))

    def keep(self, pages: Sequence[ImagePage]) -> ReportData:
        """Leave out all pages but some."""
        return replace(self, pages=tuple(pages))

    def build_dataset_page(self) -> DatasetPage:
        """Collect the dataset page."""
        return build_dataset_page(
            self.result, self.summary, with_page=len(self.pages), with_findings=self.n_images_with_findings
        )

    def list_findings(self, links: PageLinks, max_rows: int = MAX_ROWS) -> FindingsList:
        """Collect what the findings browser lists.

        Parameters
        ----------
        links : PageLinks
            Of the page that lists them.
        max_rows : int
        """
        addresses = {page.row: links.image(page) for page in self.pages}
        return list_findings(self.result, addresses, MAX_FINDINGS, max_rows)

    def draw_thumbnail(self, page: ImagePage, picture: Picture | None) -> Thumbnail:
        """Draw one image for the contact sheet.

        Parameters
        ----------
        page : ImagePage
        picture : Picture or None
            None = its masks are drawn on a plain ground.
        """
        return Thumbnail(page, picture, self.builder.draw_thumbnail(page, THUMBNAIL_SIDE))
