import numpy as np
import pytest

from audit.measure.column_table import ColumnTable
from audit.measure.schema import empty_measurements
from audit.report import touching_section
from audit.report.touching_section import MAX_LINES, build_touching_section
from audit.touching.overview import CURVE_COLUMNS, Overview, Share


@pytest.fixture
def section(monkeypatch):
    """Build the section of a convention that is given, not learned."""

    def build(categories, curve=(), images=()):
        columns = np.reshape(np.array(curve, dtype=float), (-1, len(CURVE_COLUMNS))).T
        table = ColumnTable(dict(zip(CURVE_COLUMNS, columns, strict=True)))
        convention = Overview(table, tuple(categories), tuple(images), ())
        monkeypatch.setattr(touching_section, "overview", lambda _measurements: convention)
        return build_touching_section(empty_measurements())

    return build


def share(name, contacts, reason=""):
    return Share(name, contacts, contacts // 10, contacts // 20, 0.1, 0.2, reason)


def test_only_categories_with_a_convention_are_summed_but_all_are_listed(section):
    built = section([share("cell", 100), share("nucleus", 40), share("rare", 7, "too few examples")])
    assert (built.n_contacts, built.n_merged, built.n_split) == (140, 14, 7)
    assert [line.name for line in built.categories] == ["cell", "nucleus", "rare"]


def test_the_curve_shows_shares_of_the_contacts_of_each_step(section):
    built = section([share("cell", 9)], [(0, 2, 3, 1, 1, 0), (2, 4, 0, 0, 0, 0), (4, 6, 1, 4, 0, 2)])
    lines = {line.name: line for line in built.curve.lines}
    assert lines["drawn as one"].x == (1.0, 5.0)
    assert lines["drawn as one"].y == (0.75, 0.2)
    assert lines["drawn as one, against the convention"].y == (0.25, 0.0)
    assert lines["cut in two, against the convention"].y == (0.0, 0.4)
    assert np.isfinite([y for line in built.curve.lines for y in line.y]).all()


def test_the_worst_images_are_listed_as_far_as_there_is_room(section):
    built = section([share("cell", 9)], images=[share(f"{k}.png", 9) for k in range(MAX_LINES + 3)])
    assert [line.name for line in built.images] == [f"{k}.png" for k in range(MAX_LINES)]
    assert built.curve.lines == ()


def test_without_contacts_there_is_no_section(section):
    assert section([]) is None
