import re

import pytest

from audit.findings.finding import Severity
from audit.measure.schema import empty_measurements
from audit.report.category_tables import (
    BINS,
    MOST_COLUMNS,
    MOST_ROWS,
    count_overlaps_by_category,
    count_rules_by_category,
    draw_sparklines,
)
from audit.testing import measured, scene

TWO = scene("aa.", ".bb", categories={"a": "cell", "b": "nucleus"})


def counts(table) -> dict[tuple[str, str], int]:
    return {
        (row, column): count
        for row, cells in zip(table.rows, table.counts, strict=True)
        for column, count in zip(table.columns, cells, strict=True)
    }


def test_a_finding_counts_once_for_every_category_it_is_about(result, said):
    findings = (said("overlap.partial", 1, 2, image=1), said("mask.tiny", 2, image=1), said("dataset.small"))
    found = result(TWO, findings=findings)
    table = count_rules_by_category(found)
    assert counts(table) == {
        ("nucleus", "overlap.partial"): 1, ("nucleus", "mask.tiny"): 1,
        ("cell", "overlap.partial"): 1, ("cell", "mask.tiny"): 0,
    }  # fmt: skip
    assert table.rows == ("nucleus", "cell")


def test_shades_follow_the_share_of_the_category(result, said):
    """One finding in one annotation is darker than one in a hundred."""
    many = scene("a" * 3, categories={"a": "rare"})
    crowd = scene(
        "\n".join(chr(200 + k) for k in range(150)), categories={chr(200 + k): "often" for k in range(150)}
    )
    findings = (said("mask.tiny", 1, image=1), said("mask.tiny", 2, image=2))
    found = result(many, crowd, findings=findings)
    table = count_rules_by_category(found)
    shade = {row: shades[0] for row, shades in zip(table.rows, table.shades, strict=True)}
    assert shade == {"rare": 5, "often": 1}
    hint = {row: hints[0] for row, hints in zip(table.rows, table.hints, strict=True)}
    assert hint["often"] == "1 finding of mask.tiny in 150 annotations of often"


def test_overlaps_are_symmetric_and_count_pairs(result):
    m = measured(
        TWO,
        TWO,
        scene("ab", categories={"a": "cell", "b": "cell"}),
        scene("cc", "cc", categories={"c": "other"}),
    )
    table = count_overlaps_by_category(m)
    assert counts(table) == {
        ("cell", "cell"): 0, ("cell", "nucleus"): 2, ("nucleus", "cell"): 2, ("nucleus", "nucleus"): 0,
    }  # fmt: skip
    assert table.shades[0][0] == 0
    assert table.shades[0][1] == 5
    assert table.hints[0][1] == "cell and nucleus: 2 of 2 pairs within 2 px overlap"


def test_the_smallest_categories_and_rules_are_left_out_and_counted(result, said):
    n = MOST_ROWS + 3
    scenes = [scene("aa.", ".bb", categories={"a": f"c{k:02}", "b": f"c{k:02}"}) for k in range(n)]
    rules = [f"quiet.rule_{k:02}" for k in range(MOST_COLUMNS + 2)]
    findings = [said(rule, 2 * k + 1, image=k + 1) for rule in rules for k in range(n)]
    findings += [said(rules[-1], 2 * n, image=n)] * 5
    found = result(*scenes, findings=tuple(findings))
    table = count_rules_by_category(found)
    assert (len(table.rows), len(table.columns)) == (MOST_ROWS, MOST_COLUMNS)
    assert (table.n_rows_left_out, table.n_columns_left_out) == (3, 2)
    assert (table.rows[0], table.columns[0]) == (f"c{n - 1:02}", rules[-1])
    pairs = count_overlaps_by_category(found.measurements)
    assert (len(pairs.rows), pairs.n_rows_left_out) == (MOST_COLUMNS, n - MOST_COLUMNS)


def test_long_names_are_the_same_in_both_tables_and_short():
    m = measured(scene("aa.", ".bb", categories={"a": "x" * 300, "b": "\u202e"}))
    assert set(count_overlaps_by_category(m).rows) == {"\\u202e", "x" * 59 + "…"}


def test_nothing_gives_empty_tables(result):
    assert count_rules_by_category(result()).counts == ()
    assert count_overlaps_by_category(empty_measurements()).counts == ()


def heights(path: str) -> dict[float, float]:
    """Read bars back: where each begins, and how high it is."""
    return {float(x): 10 - float(y) for x, y in re.findall(r"M([\d.]+) 10V([\d.]+)h", path)}


def test_a_sparkline_shows_where_findings_lie(said):
    findings = [said("mask.tiny", image=image) for image in (1, 1, 64)]
    drawn = draw_sparklines([*findings, said("mask.tiny", image=32, severity=Severity.INFO)], n_images=64)
    assert heights(drawn["mask.tiny", Severity.WARNING]) == {0: 10, BINS - 1: 5}
    assert heights(drawn["mask.tiny", Severity.INFO]) == {15: 10}


def test_one_finding_is_seen_beside_a_thousand(said):
    findings = [said("mask.tiny", image=1)] * 1000 + [said("mask.tiny", image=10)]
    bars = heights(draw_sparklines(findings, n_images=10)["mask.tiny", Severity.WARNING])
    assert sorted(bars.values()) == [1.5, 10]
    assert max(bars) == 0.9 * BINS


def test_findings_about_no_image_draw_nothing(said):
    assert draw_sparklines([said("dataset.small")], n_images=3) == {}


@pytest.mark.parametrize(
    ("findings", "annotations", "shade"),
    [
        (1, 101, 1),
        (1, 100, 2),
        (2, 67, 2),
        (3, 100, 3),
        (9, 100, 3),
        (10, 100, 4),
        (29, 100, 4),
        (30, 100, 5),
    ],
)
def test_shades_begin_at_their_share(result, said, findings, annotations, shade):
    crowd = scene("\n".join(chr(200 + k) for k in range(annotations)))
    found = result(crowd, findings=tuple(said("mask.tiny", k + 1, image=1) for k in range(findings)))
    assert count_rules_by_category(found).shades == ((shade,),)


def test_a_pair_of_one_category_counts_once():
    table = count_overlaps_by_category(measured(scene("aa.", ".bb"), scene("cc.", ".dd")))
    assert (table.counts, table.shades) == (((2,),), ((5,),))
