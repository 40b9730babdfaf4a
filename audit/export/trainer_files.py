"""What trainers see of a dataset, for machines: ``trainer.json`` and ``trainer_labels.parquet``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from io import BytesIO
from typing import TYPE_CHECKING

from audit import __version__
from audit.dataset.model import Dataset
from audit.findings.encode import encode_json
from audit.trainers.trainer_view import TrainerView

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 1


def export_trainer_json(dataset: Dataset, views: Sequence[TrainerView]) -> bytes:
    r"""Write what some trainers see as one JSON document: sums, categories, and the images that lose labels.

    Parameters
    ----------
    dataset : Dataset
        That was looked at.
    views : sequence of TrainerView

    Returns
    -------
    bytes
        UTF-8.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> export_trainer_json(empty_dataset(), ())[-15:]
    b'"trainers":[]}\n'
    """
    content = {
        "schema_version": SCHEMA_VERSION,
        "tool": "maskaudit",
        "version": __version__,
        "input": {
            "sources": [asdict(source) for source in dataset.sources],
            "images": len(dataset.images),
            "annotations": len(dataset.annotations),
            "categories": len(dataset.categories),
        },
        "trainers": [_describe_view(view) for view in views],
    }
    return encode_json(content) + b"\n"


def _describe_view(view: TrainerView) -> dict[str, object]:
    trainer = view.trainer
    return {
        "name": trainer.name,
        "title": trainer.title,
        "image_size": trainer.image_size,
        "largest_size": trainer.largest_size,
        "mask_stride": trainer.mask_stride,
        "mask_cells": trainer.mask_cells,
        "facts": [asdict(fact) for fact in trainer.facts],
        "summary": {
            "labels": len(view.objects),
            **view.counts(),
            "crowds": view.crowds,
            "joined": view.joined,
            "without_polygon": view.pixel_labels,
            "recall_ceiling": _number(view.recall_ceiling),
            "ap_ceiling": _number(view.ap_ceiling),
        },
        "reasons": view.reasons(),
        "categories": _records(view.categories),
        "images": _records(view.images),
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    columns = [table[name].tolist() for name in table.columns]
    return [dict(zip(table.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def export_trainer_labels(view: TrainerView) -> bytes:
    """Write one row an annotation as Parquet; the columns are those of `TrainerView.labels`.

    Parameters
    ----------
    view : TrainerView
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = view.labels.astype({"file_name": str, "outcome": str, "reason": str})
    stream = BytesIO()
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), stream, compression="zstd")
    return stream.getvalue()
