"""What is drawn on an image's page: masks, what they share, what is proposed, and predictions.

A page is small so that hundreds of images can be gone through by key. Where outlines had to be simplified
for that, finer ones are packed beside them, which the page's script unpacks where a reader has zoomed in.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import Dataset
from audit.findings.finding import Finding
from audit.geometry.runs import Runs, concatenate_runs, no_runs, unite_runs
from audit.measure.masks import dataset_runs
from audit.report.evidence_marks import read_shift, shift_masks
from audit.report.finding_shapes import draw_cut_lines, draw_unlabelled
from audit.report.grouped_masks import find_group_overlaps, group_masks
from audit.report.mask_outlines import choose_step, sample_runs
from audit.report.outline_paths import FREE_CORNERS, LayerOutlines
from audit.report.packed_text import compress_text
from audit.report.text_format import format_category

MAX_PATH_BYTES = 110_000
"""For all masks; overlaps, proposals and predictions get a quarter each."""
FINE_BYTES = 4 * MAX_PATH_BYTES
"""The same, of what is drawn when a reader zooms in; compressed it is a sixth."""
MIN_SCORE = 0.3
"""Of predictions that are drawn, whatever is found about them: `compare` explains these by default."""
MAX_PREDICTIONS = 200
"""Of an image that are drawn, the best."""
ONE_OBJECT = frozenset({"touching.split"})
"""Rules that say that several masks are one object."""


@dataclass(frozen=True, slots=True)
class PageLayers:
    """SVG path data of an image's page; one a mask, and one a finding."""

    masks: tuple[str, ...]
    overlaps: tuple[str, ...]
    proposals: tuple[str, ...]
    predicted: tuple[str, ...]
    shift_px: float
    """Pixels that an outline is shifted by at most."""


class LayerTracer:
    """Traces the layers of one image's page, coarsely or finely.

    Parameters
    ----------
    findings : sequence of Finding
        Of the image.
    mask_runs : Runs
        Of the masks that are drawn.
    mask_groups : sequence of tuple of int
        Of each finding, its masks.
    predictions : Dataset or None
        What findings about predictions name.
    """

    def __init__(
        self,
        findings: Sequence[Finding],
        mask_runs: Runs,
        mask_groups: Sequence[tuple[int, ...]],
        predictions: Dataset | None,
    ) -> None:
        self.findings = findings
        # Of masks that are noise no outline keeps all pixels: so they are thinned out once, before all else.
        pixel_size = choose_step(mask_runs)
        mask_runs = sample_runs(mask_runs, pixel_size)
        self._masks = LayerOutlines(mask_runs, pixel_size)
        self._overlaps = LayerOutlines(find_group_overlaps(mask_runs, list(mask_groups)), pixel_size)
        proposed = self._propose_masks(mask_runs, mask_groups, pixel_size)
        self._proposals = LayerOutlines(proposed, pixel_size)
        self._predictions = LayerOutlines(self._gather_predictions(predictions))

    def trace_layers(self, max_bytes: int = MAX_PATH_BYTES, free_corners: int = FREE_CORNERS) -> PageLayers:
        """Trace all layers.

        Parameters
        ----------
        max_bytes : int
            For all masks; the other layers get a quarter each.
        free_corners : int
            Corners up to which outlines stay pixel-exact.
        """
        masks, tolerance = self._masks.write_within_size(max_bytes, 0.0, free_corners)
        layer_limits = max_bytes // 4, tolerance, free_corners
        overlaps, shift_px = self._overlaps.write_within_size(*layer_limits)
        proposals, _shift = self._proposals.write_within_size(*layer_limits)
        predicted, _shift = self._predictions.write_within_size(*layer_limits)
        return PageLayers(
            tuple(masks),
            tuple(overlaps),
            tuple(self._choose_proposals(proposals)),
            tuple(self._join_predictions(predicted)),
            shift_px,
        )

    def _propose_masks(
        self, mask_runs: Runs, mask_groups: Sequence[tuple[int, ...]], pixel_size: int
    ) -> Runs:
        """Return for each finding the union of masks that are one object, then each at a better place."""
        groups = zip(self.findings, mask_groups, strict=True)
        joined = group_masks(
            mask_runs, [group if finding.rule in ONE_OBJECT else () for finding, group in groups]
        )
        united = unite_runs(joined.mask, joined.x, joined.y0, joined.y1, joined.count)
        shifts = [read_shift(finding) for finding in self.findings]
        movable = group_masks(
            mask_runs, [group if shift else () for group, shift in zip(mask_groups, shifts, strict=True)]
        )
        moved = shift_masks(movable, [_divide(shift, pixel_size) for shift in shifts])
        return concatenate_runs([united, moved])

    def _choose_proposals(self, paths: Sequence[str]) -> list[str]:
        """Choose what each finding proposes: a cut, several masks as one, a better place, a missing label."""
        unions, better_places = paths[: len(self.findings)], paths[len(self.findings) :]
        return [
            draw_cut_lines(finding) or union or better_place or draw_unlabelled(finding)
            for finding, union, better_place in zip(self.findings, unions, better_places, strict=True)
        ]

    def _gather_predictions(self, predictions: Dataset | None) -> Runs:
        """Rasterise the predictions that findings are about, finding by finding."""
        rows: NDArray[np.int64] = np.array(
            [row for finding in self.findings for row in finding.prediction_rows], dtype=np.int64
        )
        if predictions is None or not len(rows):
            return no_runs(len(rows))
        return dataset_runs(predictions, rows)

    def _join_predictions(self, paths: Sequence[str]) -> list[str]:
        """Join the paths of each finding's predictions."""
        next_path = iter(paths)
        return ["".join(next(next_path) for _ in finding.prediction_rows) for finding in self.findings]


