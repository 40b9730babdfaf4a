"""maskaudit: the linter for instance-segmentation labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audit.engine.config import Config
    from audit.engine.result import ScanResult
    from audit.engine.run import scan
    from audit.findings.finding import Finding, Severity
    from audit.findings.table import findings_table
    from audit.formats.loaded import UnreadableError
    from audit.report.html import write_report

__version__ = "0.1.0"
__all__ = [
    "Config",
    "Finding",
    "ScanResult",
    "Severity",
    "UnreadableError",
    "findings_table",
    "scan",
    "write_report",
]

_HOME = {
    "Config": "audit.engine.config",
    "Finding": "audit.findings.finding",
    "ScanResult": "audit.engine.result",
    "Severity": "audit.findings.finding",
    "UnreadableError": "audit.formats.loaded",
    "findings_table": "audit.findings.table",
    "scan": "audit.engine.run",
    "write_report": "audit.report.html",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: the command must start quickly."""
    if name not in _HOME:
        raise AttributeError(f"module 'audit' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
