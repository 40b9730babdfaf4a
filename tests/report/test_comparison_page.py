"""The page of a comparison: words, charts and the pairs that are shown."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from audit.comparison.conventions import unknown_conventions
from audit.comparison.options import CompareOptions
from audit.comparison.run import compare_datasets
from audit.report import comparison_gallery
from audit.report.comparison_charts import build_comparison_charts
from audit.report.comparison_gallery import OF_EACH_CAUSE, draw_cause_galleries, list_comparison_pages
from audit.report.comparison_page import METHOD_TITLES, _describe_recommendation, build_comparison_page
from audit.report.report_writer import write_report
from audit.testing import compared, scene

LABELS = scene("aaaabbbb....", "aaaabbbb..cc", "aaaabbbb..cc")
PREDICTIONS = scene(
    """
    pppppppp....
    pppppppp..rr
    pppppppp..rr
    """,
    """
    qqqq........
    qqqq........
    qqqq........
    """,
)


@pytest.fixture(scope="module")
def comparison():
    labels, predictions = compared(*[(LABELS, PREDICTIONS)] * 8)
    return compare_datasets(labels, predictions, unknown_conventions, CompareOptions(what_ifs=True))


@pytest.fixture(scope="module")
def charts(comparison):
    return {chart.title: chart for chart in build_comparison_charts(comparison)}


def test_it_begins_with_how_much_was_compared_and_the_answer(comparison):
    page = build_comparison_page(comparison)
    assert page.compared == "24 predictions against 24 labels"
    assert page.answer.startswith("Probable cause: the region proposals and their boxes")
    assert page.answer.endswith("33.3 overlapping pairs per 100 predictions (healthy models: up to 5).")
    assert [line for line in page.evidence if line[4]] and len(page.remedies) == 1
    assert page.n_pairs == 8


def test_upper_bounds_of_recall_are_never_rounded_up(comparison):
    bounds = [replace(bound, n_labels=3000, n_kept=2999) for bound in comparison.recall_bounds]
    page = build_comparison_page(replace(comparison, recall_bounds=tuple(bounds)))
    assert all(
        "more than 99.90 % recall on these labels (1 of 3,000 labels" in line for line in page.recall_bounds
    )
    bounds = [replace(bound, n_labels=10_000, n_kept=8_558) for bound in comparison.recall_bounds]
    page = build_comparison_page(replace(comparison, recall_bounds=tuple(bounds)))
    assert page.recall_bounds and all("more than 85.5 % recall" in line for line in page.recall_bounds)


def test_nms_that_loses_no_label_is_not_said_to_limit_recall(comparison):
    bounds = [replace(bound, n_labels=235, n_kept=235) for bound in comparison.recall_bounds]
    page = build_comparison_page(replace(comparison, recall_bounds=tuple(bounds)))
    assert page.recall_bounds[0] == "NMS by IoU of boxes at 0.5 would keep all 235 labels."
    assert not any("100 %" in line for line in page.recall_bounds)


def test_every_headline_metric_says_what_it_is_alone(comparison):
    meanings = {name: meaning for name, _, meaning, _ in build_comparison_page(comparison).metrics}
    assert meanings["AR100"] == "average recall, a hundred predictions an image and category"


def test_charts_have_a_line_a_way_to_run_nms(comparison, charts):
    pairs = charts["Overlapping pairs left"]
    assert len(pairs.lines) == 6
    assert pairs.lines[0].x == tuple(round(0.1 * k, 1) for k in range(1, 10))
    assert all(0 <= y <= 8 for line in pairs.lines for y in line.y)
    assert [line.name for line in pairs.lines][:2] == [
        "IoU of boxes, within categories",
        "IoU of boxes, over all",
    ]


def test_calibration_shows_the_filled_bins_alone(comparison, charts):
    line = charts["Share of right predictions"].lines[0]
    assert len(line.x) == np.count_nonzero(comparison.calibration.predictions)
    assert np.isfinite([*line.x, *line.y]).all()


def test_the_surest_pairs_of_every_cause_are_shown(comparison):
    confidence = np.linspace(0.5, 0.9, 8)
    overlaps = replace(comparison.overlaps, confidence=confidence)
    ((count, crops),) = draw_cause_galleries(replace(comparison, overlaps=overlaps), None)
    assert count.pairs == 8
    assert [crop.text.rpartition("; ")[2] for crop in crops] == [
        f"{100 * value:.0f} % sure" for value in confidence[::-1][:OF_EACH_CAUSE]
    ]


def test_pairs_of_different_images_come_first(comparison):
    image = np.array([0, 0, 0, 0, 0, 0, 1, 2])
    overlaps = replace(comparison.overlaps, confidence=np.linspace(0.9, 0.5, 8), image=image)
    ((_, crops),) = draw_cause_galleries(replace(comparison, overlaps=overlaps), None)
    names = [crop.name for crop in crops]
    assert len(set(names[:3])) == 3


def test_each_crop_draws_both_predictions_and_the_labels_that_they_show(comparison):
    ((_, crops),) = draw_cause_galleries(comparison, None)
    kinds = [kind for _, kind, _ in crops[0].outlines]
    assert kinds[:2] == ["a", "b"]
    assert set(kinds[2:]) == {"truth"}


def test_the_headline_is_bad_news_only_where_something_overlaps(comparison, result):
    assert list_comparison_pages(result(), comparison)[0].is_good is False
    labels, predictions = compared((LABELS, scene("pppp....")))
    nothing = compare_datasets(labels, predictions, unknown_conventions, CompareOptions(what_ifs=False))
    assert list_comparison_pages(result(), nothing)[0].is_good is None


def test_every_pair_is_on_a_page_with_the_surest_first(comparison, result, monkeypatch):
    monkeypatch.setattr(comparison_gallery, "PAIRS_A_PAGE", 3)
    overlaps = replace(comparison.overlaps, confidence=np.linspace(0.5, 0.9, 8))
    pages = list_comparison_pages(result(), replace(comparison, overlaps=overlaps))
    assert [page.name for page in pages] == [
        "comparison",
        "comparison-details",
        "pairs",
        "pairs-2",
        "pairs-3",
    ]
    assert [page.name for page in pages if page.in_menu] == ["comparison"]
    crops = [crop for page in pages[2:] for crop in page.values["crops"]]
    assert len({crop.text for crop in crops}) == 8
    shares = [int(crop.text.rpartition("; ")[2].split()[0]) for crop in crops]
    assert shares == sorted(shares, reverse=True)


def test_what_is_not_drawn_is_counted(comparison, result, monkeypatch):
    monkeypatch.setattr(comparison_gallery, "MAX_PAIRS", 5)
    values = list_comparison_pages(result(), comparison)[-1].values
    assert (values["n_pairs"], values["n_drawn"], len(values["crops"])) == (8, 5, 5)


def test_the_pages_of_a_comparison_lead_to_each_other(comparison, result, tmp_path):
    write_report(result(), tmp_path, extras=list_comparison_pages(result(), comparison))
    answer, details, pairs = (
        (tmp_path / name).read_text() for name in ("comparison.html", "comparison-details.html", "pairs.html")
    )
    assert 'href="pairs.html"' in answer and 'href="comparison-details.html"' in answer
    assert all('href="comparison.html"' in page for page in (details, pairs))
    assert 'id="metrics"' in details and 'id="metrics"' not in answer
    assert pairs.count('<li class="crop card"') == 8
    assert answer.count('<li class="crop card"') == OF_EACH_CAUSE


def test_one_file_has_the_answer_and_the_details_and_says_where_the_pairs_are(comparison, result, tmp_path):
    extras = list_comparison_pages(result(), comparison, all_pairs=False)
    write_report(result(), tmp_path, extras=extras, single_file=True)
    page = (tmp_path / "index.html").read_text()
    assert 'id="view-comparison-details"' in page and 'href="#/comparison-details"' in page
    assert "Pictures of all 8 pairs are in the report as a folder" in page


def recommended(**changes):
    best = {
        "method": "box", "per_class": True, "low": 0.3, "high": 0.5, "threshold": 0.4, "overlapping_pairs": 7,
        "removed_pairs": 1005, "objects_lost": 2, "ap": 0.51249,
    } | changes  # fmt: skip
    return _describe_recommendation(
        SimpleNamespace(what_ifs=(1,), blame=(), recommendation=SimpleNamespace(**best))
    )


def test_a_recommendation_names_its_settings_and_what_they_cost():
    method = METHOD_TITLES["box"]
    assert recommended() == (
        f"NMS by {method} within a category at any threshold from 0.3 to 0.5, for example 0.4, removes "
        "1,005 of 1,012 overlapping pairs and loses 2 matched objects (AP 0.512)."
    )
    assert "over all categories at a threshold of 0.3 removes" in recommended(per_class=False, high=0.3)


def test_without_a_recommendation_it_says_so():
    nothing = SimpleNamespace(what_ifs=(1,), blame=(), recommendation=None)
    assert _describe_recommendation(nothing).startswith("No setting of NMS removes overlapping pairs")
    assert _describe_recommendation(SimpleNamespace(what_ifs=(), blame=(), recommendation=None)) == ""
