"""What a pair shows, whatever the cause."""

import pytest
from pictures import picture

from audit.comparison.cause_names import Cause
from audit.comparison.causes import find_overlap_causes
from audit.comparison.conventions import unknown_conventions
from audit.comparison.measuring import measure_comparison
from audit.comparison.pair_symptoms import _SYMPTOM_OF_CAUSE, name_symptoms
from audit.testing import compared

ONE = picture(a=(10, 10, 40, 40))


@pytest.mark.parametrize(
    ("labels", "predictions", "symptom"),
    [
        (
            picture(a=(5, 5, 25, 25), b=(5, 25, 25, 45)),
            picture(p=(5, 5, 25, 45), q=(5, 5, 25, 25)),
            "unites_several",
        ),
        (picture(a=(5, 5, 25, 45)), picture(p=(5, 5, 25, 45), q=(5, 5, 25, 20)), "part_of_larger"),
        (picture(a=(5, 5, 25, 25), b=(5, 25, 25, 45)), picture(p=(5, 5, 25, 34), q=(5, 25, 25, 45)), "spill"),
        (
            picture(a=(5, 5, 25, 30), b=(5, 22, 25, 45)),
            picture(p=(5, 5, 25, 30), q=(5, 22, 25, 45)),
            "labels_overlap",
        ),
        (picture(), picture(p=(5, 5, 25, 30), q=(5, 15, 25, 45)), "nothing_there"),
        (ONE, picture(p=(10, 10, 40, 40), q=(10, 14, 40, 44)), "same_object_twice"),
        (ONE, picture(categories={"q": "b"}, p=(10, 10, 40, 40), q=(10, 14, 40, 44)), "two_categories"),
        (ONE, picture(p=(10, 10, 40, 40), q=(14, 14, 36, 36)), "concentric_twin"),
        (ONE, picture(p=(10, 10, 40, 40), q=(18, 18, 32, 32)), "concentric_twin"),
        # Half of the label and a little more: a part, though it reaches an IoU of 0.53 with the label.
        (picture(a=(5, 5, 25, 45)), picture(p=(5, 5, 25, 45), q=(5, 5, 25, 26)), "part_of_larger"),
        (picture(a=(5, 5, 25, 45)), picture(p=(5, 5, 25, 45), q=(5, 5, 25, 30)), "same_object_twice"),
        # Both fill more than half of the label, and are different halves all the same.
        (picture(a=(5, 5, 25, 45)), picture(p=(5, 5, 25, 30), q=(5, 20, 25, 45)), "part_of_larger"),
        (ONE, picture(p=(10, 10, 40, 40), q=(10, 26, 40, 56)), "unclear"),
    ],
)
def test_a_pair_shows(labels, predictions, symptom):
    tables = measure_comparison(*compared((labels, predictions)))
    overlaps = find_overlap_causes(tables, unknown_conventions(tables), 0.5)
    assert name_symptoms(overlaps, tables.predictions.box).tolist() == [symptom]


def test_every_cause_is_seen_from_a_symptom():
    assert set(_SYMPTOM_OF_CAUSE) == set(Cause)
