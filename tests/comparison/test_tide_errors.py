import contextlib
import io

import numpy as np
import pytest

from audit.comparison.measuring import measure_comparison
from audit.comparison.tide_errors import find_tide_errors
from audit.loaders.coco_results import read_results
from audit.loaders.read import read_dataset
from audit.testing import compared, scene


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
