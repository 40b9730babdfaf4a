"""Pages full of crops: changes between two versions, chosen by kind, category and image."""

import pytest
from playwright.sync_api import expect

from audit.diff.diff import diff
from audit.pipeline.result import ScanResult
from audit.report.diff_page import render_diff_page
from audit.testing import dataset, measured, scene


@pytest.fixture(scope="module")
def changes(tmp_path_factory):
    def version(*scenes):
        return ScanResult("1.0", measured(*scenes), (), {}, {}, dataset=dataset(*scenes))

    old = version(scene("aa..", file_name="a.png"), scene("bb..", file_name="b.png"))
    new = version(
        scene("aa..", "..cc", file_name="a.png"),
        scene("....", file_name="b.png"),
        scene("dd..", file_name="d.png"),
    )
    path = tmp_path_factory.mktemp("diff") / "diff.html"
    path.write_bytes(render_diff_page(diff(old, new)))
    return path


def test_changes_are_chosen_by_kind_and_image_and_the_address_keeps_the_choice(pages, changes):
    page = pages.open(changes)
    expect(page.locator(".crop:visible")).to_have_count(3)
    page.locator("select[name=kind]").select_option("added")
    expect(page.locator(".crop:visible")).to_have_count(2)
    expect(page.locator("#removed")).to_be_hidden()
    page.locator("input[name=image]").fill("D.p")
    expect(page.locator("#crops-shown")).to_have_text("1 of 3 shown")
    page.reload()
    expect(page.locator("#crops-shown")).to_have_text("1 of 3 shown")


def test_nothing_of_the_changes_is_wider_than_a_phone(pages, changes):
    page = pages.open(changes, viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
