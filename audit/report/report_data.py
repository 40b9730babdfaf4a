"""What both forms of a report, folder and single file, are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from audit.pipeline.result import ScanResult
from audit.report.dataset_page import DatasetPage, dataset_page
from audit.report.findings_list import MAX_ROWS, Listing, listing
from audit.report.image_page import MAX_FINDINGS, Drawn, ImagePage, ImagePages
from audit.report.page_selection import chosen_images, worst_first
from audit.report.page_templates import Links
from audit.report.pictures import THUMBNAIL_SIDE, Picture
from audit.report.scan_summary import Summary, summarise

THUMBNAILS = 24


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """One image on the contact sheet."""

    page: ImagePage
    picture: Picture | None
    masks: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True)
class Extra:
    """A further page, of a comparison or a gate."""

    name: str
    """Of its file and address: ``comparison``, ``gate``."""
    title: str
    """In the head of every page."""
    headline: str
    """One sentence for the dataset page."""
    good: bool | None
    """Whether the headline is good news; None = neither."""
    values: Mapping[str, object]
    """For its template, ``_<name>.html.j2``."""


@dataclass(frozen=True, slots=True)
class Material:
    """A scan prepared for drawing."""

    result: ScanResult
    summary: Summary
    maker: ImagePages
    pages: tuple[ImagePage, ...]
    """Worst first."""
    with_findings: int
    """Images with findings, also those without a page."""
    extras: tuple[Extra, ...]

    @staticmethod
    def of(result: ScanResult, max_pages: int, extras: Sequence[Extra] = ()) -> Material:
        """Prepare a scan.

        Examples
        --------
        >>> from audit.measure.schema import empty_measurements
        >>> Material.of(ScanResult("1.0", empty_measurements(), (), {}, {}), 200).pages
        ()
        """
        maker = ImagePages(result)
        pages = tuple(maker.page(image) for image in chosen_images(result.findings, max_pages))
        with_findings = len(worst_first(result.findings))
        return Material(result, summarise(result), maker, pages, with_findings, tuple(extras))

    def keep(self, pages: Sequence[ImagePage]) -> Material:
        """Leave out all pages but some."""
        return replace(self, pages=tuple(pages))

    def dataset_page(self) -> DatasetPage:
        """Collect the dataset page."""
        return dataset_page(
            self.result, self.summary, with_page=len(self.pages), with_findings=self.with_findings
        )

    def listing(self, links: Links, max_rows: int = MAX_ROWS) -> Listing:
        """Collect what the findings browser lists."""
        addresses = {page.row: links.image(page) for page in self.pages}
        return listing(self.result, addresses, MAX_FINDINGS, max_rows)

    def thumbnail(self, page: ImagePage, picture: Picture | None) -> Thumbnail:
        """Draw one image for the contact sheet."""
        return Thumbnail(page, picture, self.maker.thumbnail(page, THUMBNAIL_SIDE))
