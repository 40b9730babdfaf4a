"""Measurements on disk: what a later scan needs to judge again without the labels and without a mask."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from audit.carriers import dataclass
from audit.dataset.model import Source
from audit.findings.encode import encode_json
from audit.findings.finding import Finding, Severity
from audit.findings.finding_table import FindingTable
from audit.findings.serialize import finding_record
from audit.loaders.loaded import UnreadableError
from audit.measure.consistency import check_tables
from audit.measure.parquet_files import read_parquet, write_parquet
from audit.measure.schema import SCHEMA_VERSION, Measurements

READER_FILE = "reader.json"


@dataclass(frozen=True, slots=True)
class StoredMeasurements:
    """Everything that judging needs."""

    measurements: Measurements
    reader_findings: tuple[Finding, ...]
    """All that reading and measuring reported, before rules were selected."""
    sources: tuple[Source, ...]


def write_measurements(
    stored: StoredMeasurements,
    folder: Path,
    partition_size: int | None = None,
    pool: Executor | None = None,
) -> None:
    """Write measurements and what reading reported into an existing folder.

    Parameters
    ----------
    stored : StoredMeasurements
    folder : Path
        Gets the Parquet tables and ``reader.json``.
    partition_size : int, optional
    pool : Executor, optional
        For both, see `audit.measure.parquet_files.write_parquet`.
    """
    write_parquet(stored.measurements, folder, partition_size, pool)
    content = {
        "schema_version": SCHEMA_VERSION,
        "sources": [asdict(source) for source in stored.sources],
        "findings": [
            {**finding_record(finding), **_row_record(finding)} for finding in stored.reader_findings
        ],
    }
    (folder / READER_FILE).write_bytes(encode_json(content) + b"\n")


_DAMAGES = (
    LookupError, TypeError, ValueError, AttributeError, ArithmeticError, MemoryError, OSError,
    msgspec.MsgspecError, pa.ArrowException,
)  # fmt: skip
"""What reading broken files raises; pyarrow calls a broken Parquet file an OSError without a number."""


def read_measurements(folder: Path) -> StoredMeasurements:
    """Read what `write_measurements` wrote.

    Parameters
    ----------
    folder : Path
        A ``measurements`` folder, or the report folder that holds it.

    Raises
    ------
    UnreadableError
        If a file is missing, damaged, or written by another version of the schema; or if the tables do not
        fit each other (`check_tables`).
    """
    if not (folder / READER_FILE).is_file() and (folder / "measurements" / READER_FILE).is_file():
        folder = folder / "measurements"
    remedy = "scan the labels again"
    try:
        content = msgspec.json.decode((folder / READER_FILE).read_bytes())
        if content["schema_version"] != SCHEMA_VERSION:
            fault = f"the measurements have schema version {content['schema_version']}, not {SCHEMA_VERSION}"
            raise UnreadableError("measurements.version", str(folder), "", fault, remedy)
        findings = tuple(_read_finding(finding) for finding in content["findings"])
        sources = msgspec.convert(content["sources"], tuple[Source, ...])
        names, formats = (tuple(getattr(source, field) for source in sources) for field in ("name", "format"))
        measurements = read_parquet(folder, names, formats)
        check_tables(measurements)
        _check_rows(findings, measurements)
        FindingTable.of(findings)  # raises where a field is of another type
        return StoredMeasurements(measurements, findings, sources)
    except (FileNotFoundError, NotADirectoryError) as error:
        name = Path(str(error.filename or error)).name  # pyarrow's error has the path as its text alone
        fault = f"there are no measurements here ({name} is missing)"
        raise UnreadableError("measurements.missing", str(folder), "", fault, remedy) from error
    except _DAMAGES as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the disk, and not of what stands there
        fault = f"the measurements cannot be read ({type(error).__name__}: {error})"
        raise UnreadableError("measurements.damaged", str(folder), "", fault, remedy) from error


def _row_record(finding: Finding) -> dict[str, object]:
    """Return the table rows, which no other file holds: only here the tables lie beside the findings."""
    return {"image_row": finding.image_row, "instance_rows": finding.instance_rows}


def _read_finding(values: dict[str, Any]) -> Finding:
    lists = {name: tuple(values[name]) for name in ("annotation_ids", "category_ids", "instance_rows")}
    return Finding(**{**values, **lists, "severity": Severity(values["severity"])})


def _check_rows(findings: tuple[Finding, ...], measurements: Measurements) -> None:
    """Raise an error where a finding of the reader points at no row."""
    n_images, n_instances = len(measurements.images), len(measurements.instances)
    for position, finding in enumerate(findings):
        rows_fit = all(0 <= row < n_instances for row in finding.instance_rows)
        if not (rows_fit and (finding.image_row is None or -1 <= finding.image_row < n_images)):
            raise ValueError(f"{READER_FILE}, finding {position}: it points at no row of the tables")
