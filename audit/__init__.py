"""maskaudit: the linter for instance-segmentation labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audit.api import Scan, scan
    from audit.engine.config import Config
    from audit.findings.finding import Finding, Severity
    from audit.formats.loaded import UnreadableError

__version__ = "0.1.0"
__all__ = [
    "Config",
    "Finding",
    "Scan",
    "Severity",
    "UnreadableError",
    "scan",
]

_HOME = {
    "Config": "audit.engine.config",
    "Finding": "audit.findings.finding",
    "Scan": "audit.api",
    "Severity": "audit.findings.finding",
    "UnreadableError": "audit.formats.loaded",
    "scan": "audit.api",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: the command must start quickly."""
    if name not in _HOME:
        raise AttributeError(f"module 'audit' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
