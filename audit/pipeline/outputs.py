"""The files of a report folder, written so that a failed run leaves the old report whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from audit.findings.finding import Severity
from audit.findings.finding_table import FindingTable
from audit.findings.sanitize import encodable
from audit.findings.serialize import write_findings_csv, write_findings_json, write_findings_parquet
from audit.geometry.disk_arrays import watch_pages
from audit.pipeline.result import ScanResult
from audit.pipeline.stored import StoredMeasurements, write_measurements

RUN_FILE = "run.json"
N_WRITERS = 2
"""Files that are written at a time: the core and Arrow, which do the work, let other threads run."""


def summarise_counts(result: ScanResult) -> dict[str, object]:
    """Count the findings of a scan.

    Returns
    -------
    dict
        ``findings`` (all), ``by_severity``, ``by_rule``, ``not_checked``.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> summarise_counts(ScanResult("1", empty_measurements(), (), {}, {}))["by_severity"]
    {'error': 0, 'warning': 0, 'info': 0}
    """
    findings = FindingTable.of(result.findings)
    by_severity = findings.count_texts("severity")
    return {
        "findings": len(findings),
        "by_severity": {severity.value: by_severity.get(severity.value, 0) for severity in Severity},
        "by_rule": findings.count_texts("rule"),
        "not_checked": list(result.not_checked),
    }


def describe_inputs(result: ScanResult) -> dict[str, object]:
    """Say what was audited: files with their hashes, and how many records.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> describe_inputs(ScanResult("1", empty_measurements(), (), {}, {}))["annotations"]
    0
    """
    measurements = result.measurements
    return {
        "sources": [asdict(source) for source in result.sources],
        "images": len(measurements.images),
        "annotations": len(measurements.instances),
        "categories": len(measurements.categories),
    }


def write_scan_files(result: ScanResult, folder: Path) -> None:
    """Write findings, measurements and ``run.json`` into an existing folder.

    Parameters
    ----------
    result : ScanResult
    folder : Path
        Best one of `audit.findings.atomic_write.staged_folder`.
    """
    header = {
        "tool": "maskaudit",
        "version": result.version,
        "input": describe_inputs(result),
        "summary": summarise_counts(result),
    }
    findings = FindingTable.of(result.findings)
    tables_folder = folder / "measurements"
    tables_folder.mkdir(exist_ok=True)
    stored = StoredMeasurements(result.measurements, result.reader_findings, result.sources)
    with watch_pages(), ThreadPoolExecutor(N_WRITERS) as pool:
        findings_files = [
            pool.submit(_write_file, folder / "findings.json", write_findings_json, header, findings),
            pool.submit(_write_file, folder / "findings.csv", write_findings_csv, findings),
            pool.submit(_write_file, folder / "findings.parquet", write_findings_parquet, findings),
        ]
        write_measurements(stored, tables_folder, result.partition_size, pool)
        for written in findings_files:
            written.result()
    run = {
        **header,
        "config": result.effective_config,
        "config_file": result.config_file,
        "images": str(result.image_root) if result.image_root else None,
        "workers": result.workers,
        "seconds": {name: round(value, 4) for name, value in result.seconds.items()},
    }
    text = encodable(json.dumps(run, indent=2, ensure_ascii=False))
    (folder / RUN_FILE).write_text(text + "\n", encoding="utf-8")


def _write_file(path: Path, write: Callable[..., None], *content: object) -> None:
    with path.open("wb") as file:
        write(file, *content)
