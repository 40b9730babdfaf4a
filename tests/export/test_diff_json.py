"""The numbers of diff.json stand under the names of their side."""

import json
from dataclasses import replace

from audit.dataset.model import empty_dataset
from audit.diff.diff import diff
from audit.export.diff_json import export_diff_json
from audit.measure.schema import empty_measurements
from audit.pipeline.result import ScanResult


def test_annotations_without_masks_are_counted_by_side():
    empty = ScanResult("1", empty_measurements(), (), {}, {}, dataset=empty_dataset())
    result = replace(diff(empty, empty), without_mask=(1, 2))
    summary = json.loads(export_diff_json(result))["summary"]
    assert (summary["without_mask_old"], summary["without_mask_new"]) == (1, 2)
