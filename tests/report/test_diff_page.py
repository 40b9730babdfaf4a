import re
from dataclasses import replace
from html import unescape

from audit.dataset.model import Source
from audit.diff.diff import Kind, diff
from audit.report import diff_page
from audit.report.diff_page import (
    count_by_category,
    count_changes,
    describe_diff,
    name_versions,
    render_diff_page,
    summarize_changes,
)
from audit.testing import scene

TWICE = scene("aaaa\naaaa\n....", "bbbb\nbbbb\n....", file_name="twice.png")
CLEAN = scene("cc..\ncc..\n....", file_name="clean.png")


def text_of(html: bytes) -> str:
    body = re.sub(r"(?s)<(style|script)>.*?</\1>", "", html.decode())
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_it_says_what_became_of_instances(scanned):
    changes = diff(scanned(TWICE), scanned(TWICE, CLEAN))
    assert {kind: count for kind, count, _ in count_changes(changes) if count} == {
        Kind.KEPT: 2,
        Kind.ADDED: 1,
    }
    assert describe_diff(changes) == ("Images: 1 added, 0 removed.", "Findings: 0 new, 0 fixed, 1 remaining.")


def test_new_and_fixed_findings_are_told_apart(scanned):
    page = text_of(render_diff_page(diff(scanned(CLEAN), scanned(TWICE, CLEAN))))
    assert "New findings 1 warning overlap.duplicate twice.png #1 #2 : " in page.replace("error", "warning")
    assert "Fixed findings" not in page


def test_a_removed_mask_is_drawn_as_old_and_an_added_one_as_new(scanned):
    html = render_diff_page(diff(scanned(CLEAN), scanned(TWICE))).decode()
    assert re.findall(r'class="drawn d-(\w+)"', html).count("old") == 1
    assert re.findall(r'class="drawn d-(\w+)"', html).count("new") == 2
    assert "<title>old #1</title>" in html


def test_the_most_different_changes_are_drawn_and_the_others_counted(scanned, monkeypatch):
    monkeypatch.setattr(diff_page, "MAX_DRAWN", 4)
    many = [scene("aa..\naa..", file_name=f"{k:03}.png") for k in range(7)]
    html = render_diff_page(diff(scanned(), scanned(*many))).decode()
    assert html.count('class="crop card"') == 4
    assert "4 are drawn, those that differ most first" in html


def test_a_page_of_some_hundred_changes_shows_them_all(scanned):
    many = [scene("aa..\naa..", file_name=f"{k:03}.png") for k in range(60)]
    html = render_diff_page(diff(scanned(), scanned(*many))).decode()
    assert html.count('class="crop card" data-kind="added"') == 60
    assert "are drawn, those that differ most first" not in html


def test_changes_are_counted_by_category(scanned):
    changes = diff(scanned(CLEAN), scanned(CLEAN, TWICE))
    ((name, counts, total),) = count_by_category(changes)
    assert (name, total) == ("thing", 2)
    assert dict(zip(list(Kind)[1:], counts, strict=True))[Kind.ADDED] == 2
    page = render_diff_page(changes).decode()
    assert '<a href="#category=thing">thing</a>' in page
    assert '<a href="#added">Added 2</a>' in page


def test_versions_are_named_without_the_folders_that_they_share(scanned):
    def version(*names):
        return replace(scanned(CLEAN), sources=tuple(Source(name, "coco", 1, "") for name in names))

    changes = diff(version("/home/ann/v1/labels.json"), version("/home/ann/v2/labels.json"))
    assert name_versions(changes) == ("v1/labels.json", "v2/labels.json")
    changes = diff(version("/home/ann/old.json"), version("/home/ann/new.json"))
    assert name_versions(changes) == ("old.json", "new.json")
    assert "/home" not in text_of(render_diff_page(changes))


def test_a_new_name_of_a_category_without_annotations_is_not_worth_a_sentence(scanned):
    changes = diff(scanned(CLEAN), scanned(CLEAN))
    assert "is now called" in " ".join(describe_diff(replace(changes, renamed={"thing": "object"})))
    assert "is now called" not in " ".join(describe_diff(replace(changes, renamed={"unused": "idle"})))


def test_a_mask_that_moved_says_its_iou_and_both_are_shown(scanned):
    before, after = (
        scene("aaaa....\naaaa....", file_name="a.png"),
        scene("aaa.....\naaa.....", file_name="a.png"),
    )
    html = render_diff_page(diff(scanned(before), scanned(after))).decode()
    assert "#1 to #1 thing, IoU 0.75" in html
    assert re.findall(r'class="drawn d-(\w+)"', html) == ["new", "old"]


def test_the_outlines_that_differ_most_come_first(scanned):
    near = (
        scene("aaaaaaaa\naaaaaaaa", file_name="near.png"),
        scene("aaaaaaa.\naaaaaaa.", file_name="near.png"),
    )
    far = scene("aaaaaaaa\naaaaaaaa", file_name="far.png"), scene("aaaaa...\naaaaa...", file_name="far.png")
    html = render_diff_page(diff(scanned(near[0], far[0]), scanned(near[1], far[1]))).decode()
    assert re.findall(r"IoU (0\.\d+)", html.split("<main")[1])[0::2] == ["0.62", "0.88"]


def test_the_first_sentence_says_how_much_changed_and_in_which_categories(scanned):
    new = [scene("aa..bb", categories={"a": name, "b": name}, file_name=f"{name}.png") for name in "vwxyz"]
    more = scene("aa..bb\n......\ncc....", categories={"a": "v", "b": "v", "c": "v"}, file_name="more.png")
    changes = diff(scanned(CLEAN), scanned(CLEAN, *new, more))
    text = "13 changes: 13 added; 1 kept. Most in v (5), w (2) and x (2): 69 % of all."
    assert summarize_changes(changes) == text
    assert text in text_of(render_diff_page(changes)).replace("\u00a0", " ")
    assert summarize_changes(diff(scanned(CLEAN), scanned(TWICE, CLEAN))).count("Most in") == 0
