"""Which detections of one image overlap, and what each pair shows: on arrays, for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.comparison.array_nms import BoxFormat, read_boxes
from audit.comparison.causes import OverlapCauses, find_overlap_causes
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.conventions import unknown_conventions
from audit.comparison.measuring import measure_comparison
from audit.comparison.options import CompareOptions
from audit.comparison.pair_symptoms import PairSymptom, find_twins, name_symptoms
from audit.dataset.model import (
    Annotations,
    Categories,
    Dataset,
    FloatArray,
    Images,
    IntArray,
    MaskKind,
    Segmentations,
    Source,
)
from audit.geometry.mask_input import ImageMasks, Size, read_masks, to_numpy
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.matrix import measure_matrix
from audit.geometry.runs import Runs, runs_to_counts, runs_to_dense, take_masks

if TYPE_CHECKING:
    import pandas as pd
    from PIL.Image import Image as Picture

SAME_IOU = 0.5
"""Mask IoU from which on two detections are taken for one object where no labels say more; COCO's lowest."""
PART_IOS = 0.8
"""Share of the smaller mask from which on it is taken for a part of the larger one."""
_COLOURS = ((230, 110, 30), (40, 110, 200), (120, 40, 140))  # of the better, the worse, and what they share
_TILE = 160  # pixels a side of each pair's picture


@dataclass(frozen=True, slots=True)
class ExplainedOverlaps:
    """The overlapping pairs of one image."""

    table: pd.DataFrame
    """One row a pair, most overlap first: ``a``, ``b`` (positions, a has the better score), ``label_a``,
    ``label_b``, ``score_a``, ``score_b``, ``iou``, ``ios`` (share of the smaller), ``box_iou``, ``symptom``;
    with ``gt_masks`` also ``gt_a``, ``gt_b`` (positions; -1 = none), ``gt_iou_a``, ``gt_iou_b``."""
    runs: Runs
    """The detections' masks."""
    height: int
    width: int

    def figure(self, most: int = 6) -> Picture:
        """Draw the first pairs side by side: orange = a, blue = b, violet = what they share.

        Parameters
        ----------
        most : int
            Pairs that are drawn.

        Returns
        -------
        PIL.Image.Image
        """
        from PIL import Image

        pairs = self.table[["a", "b"]].to_numpy(dtype=np.int64)[:most]
        sheet = Image.new("RGB", (max(len(pairs), 1) * (_TILE + 4) - 4, _TILE), "white")
        for k, pair in enumerate(pairs):
            first, second = runs_to_dense(take_masks(self.runs, pair), self.height, self.width)
            pixels = np.full((self.height, self.width, 3), 245, dtype=np.uint8)
            regions = (first & ~second, second & ~first, first & second)
            for region, colour in zip(regions, _COLOURS, strict=True):
                pixels[region] = colour
            rows, columns = np.nonzero(first | second)
            left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
            crop = Image.fromarray(pixels[top:bottom, left:right])
            scale = _TILE / max(crop.size)
            shape = (max(round(crop.width * scale), 1), max(round(crop.height * scale), 1))
            sheet.paste(crop.resize(shape, Image.Resampling.NEAREST), (k * (_TILE + 4), 0))
        return sheet


