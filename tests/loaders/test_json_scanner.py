"""What is said where a file is no JSON, or not all of it."""

import pytest

from audit.loaders.json_scanner import scan_records

WANTED = ("images", "annotations", "categories")
WHOLE = '{"images": [], "annotations": [], "categories": []}'


@pytest.mark.parametrize(
    ("text", "rule", "what"),
    [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0", "json.syntax", "a git-LFS pointer"),
        ("\n <!doctype html><p>", "json.syntax", "a web page or XML"),
        (f"{WHOLE}\0\0", "json.syntax", "NUL bytes"),
        ('{"images": [\0', "json.syntax", "goes on in NUL bytes"),
        (WHOLE[:-1], "json.syntax", "ends in the middle"),
        (WHOLE[:-2] + "  ", "json.syntax", "ends in the middle"),
        (f"{WHOLE}{WHOLE}", "json.trailing", "another value"),
        (WHOLE.replace("],", "]"), "json.syntax", "expected a comma"),
        (WHOLE.replace("]}", "],}"), "json.syntax", "comma before the end of the object"),
        ('{"images": [{},], "annotations": []}', "json.syntax", "comma before the end of the list"),
        ('{"images": [], "images": []}', "json.duplicate_key", "a second time"),
        ("[]", "schema.top_level", "a list"),
        ('"a"', "schema.top_level", "a string"),
        ("7", "schema.top_level", "a number"),
    ],
)
def test_the_first_fault_is_named(text, rule, what):
    fault = scan_records(text, WANTED)[1][0]
    assert fault.rule == rule
    assert what in fault.what


@pytest.mark.parametrize("spaces", [150, 250])
def test_a_pointer_or_a_page_is_known_by_its_beginning(spaces):
    fault = scan_records(" " * spaces + "<html>", WANTED)[1][0]
    assert ("web page" in fault.what) == (spaces < 200)


def test_missing_lists_are_all_named():
    spans, faults = scan_records("{}", WANTED)
    assert [fault.rule for fault in faults] == ["schema.missing_key"] * 3
    assert spans == {name: [] for name in WANTED}


def test_what_stands_before_a_fault_is_kept():
    text = '{"images": [{"id": 1}, {"id": 2}, {"id'
    spans, faults = scan_records(text, WANTED)
    assert [text[start:stop] for start, stop in spans["images"]] == ['{"id": 1}', '{"id": 2}']
    assert [fault.rule for fault in faults] == ["json.syntax", "schema.missing_key", "schema.missing_key"]
    assert spans["annotations"] == []
