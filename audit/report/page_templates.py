"""Templates, the style sheet and the script of a report, and where its pages link to."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from audit.carriers import dataclass
from audit.findings.number_format import format_percent, join_percent_signs
from audit.report.assets import find_assets
from audit.report.cause_wording import cause_remedy, cause_title
from audit.report.histograms import Histogram, draw_histogram
from audit.report.image_page import ImagePage
from audit.report.line_charts import LineChart, draw_line_chart, write_legend
from audit.report.scan_summary import Proportion, format_interval
from audit.report.text_format import format_category, shorten_text

_SCRIPTS = (
    "common.js",
    "decisions.js",
    "gallery.js",
    "browser.js",
    "viewer.js",
    "crops.js",
    "start.js",
)
"""In the order in which they build on each other."""
_CSP = (
    "default-src 'none'; img-src {images}; style-src {styles}; script-src {scripts}; "
    "base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True, slots=True)
class PageLinks:
    """Where things lie, as seen from one page."""

    root: str = ""
    """From the page to the folder of ``index.html``."""
    single: bool = False
    """Everything is in one file."""

    def index(self, anchor: str = "") -> str:
        """Address of the dataset page."""
        if self.single:
            return f"#{anchor}" if anchor else "#/"
        return f"{self.root}index.html" + (f"#{anchor}" if anchor else "")

    def findings(self, **filters: str) -> str:
        """Address of the findings browser, with some filters set."""
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in filters.items() if value)
        if self.single:
            return "#/findings" + (f"?{query}" if query else "")
        return f"{self.root}findings.html" + (f"#{query}" if query else "")

    def extra(self, name: str) -> str:
        """Address of a further page."""
        return f"#/{name}" if self.single else f"{self.root}{name}.html"

    def image(self, page: ImagePage) -> str:
        """Address of the page of an image."""
        return f"#/image/{page.stem}" if self.single else f"{self.root}images/{page.stem}.html"

    def predictions(self, page: ImagePage) -> str:
        """Address of the page of an image with its predictions; ``=x,y,w,h`` after it names a place in it."""
        return f"{self.image(page)}{'/' if self.single else '#'}predictions"


def find_neighbours(pages: Sequence[ImagePage], position: int, links: PageLinks) -> tuple[str, str]:
    """Return the addresses of the pages before and after one; empty at the ends.

    Parameters
    ----------
    pages : sequence of ImagePage
        Worst first.
    position : int
        Of the page in question.
    links : PageLinks

    Examples
    --------
    >>> find_neighbours([], 0, PageLinks())
    ('', '')
    """
    previous = links.image(pages[position - 1]) if position else ""
    following = links.image(pages[position + 1]) if position + 1 < len(pages) else ""
    return previous, following


@cache
def _make_environment(folder: Path) -> Environment:
    """Make the environment of all reports of a process: to compile templates takes longest."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=_percent,
        interval=_interval,
        unbroken=join_percent_signs,
        n=_format_thousands,
        noun=_choose_number,
        size=_format_size,
        draw=_draw_histogram,
        lines=_draw_line_chart,
        figure=_format_figure,
        shorten=shorten_text,
        category=format_category,
        cause_title=cause_title,
        cause_remedy=cause_remedy,
    )
    return environment


class PageTemplates:
    """Renders templates."""

    def __init__(self) -> None:
        self.base: Path = find_assets()
        self.environment = _make_environment(self.base / "templates")

    @cached_property
    def css(self) -> bytes:
        """The style sheet."""
        return (self.base / "static" / "report.css").read_bytes()

    @cached_property
    def js(self) -> bytes:
        """The script: its files in one closure, so that no name leaks."""
        parts = [(self.base / "static" / name).read_bytes() for name in _SCRIPTS]
        return b'"use strict";\n(() => {\n' + b"\n".join(parts) + b"})();\n"

    def page(self, template: str, links: PageLinks, **values: Any) -> bytes:
        """Render a page that shares its style sheet and script with others.

        Parameters
        ----------
        template : str
            Its file name.
        links : PageLinks
        **values
            What the template names.
        """
        csp = _CSP.format(images="'self' data:", styles="'self'", scripts="'self'")
        css, js = (
            links.root + name_asset(data, extension)
            for data, extension in ((self.css, "css"), (self.js, "js"))
        )
        return self._render(template, links=links, csp=csp, css=css, js=js, inline=False, **values)

    def single(self, template: str, **values: Any) -> bytes:
        """Render a page that holds everything itself; its policy allows just this style and script."""
        csp = _CSP.format(images="data:", styles=_hash_source(self.css), scripts=_hash_source(self.js))
        css, js = (Markup(data.decode()) for data in (self.css, self.js))  # our own, and no data in them
        links = PageLinks(single=True)
        return self._render(template, links=links, csp=csp, css=css, js=js, inline=True, **values)

    def part(self, template: str, links: PageLinks, **values: Any) -> str:
        """Render a part of a page.

        Parameters
        ----------
        template : str
            Its file name.
        links : PageLinks
        **values
            What the template names.
        """
        return self._render(template, links=links, **values).decode()

    def _render(self, template: str, **values: Any) -> bytes:
        # Texts are made safe to show where they are collected; one that was forgotten costs a character,
        # not the report.
        return self.environment.get_template(template).render(**values).encode(errors="backslashreplace")


def name_asset(data: bytes, extension: str) -> str:
    """Name a file by its content, so that browsers may keep it as long as they like.

    Parameters
    ----------
    data : bytes
    extension : str

    Examples
    --------
    >>> name_asset(b"", "css")
    'assets/report-e3b0c44298fc.css'
    """
    return f"assets/report-{hashlib.sha256(data).hexdigest()[:12]}.{extension}"


def _hash_source(data: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(data).digest()).decode()}'"


def _format_thousands(number: int) -> str:
    return f"{number:,}"


def _choose_number(number: int, noun: str) -> str:
    """Write a noun in the number that goes with a count; its plural ends in s."""
    return noun if number == 1 else f"{noun}s"


def _format_size(count: int) -> str:
    if count < 1_000_000:
        return f"{count / 1000:,.1f} kB"
    return f"{count / 1_000_000:,.1f} MB"


def _format_figure(value: float) -> str:
    """Write a number with three digits; a dash where nothing is known."""
    return f"{round(value, 3) + 0.0:.3f}" if value == value else "–"  # + 0.0: never -0.000


def _draw_line_chart(chart: LineChart) -> Markup:
    return Markup(draw_line_chart(chart) + write_legend(chart))  # its texts are escaped


def _draw_histogram(chart: Histogram) -> Markup:
    return Markup(draw_histogram(chart))  # shapes with escaped texts


def _percent(share: float) -> str:
    return join_percent_signs(format_percent(share, 1))


def _interval(share: Proportion) -> str:
    return join_percent_signs(format_interval(share))
