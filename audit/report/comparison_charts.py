"""Charts of a comparison: what other settings of NMS would do, and how well scores tell right from wrong."""

from __future__ import annotations

from collections.abc import Iterator

from audit.comparison.result import Comparison
from audit.comparison.symptoms import Calibration
from audit.comparison.whatif import METHODS, Outcome
from audit.report.comparison_page import METHOD_TITLES, describe_scope
from audit.report.line_charts import ChartLine, LineChart
from audit.report.text_format import shorten_text

_NMS_AXIS = "threshold of NMS"


def build_comparison_charts(comparison: Comparison) -> tuple[LineChart, ...]:
    """Collect the charts of a comparison, those with anything in them.

    Parameters
    ----------
    comparison : Comparison

    Examples
    --------
    >>> from audit.comparison.conventions import unknown_conventions
    >>> from audit.comparison.run import compare_datasets
    >>> from audit.testing import compared, scene
    >>> labels, predictions = compared((scene("aab"), scene("aa.", ".bb")))
    >>> comparison = compare_datasets(labels, predictions, unknown_conventions)
    >>> [chart.title for chart in build_comparison_charts(comparison)][:2]
    ['Overlapping pairs left', 'Matched objects lost']
    >>> from audit.dataset.model import empty_dataset
    >>> empty = compare_datasets(empty_dataset(), empty_dataset(), unknown_conventions)
    >>> [chart.title for chart in build_comparison_charts(empty)][-1]
    'Recall that NMS leaves possible on the labels'
    """
    charts = [
        *_nms_charts(comparison),
        LineChart(
            "Recall that NMS leaves possible on the labels", _NMS_AXIS, tuple(_recall_bound_lines(comparison))
        ),
        _calibration_chart(comparison.calibration),
    ]
    return tuple(chart for chart in charts if chart.lines)


def _nms_charts(comparison: Comparison) -> Iterator[LineChart]:
    curves = [
        outcomes
        for method, per_class in METHODS
        if (outcomes := _outcomes_by_threshold(comparison, method, per_class))
    ]
    for title, field in (
        ("Overlapping pairs left", "overlapping_pairs"),
        ("Matched objects lost", "objects_lost"),
        ("Average precision", "ap"),
    ):
        yield LineChart(title, _NMS_AXIS, tuple(_outcome_line(outcomes, field) for outcomes in curves))


def _outcomes_by_threshold(comparison: Comparison, method: str, per_class: bool) -> list[Outcome]:
    setting = ("nms", method, per_class)
    outcomes = [o for o in comparison.what_ifs if (o.family, o.method, o.per_class) == setting]
    return sorted(outcomes, key=lambda outcome: outcome.parameter)


def _outcome_line(outcomes: list[Outcome], field: str) -> ChartLine:
    scope = "within categories" if outcomes[0].per_class else "over all"
    title = shorten_text(f"{METHOD_TITLES[outcomes[0].method]}, {scope}", 60)
    thresholds = tuple(outcome.parameter for outcome in outcomes)
    return ChartLine(title, thresholds, tuple(float(getattr(outcome, field)) for outcome in outcomes))


def _recall_bound_lines(comparison: Comparison) -> Iterator[ChartLine]:
    settings = dict.fromkeys((bound.method, bound.per_class) for bound in comparison.recall_bounds)
    for method, per_class in settings:
        bounds = [b for b in comparison.recall_bounds if (b.method, b.per_class) == (method, per_class)]
        title = f"{METHOD_TITLES[method]}, {describe_scope(per_class)}"
        yield ChartLine(title, tuple(b.threshold for b in bounds), tuple(b.recall for b in bounds))


def _calibration_chart(calibration: Calibration) -> LineChart:
    is_filled = calibration.predictions > 0
    scores, right = calibration.mean_score[is_filled].tolist(), calibration.right[is_filled].tolist()
    diagonal = ChartLine("scores that are right", (0.0, 1.0), (0.0, 1.0))
    lines = (ChartLine("predictions", tuple(scores), tuple(right)), diagonal)
    return LineChart("Share of right predictions", "score", lines if scores else ())
