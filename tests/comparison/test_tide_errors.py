import contextlib
import io
from dataclasses import replace

import numpy as np
import pytest
from row_scenes import row

from audit.comparison.conventions import unknown_conventions
from audit.comparison.measuring import measure_comparison
from audit.comparison.run import compare_datasets
from audit.comparison.tide_errors import find_tide_errors
from audit.dataset.model import empty_segmentations
from audit.loaders.coco_results import read_results
from audit.loaders.read import read_dataset
from audit.testing import Scene, compared, scene


def errors(labels, predictions, **scores):
    return find_tide_errors(measure_comparison(*compared((labels, predictions), scores=scores)))


ROW = "aaaaaaaaaa.........."


@pytest.mark.parametrize(
    ("predictions", "categories", "expected"),
    [
        (["pppp................"], {}, ["loc"]),
        (["pppppppppp.........."], {"p": "another"}, ["cls"]),
        (["pppppppppp..........", "qqqqqqqqqq.........."], {}, ["dupe"]),
        (["...............ppppp"], {}, ["bkg", "miss"]),
        (["pppp................"], {"p": "another"}, ["both", "miss"]),
        (["pppppppppp.........."], {}, []),
        (["...................."], {}, ["miss"]),
    ],
)
def test_each_kind(predictions, categories, expected):
    found = errors(scene(ROW), scene(*predictions, categories=categories))
    assert found.error_type.tolist() == expected


def test_mending_a_localisation_wins_the_label():
    found = errors(scene(ROW), scene("pppp................"))
    assert found.ap50 == 0.0
    assert found.ap_cost["loc"] == pytest.approx(1.0)
    assert found.ap_cost["miss"] == 0.0


def test_crowd_regions_excuse_predictions():
    found = errors(scene("aaaaabbbbb", crowd="b"), scene("ppppp.....", ".....qqqqq"))
    assert found.ap50 == pytest.approx(1.0)
    assert found.ap_cost["bkg"] == 0.0


def test_nothing():
    found = errors(scene("..."), scene("..."))
    assert len(found) == 0
    assert np.isnan(found.ap50)


@pytest.mark.shared
@pytest.mark.filterwarnings("ignore")
def test_agrees_with_tidecv(shared_data):
    tidecv = pytest.importorskip(
        "tidecv", reason="tidecv is not installed (extra: bench)", exc_type=ImportError
    )
    folder = shared_data / "coco_val2014_100"
    truth, results = (
        folder / "instances_val2014_100.json",
        folder / "instances_val2014_fakesegm100_results.json",
    )
    with contextlib.redirect_stdout(io.StringIO()):
        run = tidecv.TIDE(mode=tidecv.TIDE.MASK)
        run.evaluate(tidecv.datasets.COCO(str(truth)), tidecv.datasets.COCOResult(str(results)))
    (name,) = run.runs
    theirs = run.get_all_errors()
    labels = read_dataset([truth]).dataset
    found = find_tide_errors(measure_comparison(labels, read_results(results, labels).dataset))
    assert 100 * found.ap50 == pytest.approx(run.runs[name].ap, abs=1e-6)
    for kind, value in theirs["main"][name].items():
        assert 100 * found.ap_cost[kind.lower()] == pytest.approx(value, abs=1e-6), kind
    assert 100 * found.ap_cost["false_positives"] == pytest.approx(
        theirs["special"][name]["FalsePos"], abs=1e-6
    )
    assert 100 * found.ap_cost["false_negatives"] == pytest.approx(
        theirs["special"][name]["FalseNeg"], abs=1e-6
    )


@pytest.mark.parametrize(
    ("stop", "category", "kind"),
    [
        (10, "thing", []),  # IoU 0.5 of 20 px
        (9, "thing", ["loc"]),
        (2, "thing", ["loc"]),  # 0.1
        (1, "thing", ["bkg", "miss"]),
        (10, "another", ["cls"]),
        (9, "another", ["both", "miss"]),
        (3, "another", ["both", "miss"]),
        (2, "another", ["bkg", "miss"]),
    ],
)
def test_each_type_at_its_limit(stop, category, kind):
    found = errors(row(20, a=(0, 20)), row(20, p=(0, stop), categories={"p": category}))
    assert found.error_type.tolist() == kind
    assert found.label.tolist() == [-1 if name == "bkg" else 0 for name in kind]
    if kind:
        assert found.iou[0] == stop / 20


def test_a_taken_label_overlapped_by_just_one_half_is_badly_localised():
    found = errors(row(20, a=(0, 20)), row(20, p=(0, 20), q=(0, 10), r=(0, 11)), q=0.8, r=0.7)
    assert found.error_type.tolist() == ["loc", "dupe"]
    assert found.prediction.tolist() == [1, 2]


def test_in_an_image_without_labels_all_is_background():
    found = errors(row(20, a=(0, 20), crowd="a"), row(20, p=(0, 2)))
    assert found.error_type.tolist() == ["bkg"]
    assert found.iou.tolist() == [0.0]


def test_of_two_that_would_win_a_label_the_better_one_is_mended():
    found = errors(row(20, a=(0, 20)), row(20, p=(0, 6), q=(0, 8)), p=0.9, q=0.8)
    assert found.error_type.tolist() == ["loc", "loc"]
    assert found.ap_cost["loc"] == pytest.approx(1.0)


