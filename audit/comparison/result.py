"""What comparing finds: everything that outputs and pages need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from audit.comparison.cause_summary import CauseCount
from audit.comparison.causes import OverlapCauses, overlaps_table
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.options import CompareOptions
from audit.comparison.proposals import ProposalEvaluation
from audit.comparison.recall_upper_bound import RecallUpperBound
from audit.comparison.symptoms import Calibration, Symptom
from audit.comparison.tide_errors import TideErrors
from audit.comparison.whatif import Outcome, Recommendation
from audit.dataset.model import Dataset, FloatArray, IntArray

Numbers = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Matches:
    """COCO's matches at IoU 0.5, within categories; all arrays (predictions,)."""

    label: IntArray
    """Position in ``ComparisonTables.labels``; -1 = none. A crowd region excuses a prediction."""
    iou: FloatArray
    """With that label; NaN where there is none."""
    boundary_iou: FloatArray
    """NaN where there is no match, or it is a crowd region."""


@dataclass(frozen=True, slots=True)
class NmsFacts:
    """What is known of the model's NMS."""

    threshold: float
    """Box IoU that it allowed: given, or the largest that two results of a category have; NaN = unknown."""
    given: bool
    pairs: int
    """Pairs of one category that the estimate is seen from."""
    safe: float
    """The strictest threshold at which NMS by category would keep nearly all labels."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Predictions against labels."""

    labels: Dataset
    predictions: Dataset
    measured: ComparisonTables
    options: CompareOptions
    has_masks: bool
    """False where the results are boxes alone: then there are no causes and no metrics of masks."""
    segm: Numbers
    """COCO's twelve numbers for masks; empty without masks."""
    bbox: Numbers
    """COCO's twelve numbers for boxes."""
    segm_by_category: FloatArray
    """(categories,) AP; NaN without labels."""
    bbox_by_category: FloatArray
    maps: Numbers
    """Metrics on label maps and outlines, by the names of ``metrics.json``; empty without masks."""
    matches: Matches
    errors: TideErrors
    overlaps: OverlapCauses
    causes: tuple[CauseCount, ...]
    nms: NmsFacts
    ceilings: tuple[RecallUpperBound, ...]
    outcomes: tuple[Outcome, ...]
    """What-ifs; empty where they were not asked for."""
    mask_images: tuple[int, int]
    """Images with predictions whose masks were changed, and images with predictions."""
    recommendation: Recommendation | None
    symptoms: tuple[Symptom, ...]
    calibration: Calibration
    proposals: ProposalEvaluation | None

    @property
    def positions(self) -> IntArray:
        """(predictions,) place of each prediction in its results file."""
        places: IntArray = self.predictions.annotations.index[self.measured.predictions.row]
        return places

    def overlaps_table(self) -> pd.DataFrame:
        """Lay out the overlapping pairs of predictions, one row each."""
        a = self.predictions.annotations
        table = overlaps_table(self.measured, self.overlaps, a.index, self.labels.annotations.id)
        if self.proposals is not None:
            table["one_proposal"] = self.proposals.one_source
        return table

    def matches_table(self) -> pd.DataFrame:
        """Lay out what each prediction matches, one row each."""
        p = self.measured.predictions
        return pd.DataFrame(
            {
                "image_id": self.measured.image_id[p.image],
                "prediction": self.positions,
                "category_id": self._category_ids(p.category),
                "score": p.score,
                "annotation_id": self._annotation_ids(self.matches.label),
                "iou": self.matches.iou,
                "boundary_iou": self.matches.boundary_iou,
            }
        )

    def errors_table(self) -> pd.DataFrame:
        """Lay out wrong predictions and missed labels, one row each."""
        m, e = self.measured, self.errors
        image = np.where(
            e.prediction >= 0,
            np.r_[m.predictions.image, -1][e.prediction],
            np.r_[m.labels.image, -1][e.label],
        )
        return pd.DataFrame(
            {
                "image_id": m.image_id[image],
                "error": pd.Series(e.kind, dtype=object),
                "prediction": np.r_[self.positions, -1][e.prediction],
                "annotation_id": self._annotation_ids(e.label),
                "iou": e.iou,
                "score": np.r_[m.predictions.score, np.nan][e.prediction],
            }
        )

    def whatif_table(self) -> pd.DataFrame:
        """Lay out the what-ifs, one row a setting, and the ceilings of the labels."""
        rows = [
            {name: getattr(o, name) for name in Outcome.__slots__} | {"recall_ceiling": np.nan}
            for o in self.outcomes
        ]
        blank = dict.fromkeys(
            ("predictions", "overlapping_pairs", "duplicates_removed", "objects_lost"), pd.NA
        )
        for c in self.ceilings:
            rows.append(
                {"family": "ceiling", "method": c.method, "per_class": c.per_class, "parameter": c.threshold,
                 **blank, "ap": np.nan, "pq": np.nan, "boundary_iou": np.nan, "recall_ceiling": c.recall}
            )  # fmt: skip
        names = [*Outcome.__slots__, "recall_ceiling"]
        table = pd.DataFrame({name: [row[name] for row in rows] for name in names}, columns=names)
        return table.astype(dict.fromkeys(blank, "Int64"))

    def _category_ids(self, rows: IntArray) -> IntArray:
        ids: IntArray = np.r_[self.labels.categories.id, -1][rows]
        return ids

    def _annotation_ids(self, labels: IntArray) -> IntArray:
        ids: IntArray = np.r_[self.labels.annotations.id[self.measured.labels.row], -1][labels]
        return ids