def _divide(shift: tuple[int, int] | None, pixel_size: int) -> tuple[int, int] | None:
    return None if shift is None else (round(shift[0] / pixel_size), round(shift[1] / pixel_size))


def draw_image_predictions(
    predictions: Dataset, image_row: int, max_bytes: int = MAX_PATH_BYTES // 2
) -> tuple[tuple[str, str], ...]:
    """Draw the predictions in an image that `compare` explains: its best, from its usual score on.

    Parameters
    ----------
    predictions : Dataset
    image_row : int
        Row of the images table.
    max_bytes : int
        Of all paths.

    Returns
    -------
    tuple of (str, str)
        SVG path data; position in the results, category and score.

    Examples
    --------
    >>> from audit.testing import compared, scene
    >>> _, predictions = compared((scene("aab"), scene("aa.", ".bb")))
    >>> draw_image_predictions(predictions, 0)[0]
    ('M0 0v1h2v-1z', 'prediction 0 thing 0.90')
    >>> draw_image_predictions(predictions, 5)
    ()
    """
    drawn = predictions.annotations
    rows = np.flatnonzero((drawn.image == image_row) & ~(drawn.score < MIN_SCORE))
    rows = rows[np.argsort(-drawn.score[rows], kind="stable")[:MAX_PREDICTIONS]]
    paths, _shift = LayerOutlines(dataset_runs(predictions, rows)).write_within_size(max_bytes)
    names = [*predictions.categories.name, "unknown"]
    titles = [
        f"prediction {drawn.index[row]} {format_category(names[drawn.category[row]])} {drawn.score[row]:.2f}"
        for row in rows.tolist()
    ]
    return tuple((path, title) for path, title in zip(paths, titles, strict=True) if path)


def pack_finer_layers(tracer: LayerTracer, coarse: PageLayers) -> tuple[str, float]:
    """Pack outlines that are finer than those of a page.

    Parameters
    ----------
    tracer : LayerTracer
    coarse : PageLayers
        What the page draws.

    Returns
    -------
    str
        Compressed JSON: a list of paths a layer, masks first; empty where the page's are the finest.
    float
        Pixels by which the finer outlines are shifted at most.
    """
    if not coarse.shift_px:
        return "", 0.0
    fine = tracer.trace_layers(FINE_BYTES, np.iinfo(np.int64).max)
    if fine.shift_px >= coarse.shift_px:
        return "", coarse.shift_px
    layers = [fine.masks, fine.overlaps, fine.proposals, fine.predicted]
    return compress_text(json.dumps(layers, separators=(",", ":"))), fine.shift_px
