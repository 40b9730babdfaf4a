"""maskaudit: the linter for instance-segmentation labels."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audit.api import Compared, Scan, compare, scan
    from audit.engine.config import Config
    from audit.findings.finding import Finding, Severity
    from audit.formats.loaded import UnreadableError
    from audit.geometry.matrix import overlap_matrix

__version__ = "0.1.0"
__all__ = [
    "Compared",
    "Config",
    "Finding",
    "Scan",
    "Severity",
    "UnreadableError",
    "compare",
    "overlap_matrix",
    "scan",
]

_HOME = {
    "Compared": "audit.api",
    "Config": "audit.engine.config",
    "Finding": "audit.findings.finding",
    "Scan": "audit.api",
    "Severity": "audit.findings.finding",
    "UnreadableError": "audit.formats.loaded",
    "overlap_matrix": "audit.geometry.matrix",
    "scan": "audit.api",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: the command must start quickly."""
    if name == "compare":
        return import_module("audit.compare")  # the room, which can be called
    if name not in _HOME:
        raise AttributeError(f"module 'audit' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
