"""The rules that readers report: what is wrong with a file before any pixel is looked at."""

from __future__ import annotations

from collections.abc import Mapping

from audit.loaders import defects_masks, defects_records
from audit.loaders.defect import Defect

DEFECTS: Mapping[str, Defect] = dict(sorted({**defects_records.DEFECTS, **defects_masks.DEFECTS}.items()))
"""Rule id to its description; label images have theirs in `audit.loaders.defects_label_images`."""
