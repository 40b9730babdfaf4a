"""What comparing finds: everything that outputs and pages need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.comparison.blame import Blame
from audit.comparison.category_ids import CategoryReading
from audit.comparison.cause_summary import CauseCount
from audit.comparison.causes import OverlapCauses
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.image_ids import ImageReading
from audit.comparison.nms_threshold import NmsThresholds
from audit.comparison.options import CompareOptions
from audit.comparison.overlap_evidence import Evidence
from audit.comparison.pair_symptoms import name_symptoms
from audit.comparison.proposals import ProposalEvaluation
from audit.comparison.recall_upper_bound import RecallUpperBound
from audit.comparison.recommended_nms import Recommendation
from audit.comparison.symptoms import Calibration, Symptom
from audit.comparison.tide_errors import TideErrors
from audit.comparison.whatif import Outcome
from audit.dataset.model import Dataset, FloatArray, IntArray
from audit.measure.column_table import ColumnTable

if TYPE_CHECKING:
    import pandas as pd

WHAT_IF_COUNTS = ("predictions", "overlapping_pairs", "duplicates_removed", "objects_lost")
"""Whole numbers of the what-ifs."""
Metrics = Mapping[str, float]
"""Numbers by the names that they have in ``metrics.json``."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Predictions against labels."""

    labels: Dataset
    predictions: Dataset
    tables: ComparisonTables
    options: CompareOptions
    has_masks: bool
    """False where the results are boxes alone: then there are no causes and no metrics of masks."""
    segm: Metrics
    """COCO's twelve numbers for masks; empty without masks."""
    bbox: Metrics
    """COCO's twelve numbers for boxes."""
    segm_by_category: FloatArray
    """(categories,) AP; NaN without labels."""
    bbox_by_category: FloatArray
    label_map_metrics: Metrics
    """Metrics on label maps and outlines; empty without masks."""
    matched_label: IntArray
    """(predictions,) COCO's match at IoU 0.5, within categories: position in ``tables.labels``; -1 = none. A
    crowd region excuses a prediction."""
    match_iou: FloatArray
    """(predictions,) IoU with that label, of boxes where there are no masks; NaN where there is none."""
    match_boundary_iou: FloatArray
    """(predictions,) NaN where there is no match, or it is a crowd region."""
    errors: TideErrors
    overlaps: OverlapCauses
    causes: tuple[CauseCount, ...]
    evidence: tuple[Evidence, ...]
    """About all images, in the order of `USUAL_VALUES`."""
    blame: tuple[Blame, ...]
    """Parts of the pipeline, most probable first; empty = nothing unusual, or no masks."""
    nms: NmsThresholds
    recall_bounds: tuple[RecallUpperBound, ...]
    what_ifs: tuple[Outcome, ...]
    """Empty where they were not asked for."""
    mask_images: tuple[int, int]
    """Images with predictions whose masks were changed, and images with predictions."""
    recommendation: Recommendation | None
    symptoms: tuple[Symptom, ...]
    calibration: Calibration
    proposals: ProposalEvaluation | None
    category_reading: CategoryReading | None
    image_reading: ImageReading | None
    """How the results' category ids would fit the labels'; None where they do, or nothing would."""

    @property
    def positions(self) -> IntArray:
        """(predictions,) place of each prediction in its results file."""
        positions: IntArray = self.predictions.annotations.index[self.tables.predictions.row]
        return positions

    def overlaps_table(self) -> ColumnTable:
        """Lay out the overlapping pairs of predictions, one row each; ids are -1 where there is none."""
        overlaps, predictions = self.overlaps, self.tables.predictions
        a, b = overlaps.pairs.a, overlaps.pairs.b
        columns: dict[str, NDArray[Any]] = {
            "image_id": self.tables.image_id[overlaps.image],
            "prediction_a": self.positions[a],
            "prediction_b": self.positions[b],
            "iou": overlaps.pairs.iou,
            "ios": overlaps.pairs.ios,
            "box_iou": overlaps.pairs.box_iou,
            "cause": overlaps.cause,
            "group": overlaps.group,
            "confidence": overlaps.confidence,
            "symptom": name_symptoms(overlaps, predictions.trusted_box),
            "score_a": predictions.score[a],
            "score_b": predictions.score[b],
            "annotation_a": self._annotation_ids(overlaps.label_a),
            "annotation_b": self._annotation_ids(overlaps.label_b),
        }
        names = (
            "label_iou_a", "label_iou_b", "label_ios", "covered_a", "covered_b", "same_category",
            "convention",
        )  # fmt: skip
        columns |= {name: getattr(overlaps, name) for name in names}
        if self.proposals is not None:
            columns["one_proposal"] = self.proposals.same_proposal
        return ColumnTable(columns)

    def matches_table(self) -> ColumnTable:
        """Lay out what each prediction matches, one row each."""
        predictions = self.tables.predictions
        return ColumnTable(
            {
                "image_id": self.tables.image_id[predictions.image],
                "prediction": self.positions,
                "category_id": np.r_[self.labels.categories.id, -1][predictions.category],
                "score": predictions.score,
                "annotation_id": self._annotation_ids(self.matched_label),
                "iou": self.match_iou,
                "boundary_iou": self.match_boundary_iou,
            }
        )

    def errors_table(self) -> ColumnTable:
        """Lay out wrong predictions and missed labels, one row each."""
        labels, predictions, errors = self.tables.labels, self.tables.predictions, self.errors
        # A missed label has prediction -1, which reads what is put at the end.
        image = np.where(
            errors.prediction >= 0,
            np.r_[predictions.image, -1][errors.prediction],
            np.r_[labels.image, -1][errors.label],
        )
        return ColumnTable(
            {
                "image_id": self.tables.image_id[image],
                "error": errors.error_type,
                "prediction": np.r_[self.positions, -1][errors.prediction],
                "annotation_id": self._annotation_ids(errors.label),
                "iou": errors.iou,
                "score": np.r_[predictions.score, np.nan][errors.prediction],
            }
        )

    def whatif_rows(self) -> list[dict[str, Any]]:
        """Lay out the what-ifs, one row a setting, and the upper bounds of recall on the labels.

        Counts that are not defined are None, and numbers NaN.
        """
        rows = [
            {name: getattr(outcome, name) for name in Outcome.__slots__} | {"recall_ceiling": np.nan}
            for outcome in self.what_ifs
        ]
        undefined = dict.fromkeys(WHAT_IF_COUNTS) | dict.fromkeys(("ap", "f1", "pq", "boundary_iou"), np.nan)
        for bound in self.recall_bounds:
            rows.append(
                {"family": "ceiling", "method": bound.method, "per_class": bound.per_class,
                 "parameter": bound.threshold, **undefined, "recall_ceiling": bound.recall}
            )  # fmt: skip
        return rows

    def whatif_table(self) -> pd.DataFrame:
        """Lay out `whatif_rows` as a DataFrame; undefined counts are missing."""
        import pandas as pd  # late: importing it takes longer than most steps of comparing

        table = pd.DataFrame(self.whatif_rows(), columns=[*Outcome.__slots__, "recall_ceiling"])
        return table.astype(dict.fromkeys(WHAT_IF_COUNTS, "Int64"))

    def _annotation_ids(self, labels: IntArray) -> IntArray:
        """Return the ids of labels; position -1 has the id -1."""
        ids: IntArray = np.r_[self.labels.annotations.id[self.tables.labels.row], -1][labels]
        return ids
