from audit.testing import hits, scene

RULE = "dataset.unused_category"


def test_finds_unused_categories(judged):
    used = [{"name": "cell", "category_id": 1, "annotations": 3}]
    rare = [{"name": "mitosis", "category_id": 2, "annotations": 0}]
    assert judged(RULE, categories=used + rare) == []  # nothing is used: no annotations at all


def test_says_each_of_a_few_and_many_once():
    from dataclasses import replace

    import numpy as np

    from audit.detectors.registry import dataset_rules
    from audit.measure.schema import CATEGORIES, table
    from audit.testing import measured

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