def explain_overlaps(
    masks: Any,
    scores: Any,
    labels: Any,
    boxes: Any = None,
    gt_masks: Any = None,
    gt_labels: Any = None,
    *,
    min_iou: float = CompareOptions().min_iou,
    min_ios: float = CompareOptions().min_ios,
    box_format: BoxFormat = "xyxy",
    threshold: float | None = None,
    size: Size | None = None,
) -> ExplainedOverlaps:
    """List the detections of one image that overlap, and say what each pair shows.

    With labels (``gt_masks``) the symptoms are those of ``maskaudit compare``: ``labels_overlap``,
    ``unites_several``, ``part_of_larger``, ``spill``, ``nothing_there``, ``concentric_twin``,
    ``same_object_twice``, ``two_categories``, ``unclear``. Without, only what two masks tell by
    themselves: ``concentric_twin``, ``same_object_twice``, ``two_categories``, ``part_of_larger``, else
    ``unclear``. Why a model does so cannot be told from one image: `audit.compare` looks at all of them.

    Parameters
    ----------
    masks : array or sequence
        n masks, as `audit.overlap_matrix` takes them.
    scores, labels : (n,) array
        Confidence and category (number or name) of each.
    boxes : (n, 4) array, optional
        As the model gave them, pixels; those of the masks where they are left out.
    gt_masks : array or sequence, optional
        The labels' masks.
    gt_labels : array, optional
        Their categories; where left out, a label has that of the detection that fits it best.
    min_iou, min_ios : float
        A pair is listed where its mask IoU, or its share of the smaller mask, is at least this.
    box_format : {"xyxy", "xywh"}
        torchvision's corners, or COCO's corner and sides.
    threshold : float, optional
        For masks as probabilities (0.5) or logits (0).
    size : (int, int), optional
        Height and width of the image; polygons need it.

    Returns
    -------
    ExplainedOverlaps
        With ``table`` and ``figure()``.

    Examples
    --------
    >>> masks = np.zeros((3, 4, 8), dtype=bool)
    >>> masks[0, :, :8] = masks[1, :, :4] = masks[2, :, 5:] = True
    >>> explained = explain_overlaps(masks, [0.9, 0.8, 0.7], [1, 1, 1], gt_masks=masks[1:])
    >>> explained.table[["a", "b", "ios", "symptom"]].to_dict("records")[0]
    {'a': 0, 'b': 1, 'ios': 1.0, 'symptom': 'unites_several'}
    >>> explain_overlaps(masks[1:], [0.9, 0.8], [1, 1]).table.empty
    True
    """
    detections = read_masks(masks, threshold=threshold, size=size)
    score = np.asarray(to_numpy(scores), dtype=np.float64)
    named = [np.asarray(to_numpy(values)) for values in (labels, [] if gt_labels is None else gt_labels)]
    names, category = np.unique(np.concatenate([values.astype(str) for values in named]), return_inverse=True)
    category, gt_category = category[: len(named[0])], category[len(named[0]) :]
    if score.shape != (len(detections),) or len(category) != len(score) or not np.isfinite(score).all():
        raise ValueError(f"{len(detections)} masks need as many labels and finite scores")
    corners = np.full((len(score), 4), np.nan) if boxes is None else read_boxes(boxes, box_format)
    if len(corners) != len(score):
        raise ValueError(f"{len(corners)} boxes for {len(score)} masks")
    corners = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    if size is None and len(detections):
        size = detections.height, detections.width
    known = read_masks([] if gt_masks is None else gt_masks, size=size)
    if gt_labels is None and len(known) and len(detections):
        gt_category = category[measure_matrix(known, "iou", detections).argmax(axis=1)]
    if len(gt_category) != len(known) and len(detections):
        raise ValueError(f"{len(gt_category)} gt_labels for {len(known)} gt_masks")
    predicted = _make_dataset(detections, detections, category, tuple(names.tolist()), score, corners)
    nothing = np.full((len(known), 4), np.nan), np.full(len(known), np.nan)
    gt_category = gt_category if len(gt_category) == len(known) else np.zeros(len(known), dtype=np.int64)
    labelled = _make_dataset(known, detections, gt_category, tuple(names.tolist()), nothing[1], nothing[0])
    tables = measure_comparison(labelled, predicted)
    options = CompareOptions(
        score_floor=-np.inf, min_iou=min_iou, min_ios=min_ios, nms_threshold=SAME_IOU, what_ifs=False
    )
    overlaps = find_overlap_causes(tables, unknown_conventions(tables), SAME_IOU, options)
    table = _tabulate(tables, overlaps, named[0], score, has_labels=gt_masks is not None)
    return ExplainedOverlaps(table, tables.predictions.runs, detections.height, detections.width)


