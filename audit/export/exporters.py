"""Formats of ``maskaudit export``: those of maskaudit, and those that plugins add."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Protocol

from audit.export.review_list import ReviewImage
from audit.pipeline.result import ScanResult
from audit.plugins import EXPORTERS, describe_error, load_plugins

_logger = logging.getLogger("maskaudit.export")

BUILT_IN: Mapping[str, str] = {
    "fiftyone": "audit.export.fiftyone:export_fiftyone",
    "cvat": "audit.export.cvat:export_cvat",
    "labelstudio": "audit.export.labelstudio:export_label_studio",
    "csv": "audit.export.review_csv:export_review_csv",
}
"""Name of a format to its module and function, written as in entry points: imported when asked for."""


class Exporter(Protocol):
    """What an entry point of the group ``maskaudit.exporters`` names; its name is the format's."""

    def __call__(self, scan: ScanResult, images: Sequence[ReviewImage], /) -> Mapping[str, bytes]:
        """Write a finished scan.

        Parameters
        ----------
        scan : ScanResult
            With its dataset, findings and the folder of the pictures.
        images : sequence of ReviewImage
            What somebody should look at, the findings that were dismissed left out.

        Returns
        -------
        mapping
            Name of each file to its content; the command writes them into its ``--out`` folder.
        """


class ExportError(ValueError):
    """There is no such format, or its plugin failed."""


def exporter_names() -> tuple[str, ...]:
    """List the formats, those of plugins after those of maskaudit.

    Examples
    --------
    >>> exporter_names()[:2]
    ('fiftyone', 'cvat')
    """
    return tuple(dict.fromkeys([*BUILT_IN, *load_plugins(EXPORTERS)]))


def find_exporter(format_name: str) -> Exporter:
    """Return the function that writes a format.

    Parameters
    ----------
    format_name : str
        One of `exporter_names`; a plugin cannot replace a format of maskaudit.

    Raises
    ------
    ExportError
        If there is none.

    Examples
    --------
    >>> find_exporter("csv").__name__
    'export_review_csv'
    >>> find_exporter("pdf")
    Traceback (most recent call last):
    audit.export.exporters.ExportError: unknown format pdf; known: fiftyone, cvat, labelstudio, csv
    """
    if format_name in BUILT_IN:
        module_name, _, function_name = BUILT_IN[format_name].partition(":")
        exporter: Exporter = getattr(import_module(module_name), function_name)
        return exporter
    plugins = load_plugins(EXPORTERS)
    if format_name not in plugins:
        raise ExportError(f"unknown format {format_name}; known: {', '.join(exporter_names())}")
    return partial(_run_plugin, format_name, plugins[format_name])


def _run_plugin(
    format_name: str, exporter: Exporter, scan: ScanResult, images: Sequence[ReviewImage], /
) -> Mapping[str, bytes]:
    """Run somebody else's exporter: whatever goes wrong in it is one line that names it."""
    try:
        written_files = dict(exporter(scan, images))
    except Exception as error:
        _logger.debug("the plugin's error", exc_info=True)
        raise ExportError(f"the exporter {format_name} failed: {describe_error(error)}") from error
    for file_name, content in written_files.items():
        if not isinstance(content, bytes):
            content_type = type(content).__name__
            raise ExportError(f"the exporter {format_name} failed: {file_name} is {content_type}, not bytes")
        if Path(file_name).name != file_name or "\\" in file_name:
            raise ExportError(f"the exporter {format_name} failed: {file_name!r} is no plain file name")
    return written_files
