"""The example for training loops, with stand-ins for the loggers."""

import importlib.util
import math
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "21_after_every_epoch.py"
SQUARE = {"image_id": 1, "category_id": 1, "bbox": [2, 2, 6, 6], "segmentation": [[2, 2, 8, 2, 8, 8, 2, 8]]}
LABELS = {
    "images": [{"id": 1, "file_name": "a.png", "width": 20, "height": 20}],
    "annotations": [{**SQUARE, "id": 1, "iscrowd": 0, "area": 36}],
    "categories": [{"id": 1, "name": "cell"}],
}


class Logger:
    """Has the method of each of the three, and notes what they were given."""

    def __init__(self):
        self.calls = []

    def add_scalar(self, tag, scalar_value, global_step=None):
        self.calls.append((tag, scalar_value, global_step))

    def log(self, data, step=None):
        self.calls += [(name, value, step) for name, value in data.items()]

    def log_metrics(self, metrics, step=None):
        self.calls += [(name, value, step) for name, value in metrics.items()]


@pytest.fixture
def example():
    spec = importlib.util.spec_from_file_location("after_every_epoch", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_logger_gets_the_same_numbers(example):
    loggers = {name: Logger() for name in ("writer", "run", "mlflow")}
    curves = example.OverlapCurves(LABELS, **loggers)
    twice = [{**SQUARE, "score": score} for score in (0.9, 0.8)]
    curves(0, twice)
    curves(1, twice[:1])
    first = loggers["writer"].calls
    assert first == loggers["run"].calls == loggers["mlflow"].calls
    values = {(name, step): value for name, value, step in first}
    assert [values["val/overlapping_pairs", step] for step in (0, 1)] == [1, 0]
    assert [values["val/predictions", step] for step in (0, 1)] == [2, 1]
    assert [values["val/segm/AP", step] for step in (0, 1)] == pytest.approx([1, 1])
    assert all(type(value) is float and math.isfinite(value) for value in values.values())
    # Curves go on from epoch to epoch: counts and blame have a value in each.
    always = {name for name, step in values if not step} & {name for name, step in values if step}
    assert {f"val/{kind}/{group}" for kind in ("blame", "overlapping_pairs")
            for group in ("labels", "proposals", "training", "nms", "undetermined")} <= always  # fmt: skip
    # MLflow takes letters, digits, and _ - . space : /
    assert all(name.replace("/", "").replace("_", "").isalnum() for name, _ in values)


def test_nothing_is_logged_where_nobody_listens(example):
    assert len(example.OverlapCurves(LABELS)(0, []).overlaps) == 0