def _tabulate(
    tables: ComparisonTables,
    overlaps: OverlapCauses,
    labels: NDArray[Any],
    score: FloatArray,
    *,
    has_labels: bool,
) -> pd.DataFrame:
    import pandas as pd

    pairs, boxes = overlaps.pairs, tables.predictions.box
    symptoms = name_symptoms(overlaps, boxes) if has_labels else _name_without_labels(overlaps, boxes)
    is_swapped = score[pairs.b] > score[pairs.a]
    better, worse = np.where(is_swapped, pairs.b, pairs.a), np.where(is_swapped, pairs.a, pairs.b)
    columns: dict[str, Any] = {
        "a": better, "b": worse, "label_a": labels[better], "label_b": labels[worse],
        "score_a": score[better], "score_b": score[worse],
        "iou": pairs.iou, "ios": pairs.ios, "box_iou": pairs.box_iou, "symptom": symptoms,
    }  # fmt: skip
    if has_labels:
        of_a, of_b = overlaps.label_a, overlaps.label_b
        iou_a, iou_b = overlaps.label_iou_a, overlaps.label_iou_b
        columns |= {
            "gt_a": np.where(is_swapped, of_b, of_a), "gt_b": np.where(is_swapped, of_a, of_b),
            "gt_iou_a": np.where(is_swapped, iou_b, iou_a), "gt_iou_b": np.where(is_swapped, iou_a, iou_b),
        }  # fmt: skip
    by = ["iou", "ios", "a", "b"]
    return pd.DataFrame(columns).sort_values(by, ascending=[False, False, True, True], ignore_index=True)


def _name_without_labels(overlaps: OverlapCauses, boxes: FloatArray) -> NDArray[Any]:
    """Say what two masks show by themselves."""
    pairs: MaskPairs = overlaps.pairs
    is_same, is_part = pairs.iou >= SAME_IOU, pairs.ios >= PART_IOS
    are_twins = find_twins(pairs, boxes) & overlaps.same_category
    chosen: NDArray[Any] = np.select(
        [are_twins, is_same & overlaps.same_category, is_same, is_part],
        [
            PairSymptom.CONCENTRIC_TWIN.value,
            PairSymptom.SAME_OBJECT_TWICE.value,
            PairSymptom.TWO_CATEGORIES.value,
            PairSymptom.PART_OF_LARGER.value,
        ],
        PairSymptom.UNCLEAR.value,
    )
    return chosen.astype(object)


def _make_dataset(
    masks: ImageMasks,
    image: ImageMasks,
    category: IntArray,
    names: tuple[str, ...],
    score: FloatArray,
    boxes: FloatArray,
) -> Dataset:
    """Make a dataset of one image; ``image`` tells its size, also where ``masks`` are none."""
    n, none, one = len(masks), np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64)
    position = np.arange(n)
    runs = masks.as_runs()
    counts, counts_start = runs_to_counts(runs, np.full(n, image.height), np.full(n, image.width))
    segmentations = Segmentations(
        np.full(n, MaskKind.RLE, dtype=np.uint8), np.zeros(n + 1, dtype=np.int64), one, np.zeros((0, 2)),
        counts_start, counts,
    )  # fmt: skip
    categories = np.arange(len(names))
    return Dataset(
        (Source("arrays", "arrays", 0, ""),),
        Images(one + 1, ("image",), one + image.height, one + image.width, one, one),
        Categories(categories + 1, names, ("",) * len(names), np.zeros_like(categories), categories),
        Annotations(
            id=position + 1,
            image=np.zeros(n, dtype=np.int64),
            category=category.astype(np.int64) if n else none,
            iscrowd=np.zeros(n, dtype=np.bool_),
            score=score,
            area=np.full(n, np.nan),
            bbox=boxes,
            source=np.zeros(n, dtype=np.int64),
            index=position,
            segmentation=segmentations,
        ),
    )
