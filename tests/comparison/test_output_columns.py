"""The tables of a comparison have the columns that are documented, in that order."""

import pytest

from audit.comparison.conventions import unknown_conventions
from audit.comparison.output_columns import ERRORS, MATCHES, OVERLAPS, WHAT_IFS
from audit.comparison.run import compare_datasets
from audit.testing import compared, scene


@pytest.mark.parametrize("scenes", [(), (scene("aaaa..bb"), scene("pppp....", ".qqq...."))])
def test_tables_have_the_documented_columns(scenes):
    data = compared(scenes) if scenes else compared()
    comparison = compare_datasets(*data, unknown_conventions)
    assert list(comparison.overlaps_table()) == [name for name in OVERLAPS if name != "one_proposal"]
    assert list(comparison.matches_table()) == list(MATCHES)
    assert list(comparison.errors_table()) == list(ERRORS)
    assert list(comparison.whatif_table()) == list(WHAT_IFS)


def test_regions_add_their_column():
    labels, predictions = compared((scene("aaaa..bb"), scene("pppp....", ".qqq....")))
    comparison = compare_datasets(labels, predictions, unknown_conventions, proposals=predictions)
    assert list(comparison.overlaps_table()) == list(OVERLAPS)
