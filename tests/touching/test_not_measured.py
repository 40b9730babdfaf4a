"""What stands in the tables where shapes were not measured closely."""

from audit.measure.schema import empty_measurements
from audit.testing import measured, scene
from audit.touching.not_measured import NOT_MEASURED, is_not_measured, mark_not_measured


def test_the_row_is_of_all_categories_and_knows_nothing():
    m = measured(scene("aabb"))
    marked = mark_not_measured(m)
    (row,) = marked.conventions.to_dict("records")
    assert (row["category"], row["reason"], row["learned"]) == (-1, NOT_MEASURED, False)
    assert (row["auroc"], row["pair_auroc"]) == (0.5, 0.5), "as good as chance"
    assert {row[name] for name in set(row) - {"category", "reason", "learned", "auroc", "pair_auroc"}} == {0}
    assert marked.instances.equals(m.instances)


def test_only_marked_measurements_were_not_measured():
    assert is_not_measured(mark_not_measured(empty_measurements()))
    assert not is_not_measured(empty_measurements())
    assert not is_not_measured(measured(scene("aabb")))
