"""The contact sheet: crops of findings, decided by keys on the spot."""

import json
import re

from playwright.sync_api import Page, expect

from audit.findings.number_format import join_percent_signs
from audit.pipeline.run import scan
from audit.report.report_writer import write_report


def sheet(pages, form, **state: str) -> Page:
    page = pages.open(form.findings(view="pictures", **state), viewport={"width": 1000, "height": 900})
    expect(page.locator("#sheet image").first).to_be_visible()
    return page


def verdicts(page: Page) -> list[str]:
    return page.eval_on_selector_all("#sheet .shot", "shots => shots.map((shot) => shot.dataset.verdict)")


def test_every_finding_has_its_place_drawn_most_important_first(pages, form):
    page = sheet(pages, form)
    findings = form.by_importance
    expect(page.locator("#sheet .shot")).to_have_count(len(findings))
    expect(page.locator("#sheet .shot image")).to_have_count(len(findings))
    assert page.locator("#sheet .what").all_text_contents() == [
        join_percent_signs(f.message) for f in findings
    ]
    loaded = page.locator("#sheet image").first.evaluate(
        "async (node) => { const picture = new Image(); picture.src = node.getAttribute('href'); await picture.decode(); return picture.naturalWidth; }"
    )
    assert loaded >= 40
    two = findings.index(next(f for f in findings if len(f.annotation_ids) == 2))
    assert page.locator("#sheet .shot").nth(two).locator("path.s0, path.s1").count() == 2


def test_keys_decide_go_on_and_take_back(pages, form, tmp_path):
    page = sheet(pages, form)
    expect(page.locator("#sheet .shot").first).to_have_class(re.compile("chosen"))
    for key in ("1", "2", "3"):
        page.keyboard.press(key)
    assert verdicts(page)[:4] == ["real", "fine", "unsure", ""]
    expect(page.locator("#sheet .shot").nth(3)).to_be_focused()
    expect(page.locator("#sheet-left")).to_have_text(f"3 of {len(form.result.findings)} decided here")
    page.keyboard.press("u")
    assert verdicts(page)[:4] == ["real", "fine", "", ""]
    with page.expect_download() as download:
        page.locator("#export").click()
    download.value.save_as(tmp_path / "decisions.json")
    stored = json.loads((tmp_path / "decisions.json").read_text(encoding="utf-8"))["decisions"]
    assert {print_: d["verdict"] for print_, d in stored.items()} == {
        form.by_importance[0].fingerprint: "real",
        form.by_importance[1].fingerprint: "fine",
    }


def test_several_are_decided_at_once(pages, form):
    page = sheet(pages, form, rule="overlap.duplicate")
    page.keyboard.press("a")
    expect(page.locator("#picked")).to_be_visible()
    page.keyboard.press("2")
    assert set(verdicts(page)) == {"fine"}
    expect(page.locator("#picked")).to_be_hidden()
    expect(page.locator("#sheet-left")).to_have_text(f"all {len(verdicts(page))} decided")
    page.keyboard.press("u")
    assert set(verdicts(page)) == {""}


def test_a_rule_has_its_sheet_and_the_overview_leads_to_it(pages, form):
    page = pages.open(form.index())
    page.locator("#rules tbody a", has_text="hardly there").click()
    pages.settle(page)
    expect(page.locator("#sheet-rule")).to_have_text("mask.tiny")
    expect(page.locator("#sheet .shot")).to_have_count(1)
    page.keyboard.press("Enter")
    pages.settle(page)
    expect(page.locator(".finding.chosen")).to_have_count(1)
    page.go_back()
    pages.settle(page)
    expect(page.locator("#sheet .shot.chosen")).to_have_count(1)
    page.keyboard.press("v")
    expect(page.locator("#list .row")).to_have_count(1)


def test_a_note_is_written_on_the_sheet_and_the_keys_come_back(pages, form):
    page = sheet(pages, form)
    page.keyboard.press("e")
    page.keyboard.type("ask 1 of them")
    page.keyboard.press("Enter")
    assert verdicts(page)[0] == "unsure"
    expect(page.locator("#sheet .shot").first).to_be_focused()
    page.keyboard.press("2")
    assert verdicts(page)[0] == "fine"
    expect(page.locator("#sheet .shot").first.locator(".note-text")).to_have_value("ask 1 of them")
    page.reload()
    expect(page.locator("#sheet .shot").first.locator(".note-text")).to_have_value("ask 1 of them")


def test_paper_gets_all_findings_and_no_buttons(pages, form):
    page = pages.open(form.findings())
    expect(page.locator("#list .row").first).to_be_visible()
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("#list .row")).to_have_count(len(form.result.findings))
    assert page.locator("#list button:visible, .top:visible, .filters:visible").count() == 0
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    expect(page.locator("#list .row")).to_have_count(min(25, len(form.result.findings)))


def test_the_key_for_printing_waits_for_the_pictures(pages, form):
    page = sheet(pages, form)
    page.evaluate(
        "window.print = () => { document.body.dataset.printed = document.querySelectorAll('.frame svg').length; }"
    )
    page.keyboard.press("Control+p")
    expect(page.locator("body")).to_have_attribute("data-printed", str(len(form.by_importance)))


def test_long_names_keep_both_ends_and_the_finding_leads_to_its_tool(pages, tmp_path, draw):
    name = f"{'a' * 60}-{'0' * 20}-tail.png"
    labels = draw(
        tmp_path / "long.json", {name: (80, 60)}, [(1, 1, 1, 5, 5, 20, 20), (2, 1, 1, 5, 5, 20, 20)]
    )
    found = scan(labels, select=["overlap.duplicate"])
    write_report(found, tmp_path / "report", link="https://cvat.example/tasks/{stem}")
    page = pages.open(
        f"{(tmp_path / 'report' / 'findings.html').as_uri()}#view=pictures",
        viewport={"width": 1440, "height": 900},
    )
    where = page.locator("#sheet .where").first
    expect(where).to_contain_text("tail.png")
    expect(where).to_contain_text("…")
    assert name in where.get_attribute("title")
    assert where.evaluate("(node) => node.scrollWidth <= node.clientWidth")
    assert where.locator("a").get_attribute("href") == f"https://cvat.example/tasks/{name[:-4]}"