@pytest.mark.parametrize(("stop", "cost"), [(10, 1 - 0.5), (11, 0.0)])
def test_a_crowd_region_excuses_from_more_than_one_half(stop, cost):
    # Of 20 px of the first prediction 10 or 11 lie in the crowd region.
    labels = row(60, a=(0, stop), b=(40, 60), crowd="a")
    found = errors(labels, row(60, p=(0, 20), q=(40, 60)), p=0.9, q=0.8)
    assert found.error_type.tolist() == ["bkg"]
    assert found.ap_cost["bkg"] == pytest.approx(cost)


def test_a_crowd_region_excuses_no_other_category():
    labels = row(60, a=(0, 20), b=(40, 60), crowd="a")
    found = errors(labels, row(60, p=(0, 20), q=(40, 60), categories={"p": "another"}), p=0.9, q=0.8)
    assert found.error_type.tolist() == ["bkg"]
    assert found.ap50 == pytest.approx(0.5)  # of two categories, one without labels


@pytest.mark.parametrize("n_better", [99, 100])
def test_a_hundred_predictions_of_an_image_count_whatever_their_categories(n_better):
    label, elsewhere = np.zeros((30, 30), dtype=bool), np.zeros((30, 30), dtype=bool)
    label[:4, :4], elsewhere[20, 20] = True, True
    masks = {f"wrong{k}": elsewhere for k in range(n_better)} | {"right": label}
    categories = {name: "another" for name in masks if name != "right"}
    labels, predictions = Scene(30, 30, {"a": label}), Scene(30, 30, masks, categories)
    found = errors(labels, predictions, right=0.5)
    assert found.error_type.tolist() == ["bkg"] * n_better + ["miss"] * (n_better == 100)
    assert found.ap50 == pytest.approx(0.5 * (n_better == 99))


def test_costs_by_hand():
    # Of two labels one is found, by the second-best prediction: precision 1/2 up to recall 1/2.
    found = errors(row(60, a=(0, 20), b=(30, 50)), row(60, p=(52, 58), q=(0, 20)), p=0.9, q=0.8)
    assert found.error_type.tolist() == ["bkg", "miss"]
    half = 51 / 101
    assert found.ap50 == pytest.approx(half / 2)
    assert found.ap_cost["bkg"] == pytest.approx(half / 2)  # the precision becomes 1
    assert found.ap_cost["miss"] == pytest.approx(0.5 - half / 2)  # the one label is all there is
    assert found.ap_cost["false_positives"] == pytest.approx(half / 2)
    assert found.ap_cost["false_negatives"] == pytest.approx(0.5 - half / 2)
    assert [found.ap_cost[name] for name in ("cls", "loc", "both", "dupe")] == [0.0] * 4


def test_mending_a_category_moves_a_prediction_there():
    labels = row(60, a=(0, 20), b=(30, 50), categories={"b": "another"})
    found = errors(labels, row(60, p=(0, 20), q=(30, 50)))
    assert found.error_type.tolist() == ["cls"]
    # The mended prediction wins its category; "thing" loses a wrong prediction of equal score.
    assert found.ap50 == pytest.approx(0.5)
    assert found.ap_cost["cls"] == pytest.approx(0.5)


@pytest.mark.parametrize("n_found", [28, 35, 57])
def test_recalls_are_hundredths_as_in_the_reference(n_found):
    # COCO's linspace has recalls a last bit above 0.35 and 0.57, which that many found labels do not reach.
    labels = {chr(0x4E00 + k): (k, k + 1) for k in range(100)}
    found = errors(row(100, **labels), row(100, **dict(list(labels.items())[:n_found])))
    assert found.ap50 == pytest.approx((n_found + 1) / 101)


def test_what_is_right_counts_inside_a_crowd_region_too():
    found = errors(scene("aaaa....", "bbbbbbbb", crowd="b"), scene("pppp....", "....qqqq"), q=0.95)
    assert found.ap50 == pytest.approx(1.0)  # p is right, q is excused


def test_of_labels_that_fit_equally_the_first_is_taken():
    found = errors(scene("aaaa....", "bbbb...."), scene("pppp...."))
    assert (found.error_type.tolist(), found.label.tolist()) == (["miss"], [1])


def test_what_is_not_used_takes_no_place_among_the_best_hundred():
    labels, predictions = compared((scene("aa.b"), scene("pp..")))
    n_unknown = 100
    rows = np.r_[np.zeros(n_unknown, dtype=np.int64), 0]
    annotations = predictions.annotations.take(rows)
    annotations = replace(
        annotations,
        index=np.arange(n_unknown + 1),
        score=np.r_[np.full(n_unknown, 0.99), 0.5],
        category=np.r_[np.full(n_unknown, -1), 0],
    )
    tables = measure_comparison(labels, replace(predictions, annotations=annotations))
    assert find_tide_errors(tables).ap50 == pytest.approx(51 / 101)


def test_boxes_alone_are_compared_as_boxes():
    labels, predictions = compared((scene("aa...", "bb..."), scene("pp..q")), scores={"q": 0.5})
    n = len(predictions.annotations)
    boxes = np.array([[0.0, 0, 2, 1], [4, 0, 1, 1]])
    annotations = replace(predictions.annotations, segmentation=empty_segmentations(n), bbox=boxes)
    alone = replace(predictions, annotations=annotations)
    found = compare_datasets(labels, alone, unknown_conventions)
    assert found.errors.error_type.tolist() == ["bkg", "miss"]
    assert found.errors.ap50 == pytest.approx(51 / 101)
    assert found.matches_table()["iou"].tolist() == pytest.approx([1.0, np.nan], nan_ok=True)
    # Nothing is said of masks that nobody has.
    assert (found.segm, found.label_map_metrics, found.symptoms, found.what_ifs) == ({}, {}, (), ())
