from dataclasses import replace

import numpy as np
import pytest

from audit.detectors.registry import dataset_rules
from audit.measure.schema import CATEGORIES, table
from audit.testing import hits, measured, scene

RULE = "dataset.unused_category"


def test_finds_unused_categories(judged):
    used = [{"name": "cell", "category_id": 1, "annotations": 3}]
    rare = [{"name": "mitosis", "category_id": 2, "annotations": 0}]
    assert judged(RULE, categories=used + rare) == []  # nothing is used: no annotations at all


def test_says_each_of_a_few_and_many_once():
    m = measured(scene("aa"))
    n = 8
    data = {
        **{name: np.zeros(n) for name, c in CATEGORIES.items() if c.dtype != "str"},
        "name": ["cell", *(f"unused {k}" for k in range(1, n))],
        "supercategory": [""] * n,
        "category_id": np.arange(n),
        "annotations": np.array([1] + [0] * (n - 1)),
    }
    m = replace(m, categories=table(CATEGORIES, data))
    rule = dataset_rules()[RULE]
    (many,) = rule.detect(m, rule.options())
    assert many.evidence == {"unused": 7, "of": 8, "example_names": [f"unused {k}" for k in range(1, 6)]}
    each = list(rule.detect(m, rule.options(max_listed=7)))
    assert [hit.categories for hit in each] == [(k,) for k in range(1, 8)]
    assert each[0].message == "No annotation is a “unused 1”."


def test_silent_on_clean_and_empty():
    assert hits(RULE, scene("ab")) == []
    assert hits(RULE) == []


def judge_categories(*categories, **options):
    """Judge categories given as (name, supercategory, annotations, source)."""
    columns = list(zip(*categories, strict=True))
    data = {name: np.zeros(len(categories)) for name, c in CATEGORIES.items() if c.dtype != "str"}
    data |= dict(zip(("name", "supercategory", "annotations", "source"), columns, strict=True))
    m = measured(scene("aa"))
    m = replace(m, categories=table(CATEGORIES, data | {"category_id": np.arange(len(categories))}))
    rule = dataset_rules()[RULE]
    return list(rule.detect(m, rule.options(**options)))


def test_an_unused_root_is_named_as_such():
    (hit,) = judge_categories(("cell", "none", 0, 0), ("cell", "cell", 9, 0))
    assert hit.categories == (0,)
    assert hit.evidence == {"root_category_id": 0, "of": 2}
    assert hit.message == (
        "Category 0, “cell”, is the root of all others, as Roboflow writes it, and no annotation is of it: "
        "train without it."
    )


def test_unused_categories_beside_a_root_are_counted_without_it():
    blood = [("red", "blood", 5, 0), ("white", "blood", 0, 0)]
    root, unused = judge_categories(("blood", "none", 0, 0), *blood)
    assert "is the root" in root.message
    assert (unused.message, unused.evidence["unused"]) == ("No annotation is a “white”.", 1)
    assert len(judge_categories(("blood", "none", 0, 0), *blood, max_listed=1)) == 2
    assert judge_categories(("blood", "none", 3, 0), ("red", "blood", 5, 0)) == []


@pytest.mark.parametrize(
    "others",
    [
        [("red", "blood", 5, 0), ("tree", "plant", 1, 0)],  # not above all of them
        [("red", "", 5, 0)],
    ],
)
def test_what_is_not_above_all_others_is_no_root(others):
    (hit,) = judge_categories(("blood", "none", 0, 0), *others)
    assert hit.message == "No annotation is a “blood”."


def test_each_file_has_its_root():
    files = [
        (name, supercategory, annotations, source)
        for source in (0, 1)
        for name, supercategory, annotations in (("blood", "none", 0), ("red", "blood", 5))
    ]
    assert [hit.categories for hit in judge_categories(*files)] == [(0,), (2,)]
