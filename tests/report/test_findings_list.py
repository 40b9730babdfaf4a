import base64
import gzip
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.findings.finding import Severity
from audit.report.findings_list import FindingsList, ListedFinding, list_findings, pack_findings
from audit.report.image_page_builder import MAX_FINDINGS
from audit.testing import scene


def unpacked(text: str) -> dict:
    return json.loads(gzip.decompress(base64.b64decode(text)))


def messages(data: dict) -> list[str]:
    """Put the numbers back, as the page's script does."""
    written = []
    for sentence, numbers in zip(data["sentence"], data["numbers"], strict=True):
        first, *rest = data["sentences"][sentence].split("\0")
        written.append(first + "".join(n + part for n, part in zip(numbers.split(" "), rest, strict=False)))
    return written


def row(message: str) -> ListedFinding:
    return ListedFinding(0, 0, -1, -1, 0, 1.0, (), (), message, "", "", "")


def test_all_findings_are_listed_in_order(full):
    result = full()
    found = list_findings(result, {0: "one.html", 1: "two.html"}, MAX_FINDINGS)
    assert [r.message for r in found.rows] == [f.message for f in result.findings]
    assert [r.fingerprint for r in found.rows] == [f.fingerprint for f in result.findings]
    assert [(found.rules[r.rule][0], r.severity) for r in found.rows] == [
        (f.rule, f.severity.rank) for f in result.findings
    ]
    assert found.total == len(result.findings)
    addresses = {found.files[r.file] for r in found.rows if r.file >= 0}
    assert addresses == {("scene_1.png", "one.html"), ("plate & co.png", "two.html"), ("last.png", "")}
    assert {found.categories[c] for r in found.rows for c in r.categories} == {"<cell>", "nucleus"}


def test_a_row_knows_its_place_on_the_page_of_its_image(result, said):
    findings = tuple(said("mask.tiny", 1, image=1, message=f"{k:03}") for k in range(MAX_FINDINGS + 2))
    found = result(scene("aa"), findings=findings)
    place = [r.place for r in list_findings(found, {0: "one.html"}, MAX_FINDINGS).rows]
    assert place == [*range(MAX_FINDINGS), -1, -1]
    assert {r.place for r in list_findings(found, {}, MAX_FINDINGS).rows} == {-1}


def test_the_strongest_of_every_rule_are_kept(result, said):
    many = [
        said("overlap.partial", score=k / 100, severity=Severity.ERROR, message=f"{k}") for k in range(90)
    ]
    few = [said("mask.tiny", score=0.01, message=f"tiny {k}") for k in range(3)]
    found = result(scene("aa"), findings=(*many, *few))
    kept = list_findings(found, {}, MAX_FINDINGS, max_rows=10)
    assert [r.message for r in kept.rows] == [
        m
        for f in found.findings
        if (m := f.message) in {*map(str, range(83, 90)), "tiny 0", "tiny 1", "tiny 2"}
    ]
    assert kept.total == 93
    assert len(kept.rules) == 2


def test_long_and_hostile_texts_are_short_and_printable(result, said):
    finding = said(
        "mask.tiny", 1, image=1, message="m" * 9999, file_name="f\u202e" * 999, note="n\0" * 999, decision="real",
        annotation_ids=tuple(range(1, 500)),
    )  # fmt: skip
    found = result(scene("aa"), findings=(finding,))
    one = list_findings(found, {}, MAX_FINDINGS)
    text = pack_findings(one)
    assert len(text) < 2000
    assert len(one.rows[0].ids) == 20
    assert all(part.isprintable() for part in (one.rows[0].message, one.rows[0].note, one.files[0][0]))


@given(st.lists(st.text(st.characters(exclude_characters="\0"), max_size=30), max_size=8))
def test_messages_come_back_as_they_were(texts):
    content = FindingsList((), (), (), (), tuple(row(text) for text in texts), len(texts))
    assert messages(unpacked(pack_findings(content))) == texts


@pytest.mark.parametrize(
    "text", ["", "7", "7 of 9", "IoU 0.814, 1,204 px.", "a  b", "٣ of 4", "1.2.3", "x1y2 3 4"]
)
def test_numbers_are_taken_out_and_put_back(text):
    data = unpacked(pack_findings(FindingsList((), (), (), (), (row(text),), 1)))
    assert messages(data) == [text]
    assert not re.search(r"\d", data["sentences"][0])


def test_messages_that_differ_in_numbers_share_a_sentence():
    rows = tuple(row(f"These share {k} pixels, {k / 7:.1f} % of {k:,}.") for k in range(1, 2000))
    data = unpacked(pack_findings(FindingsList((), (), (), (), rows, len(rows))))
    assert len(data["sentences"]) == 1


def test_the_same_listing_gives_the_same_text(full):
    result = full()
    assert pack_findings(list_findings(result, {}, 9)) == pack_findings(list_findings(full(), {}, 9))


def test_what_is_packed_can_stand_in_a_page(full):
    result = full()
    text = pack_findings(list_findings(result, {}, 9))
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", text)


def test_a_finding_beyond_those_that_a_page_shows_has_no_place_on_it(result, said):
    found = result(scene("aa"), findings=tuple(said("mask.tiny", 1, image=1, score=k / 9) for k in range(4)))
    listed = list_findings(found, {0: "images/000001.html"}, 3)
    assert [row.place for row in listed.rows] == [0, 1, 2, -1]


def test_decisions_about_findings_that_are_gone_are_carried(result, said):
    from audit.findings.decisions import Decision, Verdict

    finding = said("mask.tiny", 1, image=1)
    decisions = {
        finding.fingerprint: Decision(Verdict.REAL, "mask.tiny", "here"),
        "f" * 16: Decision(Verdict.FINE, "mask.holes", "gone"),
        "0" * 16: Decision(Verdict.UNSURE, "mask.holes", ""),
    }
    listed = list_findings(result(scene("aa"), findings=(finding,), decisions=decisions), {}, 9)
    assert listed.carried == (
        ("0" * 16, decisions["0" * 16]),
        ("f" * 16, decisions["f" * 16]),
    )


def test_groups_are_numbered_by_their_names(result, said):
    found = result(scene("aa"), findings=tuple(said("mask.tiny", 1, image=1, score=k / 9) for k in range(3)))
    listed = list_findings(found, {}, 9, groups=("Eve", "Ann", "Eve"))
    assert listed.groups == ("Ann", "Eve")
    assert [row.group for row in listed.rows] == [1, 0, 1]
    assert unpacked(pack_findings(listed))["group"] == [1, 0, 1]
