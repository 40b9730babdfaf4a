"""Fixes that remove an annotation."""

import json

import pytest

from tests.fixes.conftest import annotation, annotations, document, draw

SIZE = (8, 12)
WHOLE = draw("aaaaaaaaaa..\n" * 6 + "............\n" * 2) == "a"
NEARLY = draw("aaaaaaaaaa..\n" * 5 + "aaaaaaaaa...\n" + "............\n" * 2) == "a"
INNER = draw("............\n.aaaa.......\n.aaaa.......\n.aaaa.......\n" + "............\n" * 4) == "a"


def test_of_two_nearly_equal_masks_the_first_stays(mended):
    content = document(SIZE, [annotation(4, WHOLE), annotation(5, NEARLY)])
    result = mended(content, unsafe=True)
    assert [record["id"] for record in annotations(result)] == [4]
    assert not result.done[0].is_safe
    assert not mended(result.corrected, unsafe=True).is_changed


@pytest.mark.parametrize(("category", "left"), [(1, [4]), (2, [4, 5])])
def test_what_lies_inside_goes_where_the_category_is_the_same(mended, category, left):
    content = document(SIZE, [annotation(4, WHOLE), annotation(5, INNER, category_id=category)])
    content["categories"].append({"id": 2, "name": "part"})
    result = mended(content, "overlap.contained", unsafe=True)
    assert [record["id"] for record in annotations(result)] == left


def test_a_stack_is_left_to_a_person_and_may_shrink(mended):
    """Of twelve masks one in another, an empty one beside them goes; what is left of the stack is not new."""
    stack = [draw("." * k + "a" * (30 - 2 * k) + "." * k) == "a" for k in range(12)]
    content = document((1, 30), [annotation(k + 1, mask) for k, mask in enumerate(stack)])
    content["annotations"].append(annotation(13, stack[0]))
    result = mended(content, unsafe=True)
    assert [record["id"] for record in annotations(result)] == list(range(1, 13))
    reasons = [skipped.reason for skipped in result.skipped if skipped.finding.rule.startswith("overlap")]
    assert reasons and all("delete by hand those that are wrong" in reason for reason in reasons)


def test_an_annotation_without_a_pixel_goes(mended):
    empty = annotation(5, INNER, segmentation={"size": list(SIZE), "counts": [96]})
    result = mended(document(SIZE, [annotation(4, WHOLE), empty]), unsafe=True)
    assert [record["id"] for record in annotations(result)] == [4]


def test_a_decision_is_enough(mended, tmp_path):
    content = document(SIZE, [annotation(4, WHOLE), annotation(5, NEARLY)])
    (skipped,) = mended(content).skipped
    assert "needs --unsafe" in skipped.reason
    for verdict, left in (("real", [4]), ("fix", [4]), ("unsure", [4, 5])):
        file = tmp_path / "decisions.json"
        decided = {skipped.finding.fingerprint: {"verdict": verdict}}
        file.write_text(json.dumps({"schema_version": 1, "decisions": decided}))
        assert [record["id"] for record in annotations(mended(content, decisions=file))] == left
