"""The files that a comparison writes besides those of a scan."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from audit.comparison.cause_summary import summarize_causes
from audit.comparison.proposals import ProposalEvaluation
from audit.comparison.result import Comparison
from audit.comparison.whatif import MAP_SCORE
from audit.findings.encode import encode_json

SCHEMA_VERSION = 1
TABLES = ("matches", "errors", "overlaps", "whatif")


def collect_metrics(c: Comparison) -> dict[str, object]:
    """Lay out all numbers, as ``metrics.json`` has them.

    Parameters
    ----------
    c : Comparison

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
    names = c.labels.categories.name
    lists: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "segm": {**c.segm, "by_category": _by_name(names, c.segm_by_category)} if c.has_masks else None,
        "bbox": {**c.bbox, "by_category": _by_name(names, c.bbox_by_category)},
        **c.label_map_metrics,
        "label_map_score_floor": MAP_SCORE,
        "tide": {"ap50": c.errors.ap50, **c.errors.ap_cost, "counts": _counts(c)},
        "nms": {name: getattr(c.nms, name) for name in ("threshold", "given", "pairs", "safe")},
        "causes": {
            "sentence": summarize_causes(c.causes),
            "lines": [
                {
                    "group": line.group, "cause": line.cause or None, "pairs": line.pairs, "of": line.of,
                    "share": line.share, "low": line.low, "high": line.high,
                }
                for line in c.causes
            ],
        },
        "ceilings": [
            {"method": k.method, "per_class": k.per_class, "threshold": k.threshold, "labels": k.n_labels,
             "kept": k.n_kept, "recall": k.recall}
            for k in c.recall_bounds
        ],
        "recommendation": None if c.recommendation is None else _plain(c.recommendation),
        "symptoms": [_plain(s) for s in c.symptoms],
        "calibration": {"ece": c.calibration.ece, "bins": _bins(c)},
        "proposals": None if c.proposals is None else _proposals(c.proposals),
    }  # fmt: skip
    return lists


def _bins(c: Comparison) -> list[dict[str, float]]:
    names = ("low", "high", "predictions", "mean_score", "right")
    columns = [getattr(c.calibration, name).tolist() for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _proposals(p: ProposalEvaluation) -> dict[str, object]:
    return {
        "proposals": p.n_proposals,
        "unusable": p.n_unusable,
        "labels": p.n_labels,
        "recall": {str(t): value for t, value in p.recall.items()},
        "holding_several": p.n_holding_several,
        "pairs_from_one": int((p.same_proposal == 1).sum()),
        "pairs_from_two": int((p.same_proposal == 0).sum()),
    }


def _by_name(names: tuple[str, ...], values: np.ndarray) -> dict[str, float]:
    return {name: value for name, value in zip(names, values.tolist(), strict=True) if not math.isnan(value)}


def _counts(c: Comparison) -> dict[str, int]:
    kinds, numbers = np.unique(c.errors.error_type.astype(str), return_counts=True)
    return dict(zip(kinds.tolist(), numbers.tolist(), strict=True))


def _plain(record: Any) -> dict[str, object]:
    return {name: getattr(record, name) for name in type(record).__slots__}


def write_comparison(c: Comparison, folder: Path) -> None:
    """Write ``metrics.json`` and the tables into an existing folder.

    Parameters
    ----------
    c : Comparison
    folder : Path
    """
    (folder / "metrics.json").write_bytes(encode_json(collect_metrics(c)) + b"\n")
    tables: Mapping[str, pd.DataFrame] = {
        "matches": c.matches_table(),
        "errors": c.errors_table(),
        "overlaps": c.overlaps_table(),
        "whatif": c.whatif_table(),
    }
    for name, table in tables.items():
        text = {column: str for column in table.columns if table[column].dtype == object}
        pq.write_table(
            pa.Table.from_pandas(table.astype(text), preserve_index=False), folder / f"{name}.parquet"
        )
