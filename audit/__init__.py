"""maskaudit: the linter for instance-segmentation labels.

- ``scan(labels, images=folder)`` audits a dataset: tables of findings, annotations and pairs, and a report.
- ``compare(labels, results)`` compares predictions with labels, and says why predictions overlap.
- ``average_precision(labels, results)`` is COCO's AP and AR alone.
- ``trainer_view(labels, "yolo-seg")`` says which labels a trainer does not see as drawn.
- ``fix(file, out)`` mends a file into a copy, with a proof.
- ``overlap_matrix``, ``nms``, ``postprocess_masks``, ``explain_overlaps`` take masks of one image as arrays.

Labels and results are files, or what a program holds: COCO dictionaries, `pycocotools.coco.COCO`, outputs of
models. The same is on the command line: ``maskaudit --help``.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audit.api.comparing import Comparison, compare
    from audit.api.mending import fix
    from audit.api.scanning import Scan, scan
    from audit.api.trainer_views import trainer_view
    from audit.comparison.array_nms import nms
    from audit.comparison.evaluate_files import average_precision
    from audit.comparison.explain_overlaps import explain_overlaps
    from audit.comparison.options import CompareOptions
    from audit.comparison.postprocess_masks import postprocess_masks
    from audit.findings.finding import Finding, Severity
    from audit.geometry.matrix import overlap_matrix
    from audit.loaders.loaded import UnreadableError
    from audit.pipeline.batch import measure_batch
    from audit.pipeline.config import Config

# A library is silent unless its user asks: `logging.getLogger("maskaudit")` is that switch.
logging.getLogger("maskaudit").addHandler(logging.NullHandler())

__version__ = "0.2.0"
__all__ = [
    "CompareOptions",
    "Comparison",
    "Config",
    "Finding",
    "Scan",
    "Severity",
    "UnreadableError",
    "average_precision",
    "compare",
    "explain_overlaps",
    "fix",
    "measure_batch",
    "nms",
    "overlap_matrix",
    "postprocess_masks",
    "scan",
    "trainer_view",
]

_HOME = {
    "CompareOptions": "audit.comparison.options",
    "Comparison": "audit.api.comparing",
    "Config": "audit.pipeline.config",
    "Finding": "audit.findings.finding",
    "Scan": "audit.api.scanning",
    "Severity": "audit.findings.finding",
    "UnreadableError": "audit.loaders.loaded",
    "average_precision": "audit.comparison.evaluate_files",
    "compare": "audit.api.comparing",
    "explain_overlaps": "audit.comparison.explain_overlaps",
    "fix": "audit.api.mending",
    "measure_batch": "audit.pipeline.batch",
    "nms": "audit.comparison.array_nms",
    "overlap_matrix": "audit.geometry.matrix",
    "postprocess_masks": "audit.comparison.postprocess_masks",
    "scan": "audit.api.scanning",
    "trainer_view": "audit.api.trainer_views",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: the command must start quickly."""
    if name not in _HOME:
        raise AttributeError(f"module 'audit' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """List the public names, those not imported yet included."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
