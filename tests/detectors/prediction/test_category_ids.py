from dataclasses import replace

import numpy as np
import pytest
from evidence import hits
from pictures import picture

from audit.comparison.category_ids import read_category_ids
from audit.comparison.measuring import measure_comparison
from audit.testing import compared

NAMES = ("zebra", "ant", "mole", "bee")


def shifted(n_images, shift_of_image):
    """Make images with a label of category 2 each, and predictions shifted by so much (ids 1 to 3)."""
    names = {0: "first", 1: "second", 2: "third"}
    every = picture(
        x=(50, 0, 52, 2),
        y=(50, 4, 52, 6),
        z=(50, 8, 52, 10),
        categories={"x": "first", "y": "second", "z": "third"},
    )
    pairs = [(every, picture())]
    for number in range(n_images):
        category = names[1 + shift_of_image(number)]
        pairs.append(
            (
                picture(a=(5, 5, 25, 25), categories={"a": "second"}),
                picture(p=(5, 5, 25, 25), categories={"p": category}),
            )
        )
    return hits("category_ids", *pairs)


@pytest.mark.parametrize("shift", [1, -1])
def test_ids_that_are_shifted_by_one_are_said_once(shift):
    (hit,) = shifted(20, lambda number: -shift if number else 0)
    assert hit.evidence == {
        "reading": f"with {shift:+d}",
        "shift": shift,
        "matches": 20,
        "fit": 1,
        "fit_read": 19,
    }
    assert f"with {shift:+d} 19 would" in hit.message


def test_few_or_mixed_swaps_are_no_shift():
    assert shifted(19, lambda number: 1) == []
    assert shifted(20, lambda number: 1 if number % 2 else -1) == []


def read(label_ids, result_ids, listed=(11, 13, 17, 18), count=24):
    """Read results that name `result_ids[k]` where the labels name `label_ids[k]`, in turn."""
    label, prediction = picture(a=(5, 5, 25, 25)), picture(p=(5, 5, 25, 25))
    labels, results = compared(*[(label, prediction)] * count)
    none = np.zeros(4, dtype=np.int64)
    categories = replace(
        labels.categories, id=np.array(listed), name=NAMES, supercategory=("",) * 4, source=none, index=none
    )
    turns = np.arange(count) % len(label_ids)
    of_label = np.searchsorted(listed, np.array(label_ids)[turns])
    named = np.array(result_ids)[turns]
    known = np.where(np.isin(named, listed), np.searchsorted(listed, named), -1)
    labels = replace(
        labels, categories=categories, annotations=replace(labels.annotations, category=of_label)
    )
    results = replace(
        results,
        categories=categories,
        annotations=replace(results.annotations, category=known),
        unknown_category_ids={row: int(named[row]) for row in np.flatnonzero(known < 0)},
    )
    return read_category_ids(measure_comparison(labels, results))


ALL = (11, 13, 17, 18)


@pytest.mark.parametrize(
    ("label_ids", "result_ids", "rule"),
    [
        (ALL, (111, 113, 117, 118), "with -100"),
        (ALL, (10, 12, 16, 17), "with +1"),
        (ALL, (0, 1, 2, 3), "as places in the labels' list of categories, counted from 0,"),
        (ALL, (1, 2, 3, 4), "as places in the labels' list of categories, counted from 1,"),
        (ALL, (3, 0, 2, 1), "as places among the names in alphabetical order, counted from 0,"),
        (ALL, (13, 17, 18, 11), "with 11 for 18, 13 for 11, 17 for 13, 18 for 17"),
        ((11,), (0,), "with +11"),  # one category, and an id that the labels do not have
    ],
)
def test_other_ways_to_count(label_ids, result_ids, rule):
    reading = read(label_ids, result_ids)
    assert (reading.rule, reading.fit, reading.fit_read) == (rule, 0, 24)


@pytest.mark.parametrize(
    ("label_ids", "result_ids"),
    [
        (ALL, ALL),
        ((11,), (18,)),  # the model may take every zebra for a bee
        ((11, 18), (18, 11)),  # two categories mistaken for each other
        ((11, 13, 17, 18), (11, 11, 11, 11)),
        ((11, 13), (999, 999)),  # nothing that one reading of the ids would mend
    ],
)
def test_what_no_reading_explains(label_ids, result_ids):
    assert read(label_ids, result_ids) is None


def test_a_weak_model_is_read_too():
    """A quarter of the categories are mistaken, as models do, and all are shifted."""
    reading = read((11, 13, 17, 18), (10, 12, 16, 10), count=40)
    assert (reading.rule, reading.matches, reading.fit_read) == ("with +1", 40, 30)
