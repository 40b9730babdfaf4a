r"""The loss curve of a training, as the common tools write it.

Read are JSON lines (Detectron2's ``metrics.json``, MMDetection's ``scalars.json``), JSON with a list of
records
(``log_history`` of Hugging Face's ``trainer_state.json``), CSV with a header (Lightning, Ultralytics'
``results.csv``), and text in which losses stand as ``loss: 0.71`` (torchvision's references).
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audit.findings.regular_file import read_regular_file
from audit.loaders.loaded import UnreadableError

if TYPE_CHECKING:
    import pandas as pd

TOTAL_NAMES = ("total_loss", "loss", "train_loss", "loss_total", "train/loss", "train/total_loss")
MASK_NAMES = ("loss_mask", "mask_loss", "train/loss_mask", "train/mask_loss", "train/seg_loss", "seg_loss")
"""Names of the whole loss and of the mask head's, lower case; the first that a file has counts."""
_OTHER_DATA = ("val", "eval", "test")
_NUMBER = re.compile(
    r"([\w./-]*loss[\w./-]*)\s*[:=]\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|nan|[-+]?inf)", re.I
)
Record = Mapping[str, float]


def read_training_log(path: Path) -> pd.DataFrame:
    r"""Read the loss curve of a training.

    Parameters
    ----------
    path : Path

    Returns
    -------
    DataFrame
        ``loss`` and ``mask_loss``, one row a step or epoch, in the order of the file; a loss of NaN
        is a training that broke, a mask loss of NaN may just not be written.

    Raises
    ------
    UnreadableError
        If the file cannot be read, or no loss is found in it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "metrics.json"
    ...     lines = '{"total_loss": 1.5, "loss_mask": 0.7}', '{"total_loss": 1.25, "loss_mask": 0.5}'
    ...     _ = path.write_text("\n".join(lines))
    ...     read_training_log(path).to_numpy().tolist()
    ...     _ = path.write_text("epoch,lr")
    ...     try:
    ...         read_training_log(path)
    ...     except UnreadableError as error:
    ...         error.what
    [[1.5, 0.7], [1.25, 0.5]]
    'no loss is written in it'
    """
    try:
        text = read_regular_file(path).decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise UnreadableError(
            "input.missing", str(path), "", error.strerror or "cannot be read", "give another file"
        ) from error
    rows = [row for row in map(_pick_losses, _read_records(text)) if row is not None]
    if not rows:
        raise UnreadableError(
            "input.format", str(path), "", "no loss is written in it",
            "give a CSV file with a column loss, or JSON lines such as Detectron2's metrics.json",
        )  # fmt: skip
    import pandas as pd  # late: few comparisons have such a log

    return pd.DataFrame(rows, columns=["loss", "mask_loss"], dtype=np.float64)


def _read_records(text: str) -> Iterable[Record]:
    start = text.lstrip()[:1]
    if start in ("{", "["):
        return list(_read_json(text))
    header = text.partition("\n")[0]
    if "," in header and "loss" in header.lower() and not _NUMBER.search(header):
        return list(_read_csv(text))
    return list(_read_text(text))


def _read_json(text: str) -> Iterator[Record]:
    """Read JSON lines, or one document with a list of records; what is no record is left out."""
    try:
        document = json.loads(text)
        lines = document.get("log_history", [document]) if isinstance(document, dict) else document
    except (ValueError, RecursionError):
        lines = [_parse_line(line) for line in text.splitlines()]
    for line in lines if isinstance(lines, list) else []:
        if isinstance(line, dict) and line.get("mode", "train") == "train":
            yield {
                name.lower(): float(value)
                for name, value in line.items()
                if isinstance(value, int | float) and not isinstance(value, bool)
            }


def _parse_line(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):  # the last line of a training that was killed
        return None


def _read_csv(text: str) -> Iterator[Record]:
    for row in csv.DictReader(io.StringIO(text, newline="")):
        # Cells are empty where a row is about something else, such as the validation.
        cells = (
            (name, value) for name, value in row.items() if isinstance(name, str) and isinstance(value, str)
        )
        numbers = ((name.strip().lower(), _read_number(value)) for name, value in cells)
        yield {name: number for name, number in numbers if number is not None}


def _read_text(text: str) -> Iterator[Record]:
    for line in text.splitlines():
        if found := _NUMBER.findall(line):
            # Of a name that a line has twice the first counts.
            yield {name.strip("._/-").lower(): float(value) for name, value in reversed(found)}


def _read_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _pick_losses(record: Record) -> tuple[float, float] | None:
    """Return the whole loss and that of the mask head; None where no loss is written.

    A whole that is not written is the sum of its parts, those of the validation left out.
    """
    is_loss = {name: "loss" in name and not name.startswith(_OTHER_DATA) for name in record}
    parts = [value for name, value in record.items() if is_loss[name]]
    total = next((record[name] for name in TOTAL_NAMES if name in record), sum(parts))
    mask_loss = next((record[name] for name in MASK_NAMES if name in record), math.nan)
    return (total, mask_loss) if parts else None
