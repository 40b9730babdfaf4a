"""Stored reports: how often each rule spoke about each image, without the labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from audit.carriers import dataclass
from audit.dataset.model import IntArray
from audit.findings.regular_file import read_regular_file
from audit.loaders.loaded import UnreadableError

RUN_FILE = "run.json"
_DAMAGES = (
    LookupError, TypeError, ValueError, AttributeError, ArithmeticError, MemoryError, OSError,
    msgspec.MsgspecError, pa.ArrowException,
)  # fmt: skip
"""What reading broken files raises; pyarrow calls a broken Parquet file an OSError without a number."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """What a report says about one batch, counted by image."""

    name: str
    version: str
    """Of maskaudit."""
    settings: Mapping[str, Mapping[str, Any]]
    """Rule to its switch, severity and options in that run."""
    annotations: IntArray
    """(images + 1,) annotations of each image; the last, 0, stands for what is about no image."""
    findings: Mapping[str, IntArray]
    """Rule to its findings of each image, (images + 1,)."""

    @property
    def n_annotations(self) -> int:
        """Annotations of the batch."""
        return int(self.annotations.sum())

    def is_on(self, rule: str) -> bool:
        """Tell whether a rule was judged: else its silence says nothing."""
        return bool(self.settings.get(rule, {}).get("enabled", False))

    def count(self, rule: str) -> IntArray:
        """Return the findings of a rule by image, (images + 1,)."""
        return self.findings.get(rule, np.zeros(len(self.annotations), dtype=np.int64))


def find_reports(paths: Sequence[Path]) -> list[Path]:
    """List report folders: those given, and in their place those inside a folder that is none itself.

    Parameters
    ----------
    paths : sequence of Path

    Returns
    -------
    list of Path
        In the order given; those inside one folder by name.

    Examples
    --------
    >>> find_reports([])
    []
    """
    reports: list[Path] = []
    for path in paths:
        inside = [] if (path / RUN_FILE).is_file() else sorted(path.glob(f"*/{RUN_FILE}"))
        reports += [run_file.parent for run_file in inside] or [path]
    return reports


def read_stored_run(folder: Path) -> StoredRun:
    """Read what a scan left in its folder.

    Parameters
    ----------
    folder : Path
        With ``run.json``, ``findings.parquet`` and ``measurements/images.parquet``.

    Raises
    ------
    UnreadableError
        If it is no report, or a file of it is damaged.
    """
    try:
        run = msgspec.json.decode(read_regular_file(folder / RUN_FILE))
        settings = {str(rule): dict(values) for rule, values in run["config"]["rules"].items()}
        images = pq.read_table(
            folder / "measurements" / "images.parquet", columns=["file_name", "annotations"]
        )
        found = pq.read_table(folder / "findings.parquet", columns=["rule", "file_name"])
        names, counts = images["file_name"].to_pylist(), images["annotations"].to_numpy().astype(np.int64)
        position = {name: number for number, name in enumerate(dict.fromkeys(names))}
        annotations = np.zeros(len(position) + 1, dtype=np.int64)
        np.add.at(annotations, [position[name] for name in names], counts)
        rows = pd.DataFrame(
            {
                "rule": found["rule"].to_pylist(),
                "image": [position.get(name, len(position)) for name in found["file_name"].to_pylist()],
            }
        )
        findings = {
            str(rule): np.bincount(group.to_numpy(), minlength=len(annotations)).astype(np.int64)
            for rule, group in rows.groupby("rule")["image"]
        }
        return StoredRun(str(folder), str(run["version"]), settings, annotations, findings)
    except (FileNotFoundError, NotADirectoryError) as error:
        missing = Path(str(error.filename or error)).name
        fault = f"this is no report of a scan ({missing} is missing)"
        raise UnreadableError("report.missing", str(folder), "", fault, "give the folder of --out") from error
    except _DAMAGES as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the disk, and not of what stands there
        fault = f"the report cannot be read ({type(error).__name__}: {error})"
        raise UnreadableError("report.damaged", str(folder), "", fault, "scan the labels again") from error
