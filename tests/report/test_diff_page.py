import re
from html import unescape

from audit.diff.diff import Kind, diff
from audit.report.diff_page import MAX_DRAWN, count_changes, describe_diff, render_diff_page
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
    assert "New findings 1 warning overlap.duplicate twice.png" in page.replace("error", "warning")
    assert "Fixed findings" not in page


def test_a_removed_mask_is_drawn_as_old_and_an_added_one_as_new(scanned):
    html = render_diff_page(diff(scanned(CLEAN), scanned(TWICE))).decode()
    assert re.findall(r'class="drawn d-(\w+)"', html).count("old") == 1
    assert re.findall(r'class="drawn d-(\w+)"', html).count("new") == 2
    assert "<title>old #1</title>" in html


def test_the_most_different_changes_are_drawn_and_the_others_counted(scanned):
    many = [scene("aa..\naa..", file_name=f"{k:03}.png") for k in range(MAX_DRAWN + 3)]
    html = render_diff_page(diff(scanned(), scanned(*many))).decode()
    assert html.count('class="crop card"') == MAX_DRAWN
    assert f"{MAX_DRAWN} are drawn, those that differ most first" in html


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
