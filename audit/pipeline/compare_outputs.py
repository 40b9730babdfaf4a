"""The files that a comparison writes besides those of a scan."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from audit.comparison.cause_names import CauseGroup
from audit.comparison.cause_summary import summarize_causes
from audit.comparison.output_columns import WHAT_IFS
from audit.comparison.overlap_evidence import Evidence
from audit.comparison.proposals import ProposalEvaluation
from audit.comparison.result import WHAT_IF_COUNTS, Comparison
from audit.comparison.usual_values import USUAL_VALUES
from audit.comparison.whatif import MAP_SCORE
from audit.findings.arrow_arrays import build_array, build_numbers
from audit.findings.encode import encode_json
from audit.findings.write_parquet import open_parquet
from audit.measure.column_table import ColumnTable

SCHEMA_VERSION = 1


def collect_metrics(comparison: Comparison) -> dict[str, object]:
    """Lay out all numbers, as ``metrics.json`` has them.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    dict
        ``segm`` and ``bbox`` (COCO's twelve numbers and AP by category; ``segm`` is None without masks),
        the numbers on label maps, and ``tide``, ``nms``, ``causes``, ``ceilings``, ``recommendation``,
        ``symptoms``, ``calibration``, ``proposals``. What is not defined is NaN.

    Examples
    --------
    >>> from audit.comparison.conventions import unknown_conventions
    >>> from audit.comparison.run import compare_datasets
    >>> from audit.dataset.model import empty_dataset
    >>> sorted(collect_metrics(compare_datasets(empty_dataset(), empty_dataset(), unknown_conventions)))[:3]
    ['adapted_rand_error', 'adapted_rand_precision', 'adapted_rand_recall']
    """
    segm = {**comparison.segm, "by_category": _values_by_category(comparison, comparison.segm_by_category)}
    bbox = {**comparison.bbox, "by_category": _values_by_category(comparison, comparison.bbox_by_category)}
    errors, recommendation, proposals = comparison.errors, comparison.recommendation, comparison.proposals
    nms = comparison.nms
    return {
        "schema_version": SCHEMA_VERSION,
        "segm": segm if comparison.has_masks else None,
        "bbox": bbox,
        **comparison.label_map_metrics,
        "label_map_score_floor": MAP_SCORE,
        "tide": {"ap50": errors.ap50, **errors.ap_cost, "counts": _count_errors(comparison)},
        "nms": {"threshold": nms.threshold, "given": nms.is_given, "pairs": nms.pairs, "safe": nms.safe},
        "causes": {
            "sentence": summarize_causes(comparison.causes),
            "lines": [
                _pick_attributes(line, ("group", "cause", "pairs", "of", "share", "low", "high"))
                | {"cause": line.cause or None}
                for line in comparison.causes
            ],
        },
        "ceilings": [
            {
                "method": bound.method,
                "per_class": bound.per_class,
                "threshold": bound.threshold,
                "labels": bound.n_labels,
                "kept": bound.n_kept,
                "recall": bound.recall,
            }
            for bound in comparison.recall_bounds
        ],
        "recommendation": None if recommendation is None else _all_attributes(recommendation),
        "symptoms": [_all_attributes(symptom) for symptom in comparison.symptoms],
        "calibration": {"ece": comparison.calibration.ece, "bins": _calibration_bins(comparison)},
        "proposals": None if proposals is None else _proposal_record(proposals),
    }


def collect_causes(comparison: Comparison) -> dict[str, object]:
    """Lay out what is to blame and the evidence, as ``causes.json`` has them.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    dict
        ``blame`` (most probable first; empty = nothing unusual) and ``symptoms``: every piece of evidence
        with its usual range, rates as ``per_100``, others as ``value``. What is not known is NaN.

    Examples
    --------
    >>> from audit.comparison.conventions import unknown_conventions
    >>> from audit.comparison.run import compare_datasets
    >>> from audit.dataset.model import empty_dataset
    >>> collect_causes(compare_datasets(empty_dataset(), empty_dataset(), unknown_conventions))["blame"]
    []
    """
    values = {one.name: one.value for one in comparison.evidence}
    return {
        "schema_version": SCHEMA_VERSION,
        "blame": [
            {
                "group": blame.group,
                "confidence": blame.confidence,
                "candidates": list(blame.candidates),
                "evidence": {name: values[name] for name in blame.evidence},
            }
            for blame in comparison.blame
        ],
        "symptoms": {one.name: _evidence_record(one) for one in comparison.evidence},
    }


def collect_scalars(comparison: Comparison) -> dict[str, float]:
    """Lay out the numbers of which each has one value an epoch; what is not defined is left out.

    Parameters
    ----------
    comparison : Comparison

    Examples
    --------
    >>> from audit.comparison.conventions import unknown_conventions
    >>> from audit.comparison.run import compare_datasets
    >>> from audit.dataset.model import empty_dataset
    >>> scalars = collect_scalars(compare_datasets(empty_dataset(), empty_dataset(), unknown_conventions))
    >>> scalars["predictions"], "segm/AP" in scalars
    (0.0, False)
    """
    pairs = Counter(comparison.overlaps_table()["group"].tolist())
    blame = {answer.group: answer.confidence for answer in comparison.blame}
    scores = {"segm": comparison.segm if comparison.has_masks else {}, "bbox": comparison.bbox}
    numbers = {
        **{f"{kind}/{name}": value for kind, values in scores.items() for name, value in values.items()},
        "predictions": len(comparison.tables.predictions),
        "labels": len(comparison.tables.labels),
        "overlapping_pairs": sum(pairs.values()),
        **{f"overlapping_pairs/{group.value}": pairs[group.value] for group in CauseGroup},
        **{f"blame/{group.value}": blame.get(group.value, 0) for group in CauseGroup},
        **{f"symptoms/{one.name}": one.value for one in comparison.evidence},
    }
    return {name: float(value) for name, value in numbers.items() if math.isfinite(value)}


def _evidence_record(one: Evidence) -> dict[str, object]:
    usual = USUAL_VALUES[one.name]
    return {
        "per_100" if usual.per_100 else "value": one.value,
        "interval": [one.low, one.high],
        "usual": [bound if math.isfinite(bound) else None for bound in (usual.low, usual.high)],
        "count": one.count,
        "of": one.of,
    }


def _calibration_bins(comparison: Comparison) -> list[dict[str, float]]:
    columns = ("low", "high", "predictions", "mean_score", "right")
    values_by_column = [getattr(comparison.calibration, name).tolist() for name in columns]
    return [dict(zip(columns, values, strict=True)) for values in zip(*values_by_column, strict=True)]


def _proposal_record(proposals: ProposalEvaluation) -> dict[str, object]:
    return {
        "proposals": proposals.n_proposals,
        "unusable": proposals.n_unusable,
        "labels": proposals.n_labels,
        "recall": {str(threshold): value for threshold, value in proposals.recall.items()},
        "holding_several": proposals.n_holding_several,
        "pairs_from_one": int((proposals.same_proposal == 1).sum()),
        "pairs_from_two": int((proposals.same_proposal == 0).sum()),
    }


def _values_by_category(comparison: Comparison, values: np.ndarray) -> dict[str, float]:
    categories = comparison.labels.categories
    n_bearers = Counter(categories.name)
    # Two categories of one name are told apart by their ids.
    names = [
        name if n_bearers[name] == 1 else f"{name} ({category_id})"
        for name, category_id in zip(categories.name, categories.id.tolist(), strict=True)
    ]
    return {name: value for name, value in zip(names, values.tolist(), strict=True) if not math.isnan(value)}


def _count_errors(comparison: Comparison) -> dict[str, int]:
    error_types, counts = np.unique(comparison.errors.error_type.astype(str), return_counts=True)
    return dict(zip(error_types.tolist(), counts.tolist(), strict=True))


def _all_attributes(record: Any) -> dict[str, object]:
    return _pick_attributes(record, type(record).__slots__)


def _pick_attributes(record: Any, names: Sequence[str]) -> dict[str, object]:
    return {name: getattr(record, name) for name in names}


def write_comparison_files(comparison: Comparison, folder: Path) -> None:
    """Write ``metrics.json``, ``causes.json`` and the tables into an existing folder.

    Parameters
    ----------
    comparison : Comparison
    folder : Path
    """
    (folder / "metrics.json").write_bytes(encode_json(collect_metrics(comparison)) + b"\n")
    (folder / "causes.json").write_bytes(encode_json(collect_causes(comparison)) + b"\n")
    tables = {
        "matches": _build_arrow(comparison.matches_table()),
        "errors": _build_arrow(comparison.errors_table()),
        "overlaps": _build_arrow(comparison.overlaps_table()),
        "whatif": _build_whatif_arrow(comparison.whatif_rows()),
    }
    for name, table in tables.items():
        with open_parquet(folder / f"{name}.parquet", table.schema) as parquet_writer:
            parquet_writer.write_table(table)


def _build_arrow(table: ColumnTable) -> pa.Table:
    """Make an Arrow table: texts where a column holds objects, missing values where it holds NaN."""
    return pa.table(
        {
            name: build_array([str(text) for text in values], pa.large_string())
            if values.dtype == object
            else build_numbers(values.to_numpy())
            for name, values in table.items()
        }
    )


def _build_whatif_arrow(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    columns: dict[str, pa.Array] = {}
    for name in WHAT_IFS:
        values = [row[name] for row in rows]
        if name in ("family", "method"):
            columns[name] = build_array(values, pa.large_string())
        elif name in WHAT_IF_COUNTS:
            columns[name] = build_array(values, pa.int64())
        else:
            columns[name] = build_numbers(np.array(values, np.bool_ if name == "per_class" else np.float64))
    return pa.table(columns)
