"""What readers decide: kept, shown everywhere, exported, taken over, and understood by a scan."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from audit.findings.decisions import read_decisions
from audit.findings.finding import Finding


def pressed(page: Page, scope: str) -> list[str]:
    """Return the decisions that are pressed, by row or finding; empty where there is none."""
    return page.eval_on_selector_all(
        f"{scope} .verdicts", "all => all.map(x => x.querySelector('[aria-pressed=true]')?.textContent ?? '')"
    )


def listed(pages, form, page: Page | None = None, **state: str) -> Page:
    state = {"sort": "severity"} | state  # the order of the scan's findings
    if page is None:
        page = pages.open(form.findings(**state))
    else:
        pages.visit(page, form.findings(**state))
    expect(page.locator("#list .row").first).to_be_visible()
    return page


def image(pages, form, finding: str = "1") -> Page:
    page = pages.open(form.image(0, finding), reduced_motion="reduce")
    expect(page.locator(".finding.chosen")).to_have_count(1)
    return page


def exported(page: Page, path) -> dict:
    with page.expect_download() as download:
        page.locator("#export").click()
    assert download.value.suggested_filename == "decisions.json"
    download.value.save_as(path)
    return json.loads(path.read_text(encoding="utf-8"))


def verdicts(page: Page, path) -> dict:
    """Return what an export says, without whom, when and where."""
    decisions = exported(page, path)["decisions"]
    return {
        fingerprint: {name: decision[name] for name in ("verdict", "rule", "note")}
        for fingerprint, decision in decisions.items()
    }


def of(form, rule: str) -> Finding:
    return next(f for f in form.result.findings if f.rule == rule)


def test_keys_decide_and_the_same_key_takes_it_back(pages, form):
    page = image(pages, form)
    for key, name in (("1", "Real error"), ("2", "Fine as it is"), ("3", "Unsure")):
        page.keyboard.press(key)
        assert pressed(page, ".side") == [name, "", ""]
    page.keyboard.press("3")
    assert pressed(page, ".side") == ["", "", ""]


def test_buttons_decide_and_choose_the_finding(pages, forms):
    form = forms["folder"]
    page = image(pages, form)
    second = page.locator("#finding-2")
    second.get_by_role("button", name="Fine as it is").click()
    assert pressed(page, ".side") == ["", "Fine as it is", ""]
    expect(page.locator(".finding.chosen")).to_have_id("finding-2")
    second.get_by_role("button", name="Fine as it is").click()
    assert pressed(page, ".side") == ["", "", ""]


def test_decisions_survive_reload_and_are_seen_everywhere(pages, form, tmp_path):
    page = image(pages, form)
    page.keyboard.press("1")
    page.keyboard.press("e")
    note = 'twice, see "a.png" </script><b>'
    page.keyboard.type(note)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("2")
    pages.reload(page)
    expect(page.locator(".finding.chosen")).to_have_count(1)
    assert pressed(page, ".side") == ["Real error", "Fine as it is", ""]
    assert page.locator("#finding-1 .note-text").input_value() == note

    listed(pages, form, page)
    total = len(form.result.findings)
    expect(page.locator("#reviewed")).to_have_text(f"2 of {total} reviewed")
    assert pressed(page, "#list")[:3] == ["Real error", "Fine as it is", ""]
    assert page.locator("#list .note-text").first.input_value() == note
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("3")
    assert pressed(page, "#list")[:3] == ["Real error", "Fine as it is", "Unsure"]
    for said, rows in (("open", 25), ("real", 1), ("fine", 1), ("unsure", 1)):
        page.locator("#filter-said").select_option(said)
        expect(page.locator("#list .row")).to_have_count(rows)

    first, tiny, third = form.result.findings[0], of(form, "mask.tiny"), form.result.findings[2]
    assert verdicts(page, tmp_path / "decisions.json") == {
        first.fingerprint: {"verdict": "real", "rule": "overlap.duplicate", "note": note},
        tiny.fingerprint: {"verdict": "fine", "rule": "mask.tiny", "note": ""},
        third.fingerprint: {"verdict": "unsure", "rule": third.rule, "note": ""},
    }


def test_the_export_round_trips_through_a_scan(pages, form, tmp_path):
    page = listed(pages, form)
    for row, name in enumerate(("Real error", "Fine as it is", "Unsure", "Real error")):
        page.locator("#list .row").nth(row).get_by_role("button", name=name).click()
    note = page.locator("#list .note-text").nth(2)
    note.fill("größer \u2028 als")
    note.press("Enter")
    path = tmp_path / "decisions.json"
    exported(page, path)

    decisions = read_decisions(path)
    first = form.result.findings[:4]
    assert [(decisions[f.fingerprint].verdict, decisions[f.fingerprint].rule) for f in first] == [
        ("real", first[0].rule), ("fine", first[1].rule), ("unsure", first[2].rule), ("real", first[3].rule),
    ]  # fmt: skip
    again = form.rescan(decisions=path)
    assert [f.decision for f in again.findings[:5]] == ["real", "fine", "unsure", "real", ""]
    assert again.findings[2].note == "größer \u2028 als"
    hidden = form.rescan(decisions=path, hide_fine=True)
    assert len(hidden.findings) == len(form.result.findings) - 1


def test_decisions_about_hidden_findings_are_exported_again(pages, labels, forms, reported, tmp_path, form):
    real, fine = forms["folder"].result.findings[:2]
    given = {
        real.fingerprint: {"verdict": "real", "rule": real.rule, "note": ""},
        fine.fingerprint: {"verdict": "fine", "rule": fine.rule, "note": "a pair"},
        "0123456789abcdef": {"verdict": "unsure", "rule": "mask.tiny", "note": "of another batch"},
    }
    whole = {"file_name": "b.png", "annotation_ids": [7], "reviewer": "Ada", "date": "2026-01-31"}
    given["0123456789abcdef"] |= whole
    path = tmp_path / "decisions.json"
    path.write_text(json.dumps({"schema_version": 1, "decisions": given}))
    name = next(name for name, one in forms.items() if one is form)
    again = reported(labels, decisions=path, hide_fine=True)[name]
    page = listed(pages, again)
    page.locator("#list .row").first.get_by_role("button", name="Unsure").click()
    after = exported(page, tmp_path / "after.json")["decisions"]
    assert after["0123456789abcdef"] == given["0123456789abcdef"]
    assert [after[f.fingerprint]["verdict"] for f in (real, fine)] == ["unsure", "fine"]
    assert after[fine.fingerprint]["note"] == "a pair"


def test_an_export_says_what_who_and_when(pages, form, reported, labels, tmp_path):
    page = listed(pages, form)
    page.locator("#reviewer").fill("Ada \ud83d\ude00")
    page.locator("#reviewer").press("Enter")
    page.locator("#list .row").first.get_by_role("button", name="Real error").click()
    page.locator("#list .note-text").first.evaluate(
        "(node) => { node.value = 'cut \\ud83d'; node.dispatchEvent(new Event('change')); }"
    )
    path, first = tmp_path / "decisions.json", form.result.findings[0]
    decision = exported(page, path)["decisions"][first.fingerprint]
    assert decision["file_name"] == first.file_name
    assert tuple(decision["annotation_ids"]) == first.annotation_ids
    assert (decision["reviewer"], decision["note"]) == ("Ada \U0001f600", "cut \ufffd")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", decision["date"])
    assert read_decisions(path)[first.fingerprint].reviewer == "Ada \U0001f600"

    pages.reload(page)
    assert page.locator("#reviewer").input_value() == "Ada \U0001f600"


def test_a_note_alone_is_a_doubt(pages, form, tmp_path):
    page = listed(pages, form)
    page.locator("#list .note-text").first.fill("look again")
    page.locator("#list .note-text").first.press("Enter")
    assert pressed(page, "#list")[0] == "Unsure"
    first = form.result.findings[0]
    assert verdicts(page, tmp_path / "d.json") == {
        first.fingerprint: {"verdict": "unsure", "rule": first.rule, "note": "look again"}
    }


@pytest.fixture(scope="module")
def decided(labels, forms, reported, tmp_path_factory):
    """Reports of a scan that was given decisions."""
    real, fine = forms["folder"].result.findings[:2]
    given = {
        f.fingerprint: {"verdict": verdict, "rule": f.rule, "note": "given"}
        for verdict, f in (("real", real), ("fine", fine))
    }
    path = tmp_path_factory.mktemp("decided") / "decisions.json"
    path.write_text(json.dumps({"schema_version": 1, "decisions": given}))
    return reported(labels, decisions=path)


@pytest.fixture(params=["folder", "single"])
def given_form(request, decided):
    return decided[request.param]


def test_given_decisions_are_shown_and_can_be_overridden(pages, given_form, tmp_path):
    form = given_form
    page = listed(pages, form)
    assert pressed(page, "#list")[:3] == ["Real error", "Fine as it is", ""]
    assert page.locator("#list .note-text").first.input_value() == "given"
    expect(page.locator("#reviewed")).to_have_text(f"2 of {len(form.result.findings)} reviewed")
    page.locator("#filter-said").select_option("fine")
    expect(page.locator("#list .row")).to_have_count(1)

    pages.visit(page, form.image(0, "1"))
    expect(page.locator(".finding.chosen")).to_have_count(1)
    assert pressed(page, ".side") == ["Real error", "Fine as it is", ""]
    page.keyboard.press("2")
    page.locator("#finding-2").get_by_role("button", name="Fine as it is").click()
    pages.reload(page)
    expect(page.locator(".finding.chosen")).to_have_count(1)
    assert pressed(page, ".side") == ["Fine as it is", "", ""]

    listed(pages, form, page)
    first = form.result.findings[0]
    assert verdicts(page, tmp_path / "decisions.json") == {
        first.fingerprint: {"verdict": "fine", "rule": first.rule, "note": "given"}
    }
    pages.visit(page, form.index())
    expect(page.locator("#rules .reviewed").first).to_contain_text("1 of 1 reviewed were real")


def test_a_file_of_decisions_is_taken_over(pages, form, tmp_path):
    first = form.result.findings[0]
    decisions = {
        first.fingerprint: {"verdict": "fine", "rule": first.rule, "note": "by <b>Ann</b>"},
        "0" * 16: {"verdict": "real", "rule": "mask.tiny", "note": ""},
        "__proto__": {"verdict": "real"},
        "1" * 16: {"verdict": "maybe"},
        "2" * 16: None,
    }
    path = tmp_path / "decisions.json"
    path.write_text(json.dumps({"schema_version": 1, "decisions": decisions}))
    page = listed(pages, form)
    page.locator("#import").set_input_files(path)
    expect(page.locator("#listed")).to_have_text("2 decisions taken over")
    assert pressed(page, "#list")[:2] == ["Fine as it is", ""]
    assert page.locator("#list .note-text").first.input_value() == "by <b>Ann</b>"
    pages.reload(page)
    expect(page.locator("#list .row").first).to_be_visible()
    assert pressed(page, "#list")[0] == "Fine as it is"


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"schema_version": 2, "decisions": {}}', "\x00<b>"])
def test_a_file_of_anything_else_is_refused_in_words(pages, forms, tmp_path, text):
    page = listed(pages, forms["folder"])
    path = tmp_path / "x<b>y.json"
    path.write_text(text)
    page.locator("#import").set_input_files(path)
    expect(page.locator("#listed")).to_have_text("x<b>y.json is no file of decisions")
    assert set(pressed(page, "#list")) == {""}


def test_another_tab_is_followed(pages, form):
    page = listed(pages, form)
    other = page.context.new_page()
    pages.visit(other, form.image(0, "1"))
    expect(other.locator(".finding.chosen")).to_have_count(1)
    other.keyboard.press("1")
    expect(page.locator("#reviewed")).to_have_text(f"1 of {len(form.result.findings)} reviewed")
    assert pressed(page, "#list")[0] == "Real error"


def test_a_browser_that_keeps_nothing_says_so(pages, forms):
    form = forms["folder"]
    page = pages.open(form.index())
    page.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); };")
    listed(pages, form, page)
    page.keyboard.press("j")
    page.keyboard.press("1")
    assert pressed(page, "#list")[0] == "Real error"
    expect(page.locator("#reviewed")).to_contain_text("this browser does not keep decisions")
