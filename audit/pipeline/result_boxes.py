"""The boxes of results, judged in a comparison by the rules that judge them in a scan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from audit.dataset.model import Dataset
from audit.dataset.shard import instance_order
from audit.detectors.registry import all_rules
from audit.findings.finding import Finding
from audit.measure.tables import merge_shards
from audit.pipeline.config import Config
from audit.pipeline.evaluate import run_rules
from audit.pipeline.timer import Timer

BOX_RULES = ("bbox.nonpositive", "bbox.outside")
"""Rules that need no mask. Boxes and masks of results are not compared: a model predicts the two apart."""


def judge_result_boxes(results: Dataset, config: Config, timer: Timer) -> Iterator[Finding]:
    """Report boxes of results that no box can be.

    Parameters
    ----------
    results : Dataset
    config : Config
    timer : Timer

    Yields
    ------
    Finding
        Its ``instance_rows`` are positions in the annotations of the results.

    Examples
    --------
    >>> from audit.testing import compared, scene
    >>> boxes = {"p": (1.0, 1.0, -2.0, 1.0)}
    >>> _, results = compared((scene("aa.."), scene("pp..", boxes=boxes)))
    >>> [(f.rule, f.instance_rows) for f in judge_result_boxes(results, Config(), Timer())]
    [('bbox.nonpositive', (0,))]
    >>> list(judge_result_boxes(compared()[1], Config(), Timer()))
    []
    """
    if not _has_odd_box(results):
        return
    # No mask is measured: what is declared is all that these rules look at.
    measurements, row_of = merge_shards(results, []), instance_order(results)
    rules = {rule_id: all_rules()[rule_id] for rule_id in BOX_RULES}
    for finding in run_rules(rules, measurements, measurements, config, timer):
        yield replace(finding, instance_rows=tuple(row_of[list(finding.instance_rows)].tolist()))


def _has_odd_box(results: Dataset) -> bool:
    """Tell quickly whether any box is without extent or leaves its image at all."""
    annotations = results.annotations
    sizes = np.stack([results.images.width, results.images.height], axis=1)
    sizes = np.r_[sizes, [[0, 0]]][annotations.image]
    boxes = annotations.bbox
    far_corner = boxes[:, :2] + boxes[:, 2:]
    is_odd = (boxes[:, 2:] <= 0) | (boxes[:, :2] < 0) | ((far_corner > sizes) & (sizes > 0))
    return bool(is_odd.any())
