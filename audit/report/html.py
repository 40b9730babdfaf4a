"""Writes a report as a folder of pages that works offline, from ``file://``, without a server."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from numpy.typing import NDArray
from PIL import Image

from audit.dataset import pixels
from audit.dataset.paths import RefusedError
from audit.engine.result import ScanResult
from audit.report.assets import folder
from audit.report.files import Staging, staged
from audit.report.image_page import Drawn, ImagePage, ImagePages, Picture
from audit.report.page import DatasetPage, dataset_page
from audit.report.places import places
from audit.report.summary import interval, percent, summarise
from audit.report.text import audited

MAX_PAGES = 200
"""Images that get a page of their own, worst first."""
THUMBNAILS = 24
PICTURE_SIDE = 1600
THUMBNAIL_SIDE = 360


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """One image on the contact sheet."""

    page: ImagePage
    picture: Picture | None
    masks: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Where an image's page stands among the others, worst first."""

    number: int
    total: int
    previous: str
    following: str


def write_report(result: ScanResult, out: Path, *, max_pages: int = MAX_PAGES) -> None:
    """Write the report of a scan: ``index.html``, a page an image with findings, and what they need.

    Parameters
    ----------
    result : ScanResult
    out : Path
        Folder; made if absent. An earlier report in it is replaced, other files are left alone.
    max_pages : int
        Images that get a page, worst first; the dataset page says how many do not.

    Raises
    ------
    OSError
        If a file cannot be written; an earlier report is then still whole.

    Examples
    --------
    >>> import tempfile
    >>> from audit.measure.schema import empty_measurements
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_report(ScanResult("1.0", empty_measurements(), (), {}, {}), Path(folder))
    ...     "Nothing found" in (Path(folder) / "index.html").read_text(encoding="utf-8")
    True
    """
    at = places(result.findings, result.measurements)
    summary = summarise(result, at)
    maker = ImagePages(result, at)
    worst = maker.worst()
    chosen = worst[:max_pages]
    pages = [maker.page(image) for image in chosen]
    addresses = {page.row: f"images/{page.stem}.html" for page in pages}
    index = dataset_page(result, at, summary, addresses, len(worst))
    with staged(Path(out)) as stage:
        site = _Site(stage)
        pictures = _write_pictures(result, pages, stage)
        for number, page in enumerate(pages):
            site.write_image(page, pictures.get(page.row), _neighbours(pages, number), index)
        thumbnails = [_thumbnail(maker, page, pictures.get(page.row)) for page in pages[:THUMBNAILS]]
        site.write_index(index, thumbnails, pages)


class _Site:
    """Renders templates into a staged report, with the shared style sheet and script beside them."""

    def __init__(self, stage: Staging) -> None:
        self.stage = stage
        base = folder()
        self.environment = Environment(
            loader=FileSystemLoader(base / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.filters.update(percent=percent, interval=interval, n=_thousands, size=_size)
        self.environment.globals["css"] = self._asset(base / "static" / "report.css")
        self.environment.globals["js"] = self._asset(base / "static" / "report.js")

    def _asset(self, path: Path) -> str:
        data = path.read_bytes()
        name = f"assets/report-{hashlib.sha256(data).hexdigest()[:12]}{path.suffix}"
        self.stage.write(name, data)
        return name

    def write_index(self, page: DatasetPage, thumbnails: list[Thumbnail], pages: list[ImagePage]) -> None:
        """Write the dataset page."""
        counts = audited(page.summary)
        self._write(
            "index.html", "index.html.j2", page=page, thumbnails=thumbnails, pages=pages, counts=counts
        )

    def write_image(
        self, page: ImagePage, picture: Picture | None, place: Neighbours, index: DatasetPage
    ) -> None:
        """Write the page of one image."""
        self._write(
            f"images/{page.stem}.html",
            "image.html.j2",
            page=page,
            picture=picture,
            place=place,
            dataset=index.title,
            version=index.version,
        )

    def _write(self, name: str, template: str, **values: Any) -> None:
        text = self.environment.get_template(template).render(root="../" * name.count("/"), **values)
        self.stage.write(name, text.encode("utf-8"))


def _thousands(number: int) -> str:
    return f"{number:,}"


def _size(count: int) -> str:
    if count < 1_000_000:
        return f"{count / 1000:,.1f} kB"
    return f"{count / 1_000_000:,.1f} MB"


def _neighbours(pages: list[ImagePage], number: int) -> Neighbours:
    """Return the addresses of the pages before and after, empty at the ends."""
    previous = f"{pages[number - 1].stem}.html" if number else ""
    following = f"{pages[number + 1].stem}.html" if number + 1 < len(pages) else ""
    return Neighbours(number + 1, len(pages), previous, following)


def _thumbnail(maker: ImagePages, page: ImagePage, picture: Picture | None) -> Thumbnail:
    small = Picture(f"pictures/{page.stem}-small.jpg", picture.width, picture.height) if picture else None
    return Thumbnail(page, small, maker.thumbnail(page, THUMBNAIL_SIDE))


def _write_pictures(result: ScanResult, pages: list[ImagePage], stage: Staging) -> dict[int, Picture]:
    """Write the pictures of all pages as JPEG, the first ones also small; return those that could be read.

    In threads, because Pillow decodes and encodes without holding Python back.
    """
    root = result.image_root
    if root is None:
        return {}
    names = [str(name) for name in result.measurements.images["file_name"].to_numpy()[[p.row for p in pages]]]
    stored = result.measurements.images[["picture_width", "picture_height"]].to_numpy()
    targets = [
        (stage.root / f"{p.stem}.jpg", stage.root / f"{p.stem}-small.jpg" if k < THUMBNAILS else None)
        for k, p in enumerate(pages)
    ]
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda job: _write_picture(root, *job), zip(names, targets, strict=True)))
    found = {}
    for page, target, ok in zip(pages, targets, done, strict=True):
        if not ok:
            continue
        for file in filter(None, target):
            file.replace(stage.path(f"pictures/{file.name}"))
        width, height = (int(v) for v in stored[page.row])
        found[page.row] = Picture(f"pictures/{page.stem}.jpg", width or page.width, height or page.height)
    return found


def _write_picture(root: Path, name: str, target: tuple[Path, Path | None]) -> bool:
    """Write one picture; what is wrong with it is said by a finding, so here it is only left out."""
    try:
        picture = pixels.load(root, name, max_side=PICTURE_SIDE)
    except (OSError, RefusedError):
        return False
    _encode(Image.fromarray(picture), target[0])
    if target[1] is not None:
        _encode(_reduced(picture), target[1])
    return True


def _reduced(picture: NDArray[np.uint8]) -> Image.Image:
    image = Image.fromarray(picture)
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return image


def _encode(image: Image.Image, path: Path) -> None:
    """Write a JPEG; small pictures are looked at enlarged, so they keep more detail."""
    quality = 92 if max(image.size) <= 640 else 82
    image.save(path, "JPEG", quality=quality, subsampling=0 if quality > 90 else 2)
