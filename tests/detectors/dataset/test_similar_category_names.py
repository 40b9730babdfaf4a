import pytest

from audit.testing import hits, scene

RULE = "dataset.similar_category_names"


def named(*names):
    return [{"name": name, "category_id": k, "annotations": 10 - k} for k, name in enumerate(names)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cell", "Cell"),
        ("cell", "cells"),
        ("traffic light", "traffic-light"),
        ("traffic_light", "Traffic Lights"),
        ("berry", "berries"),
        ("box", "boxes"),
        ("glass", "glasses"),
        ("café", "cafe"),
        ("tabs", "tab"),
    ],
)
def test_finds_names_that_differ_in_spelling(judged, one, other):
    (found,) = judged(RULE, categories=named(one, other))
    assert found.category_ids == (0, 1)
    assert found.evidence == {"name_a": one, "name_b": other, "annotations_a": 10, "annotations_b": 9}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cell", "bell"),
        ("bus", "bu"),
        ("abs", "ab"),
        ("cell", "cell"),
        ("", " "),
        ("iris", "iri"),
        ("cup", "cupboard"),
    ],
)
def test_silent_on_other_names(judged, one, other):
    assert judged(RULE, categories=named(one, other)) == []


def test_three_spellings_are_two_findings_and_plurals_an_option(judged):
    spelled = named("cell", "cells", "Cell")
    assert [f.category_ids for f in judged(RULE, categories=spelled)] == [(0, 1), (1, 2)]
    assert [f.category_ids for f in judged(RULE, categories=spelled, plurals=False)] == [(0, 2)]


def test_silent_on_clean_and_empty():
    assert hits(RULE, scene("ab", categories={"a": "cell", "b": "debris"})) == []
    assert hits(RULE) == []
