"""What the pages hold and how they look, compared with stored files.

Where a difference is meant, write the stored files anew and read the change before you commit it:

    UPDATE_GOLD=1 python -m pytest tests/report/test_gold.py
"""

import json
import os
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from audit.report.page_templates import PageLinks
from audit.report.report_data import ReportData
from audit.report.report_writer import write_report

GOLD = Path(__file__).parent / "gold"
SCRUBS = (
    (r"report-[0-9a-f]{12}\.", "report-HASH."),
    (r"sha256-[\w+/]{43}=", "sha256-HASH"),
    (r"((?:numpy|scipy|shapely|pillow) )[\w.+]+", r"\1VERSION"),
    (r'(<svg class="plot"[^>]*>).*?</svg>', r"\1CHART</svg>"),
    (r'(<script type="text/plain"[^>]*>)[^<]*', r"\1PACKED"),
    (r"(?s)(<style>).*?(</style>)", r"\1STYLE\2"),
    (r"(?s)(<script>).*?(</script>)", r"\1SCRIPT\2"),
)
"""What differs with the versions of other packages, or is compared elsewhere."""


def scrubbed(text: str) -> str:
    for pattern, instead in SCRUBS:
        text = re.sub(pattern, instead, text)
    return text


def compare(name: str, text: str) -> None:
    path = GOLD / name
    if os.environ.get("UPDATE_GOLD"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{name} differs; see the head of {Path(__file__).name}"


def rounded(data: object) -> object:
    """Drop the digits in which machines differ."""
    if isinstance(data, float):
        return float(f"{data:.9g}")
    if isinstance(data, dict) and "detect" in data:  # a rule: its code is not for the page
        return {name: data[name] for name in ("id", "severity", "title", "manual")}
    if isinstance(data, dict):
        return {
            name if isinstance(name, str) else " ".join(name): rounded(value) for name, value in data.items()
        }
    return [rounded(value) for value in data] if isinstance(data, list | tuple) else data


def as_text(data: object) -> str:
    return json.dumps(rounded(data), indent=1, ensure_ascii=False) + "\n"


def test_data_of_the_dataset_page(full):
    page = asdict(ReportData.of(full(), 200).build_dataset_page())
    page["versions"] = [name for name, _ in page["versions"]]
    compare("dataset_page.json", as_text(page))


def test_data_of_the_pages_of_images(full):
    material = ReportData.of(full(), 200)
    compare("image_pages.json", as_text([asdict(page) for page in material.pages]))


def test_data_of_the_list(full):
    compare("listing.json", as_text(asdict(ReportData.of(full(), 200).list_findings(PageLinks()))))


@pytest.fixture
def written(full, pictures, tmp_path):
    """Write the report of the full result; of the three pictures one is there."""

    def write(single: bool) -> Path:
        result = full(image_root=pictures({"scene_1.png": (12, 4)}))
        write_report(result, tmp_path / "report", single_file=single)
        return tmp_path / "report"

    return write


@pytest.mark.parametrize("page", ["index.html", "findings.html", "images/000001.html", "images/000003.html"])
def test_pages_of_the_folder(written, page):
    text = (written(single=False) / page).read_text(encoding="utf-8")
    compare(page.replace("images/", "image-"), scrubbed(text))


def test_the_one_file(written):
    text = (written(single=True) / "index.html").read_text(encoding="utf-8")
    text = re.sub(r"data:image/jpeg;base64,[\w+/=]+", "data:image/jpeg;base64,JPEG", text)
    compare("single.html", scrubbed(text))
