"""The page of a comparison in words and numbers, in the order of reading; charts and pictures stand apart.

The terminal shows the same `ComparisonPage`, so it cannot disagree with the page.
"""

from __future__ import annotations

from collections.abc import Iterator

from audit.carriers import dataclass
from audit.comparison.cause_summary import CauseCount
from audit.comparison.detection_limit import describe_ap_limit
from audit.comparison.result import Comparison
from audit.comparison.symptoms import Symptom
from audit.comparison.whatif import Outcome
from audit.findings.number_format import format_count, format_percent
from audit.report.blame_remedies import list_remedies
from audit.report.blame_wording import EvidenceLine, list_evidence, summarize_blame

METHOD_TITLES = {
    "box": "IoU of boxes",
    "mask": "IoU of masks",
    "mask_ios": "share of the smaller mask (IoS)",
}
"""Ways to measure how much two predictions overlap, by the names of `METHODS`."""
_METRICS: tuple[tuple[str, str, bool], ...] = (
    ("AP", "average precision of masks, IoU 0.5 to 0.95", True),
    ("AP50", "at IoU 0.5", True),
    ("AP75", "at IoU 0.75", True),
    ("AP_small", "objects up to 32 x 32 pixels", False),
    ("AP_medium", "up to 96 x 96 pixels", False),
    ("AP_large", "larger ones", False),
    ("APr", "of rare categories (LVIS), up to 10 training images", True),
    ("APc", "of common categories, up to 100", True),
    ("APf", "of frequent categories", True),
    ("AR1", "average recall, one prediction an image and category", False),
    ("AR10", "the same, ten predictions", False),
    ("AR100", "average recall, a hundred predictions an image and category", True),
)
"""Of COCO: name, meaning, and whether a summary shows it."""
_LABEL_MAP_METRICS: tuple[tuple[str, str, bool], ...] = (
    ("pq", "panoptic quality, scores from 0.5 on", True),
    ("sq", "segmentation quality: mean IoU of matches", False),
    ("rq", "recognition quality: F1 of matches", False),
    ("aji", "aggregated Jaccard index", True),
    ("aji_plus", "the same, one to one", False),
    ("splits", "labels that predictions split (IoU over 0.1)", False),
    ("merges", "predictions that merge labels (IoU over 0.1)", False),
    ("part_splits", "labels in which several predictions lie", False),
    ("part_merges", "predictions in which several labels lie", False),
    ("voi_split", "variation of information: cut apart, bits", False),
    ("voi_merge", "variation of information: run together, bits", False),
    ("adapted_rand_error", "pairs of pixels joined wrongly", False),
    ("adapted_rand_precision", "of pixels that predictions join", False),
    ("adapted_rand_recall", "of pixels that labels join", False),
    ("boundary_ap", "average precision by boundary IoU", True),
)
"""On label maps and outlines: name, meaning, and whether a summary shows it."""
_ERROR_TITLES = {
    "cls": "wrong category",
    "loc": "poor outline",
    "both": "wrong category and poor outline",
    "dupe": "one label twice",
    "bkg": "on background",
    "miss": "missed label",
}
"""TIDE's types of errors (Bolya et al. 2020) in words."""

Metric = tuple[str, str, str, bool]
"""Name, number for reading (a dash where it is not defined), meaning, and whether a summary shows it."""


@dataclass(frozen=True, slots=True)
class ComparisonPage:
    """Everything that the page of a comparison says."""

    compared: str
    """How much was compared, one line."""
    answer: str
    """What is to blame, and how many pairs overlap: one or two sentences."""
    warning: str
    """What makes the numbers below mean little; empty where nothing does."""
    evidence: tuple[EvidenceLine, ...]
    """What the answer rests on, and what else was looked at."""
    remedies: tuple[str, ...]
    """What helps, or what would tell causes apart."""
    n_pairs: int
    """Overlapping pairs of predictions."""
    causes: tuple[CauseCount, ...]
    metrics: tuple[Metric, ...]
    errors: tuple[tuple[str, str, int, float], ...]
    """Type, title, number, and the AP50 that is gained where they are corrected."""
    nms: str
    """What is known of the model's NMS, one sentence."""
    recommendation: str
    """Empty where no what-ifs were asked for."""
    changed_masks: tuple[Outcome, ...]
    """What changed masks would do; the first is as they are."""
    images_tried: str
    """Which images that was tried on, where not on all."""
    recall_bounds: tuple[str, ...]
    """Sentences: the recall that NMS leaves possible on the labels."""
    category_bounds: tuple[tuple[str, int, float], ...]
    """Categories that lose labels to box NMS at 0.5, most first: name, labels, recall that is left."""
    symptoms: tuple[Symptom, ...]
    proposals: tuple[str, ...]
    """Sentences; empty without proposals."""


def build_comparison_page(comparison: Comparison) -> ComparisonPage:
    """Put together what the page says.

    Parameters
    ----------
    comparison : Comparison

    Examples
    --------
    >>> from audit.comparison.conventions import unknown_conventions
    >>> from audit.comparison.run import compare_datasets
    >>> from audit.testing import compared, scene
    >>> labels, predictions = compared((scene("aab"), scene("aa.", ".bb")))
    >>> build_comparison_page(compare_datasets(labels, predictions, unknown_conventions)).compared
    '2 predictions against 2 labels'
    >>> from audit.dataset.model import empty_dataset
    >>> empty = compare_datasets(empty_dataset(), empty_dataset(), unknown_conventions)
    >>> build_comparison_page(empty).answer
    'No two predictions overlap.'
    """
    errors = comparison.errors
    return ComparisonPage(
        compared=_describe_compared(comparison),
        answer=summarize_blame(comparison),
        warning=_describe_reading(comparison),
        evidence=tuple(list_evidence(comparison)) if comparison.has_masks else (),
        remedies=tuple(list_remedies(comparison)),
        n_pairs=len(comparison.overlaps),
        causes=comparison.causes,
        metrics=tuple(_list_metrics(comparison)),
        errors=tuple(
            (name, title, int((errors.error_type == name).sum()), errors.ap_cost[name])
            for name, title in _ERROR_TITLES.items()
        ),
        nms=_describe_nms(comparison),
        recommendation=_describe_recommendation(comparison),
        changed_masks=tuple(
            outcome for outcome in comparison.what_ifs if outcome.family in ("masks", "merge")
        ),
        images_tried=_describe_images_tried(*comparison.mask_images),
        recall_bounds=tuple(_describe_recall_bounds(comparison)),
        category_bounds=tuple(_list_category_bounds(comparison)),
        symptoms=comparison.symptoms,
        proposals=tuple(_describe_proposals(comparison)),
    )


def _describe_compared(comparison: Comparison) -> str:
    """Say how much was compared, and what COCO's AP leaves out of it."""
    predictions = comparison.tables.predictions
    text = (
        f"{format_count(len(predictions), 'prediction')} against "
        f"{format_count(len(comparison.tables.labels), 'label')}"
    )
    limit = describe_ap_limit(comparison.tables)
    text += f"; {limit}" if limit else ""
    n_empty = int((predictions.area == 0).sum()) if comparison.has_masks else 0
    if n_empty:
        text += f"; {n_empty:,} without a pixel count as wrong, as in COCO"
    return text


def _describe_reading(comparison: Comparison) -> str:
    """Say that the results' ids mean other images or categories, and what that does to the numbers."""
    if comparison.image_reading is not None:
        return f"{comparison.image_reading.sentence} Everything below is told for the file as it is."
    reading = comparison.category_reading
    if reading is None:
        return ""
    return f"{reading.sentence} What goes by categories (AP, PQ, NMS) is told for the file as it is."


def _list_metrics(comparison: Comparison) -> Iterator[Metric]:
    for name, meaning, is_headline in _METRICS:
        if name in comparison.segm:
            yield (name, _format_metric(comparison.segm[name]), meaning, is_headline)
    box_ap = _format_metric(comparison.bbox["AP"])
    yield ("box AP", box_ap, "average precision of boxes, IoU 0.5 to 0.95", True)
    for name, meaning, is_headline in _LABEL_MAP_METRICS:
        if name in comparison.label_map_metrics:
            yield (name, _format_metric(comparison.label_map_metrics[name]), meaning, is_headline)


def _format_metric(value: float) -> str:
    """Write a count whole, a share with three digits, and what is not defined as a dash.

    Examples
    --------
    >>> _format_metric(1234), _format_metric(0.5), _format_metric(float("nan"))
    ('1,234', '0.500', '-')
    """
    if value != value:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{round(value, 3) + 0.0:.3f}"


def _describe_images_tried(n_tried: int, n_images: int) -> str:
    """Say which images changed masks were tried on.

    Examples
    --------
    >>> _describe_images_tried(680, 5000)
    'Tried on 680 of 5,000 images, drawn by their names.'
    >>> _describe_images_tried(0, 0)
    ''
    """
    return (
        "" if n_tried == n_images else f"Tried on {n_tried:,} of {n_images:,} images, drawn by their names."
    )


def _describe_nms(comparison: Comparison) -> str:
    sentences = (_describe_misfits(comparison), _describe_threshold(comparison))
    return " ".join(sentence for sentence in sentences if sentence)


def _describe_misfits(comparison: Comparison) -> str:
    predictions = comparison.tables.predictions
    n_misfits = int((predictions.box != predictions.trusted_box).any(axis=1).sum())
    if not n_misfits:
        return ""
    return (
        f"{n_misfits:,} of the results' {len(predictions):,} boxes {'does' if n_misfits == 1 else 'do'} not "
        "fit the mask: what is said of NMS goes by the masks' own boxes there."
    )


def _describe_threshold(comparison: Comparison) -> str:
    nms = comparison.nms
    if nms.threshold != nms.threshold:
        return "The threshold of the model's NMS is not known: no boxes of one category overlap."
    known = "as given" if nms.is_given else f"as far as {nms.pairs:,} pairs of results show"
    kept = format_percent(1 - comparison.options.max_label_loss)
    return (
        f"The model's NMS allowed a box IoU of {nms.threshold:.2f}, {known}; on these labels a threshold of "
        f"{nms.safe:.2f} would still keep {kept} of the objects."
    )


def describe_scope(per_class: bool) -> str:
    """Say whether NMS compares predictions of one category only.

    Parameters
    ----------
    per_class : bool

    Examples
    --------
    >>> describe_scope(True), describe_scope(False)
    ('within a category', 'over all categories')
    """
    return "within a category" if per_class else "over all categories"


def _describe_recommendation(comparison: Comparison) -> str:
    at_seams = any("at_tile_seams" in blame.evidence for blame in comparison.blame)
    if not comparison.what_ifs or at_seams:  # NMS drops one of two halves, which are to be merged
        return ""
    best = comparison.recommendation
    if best is None:
        return "No setting of NMS removes overlapping pairs without losing objects or precision."
    if best.low == best.high:
        span = f"a threshold of {best.low:g}"
    else:
        span = f"any threshold from {best.low:g} to {best.high:g}, for example {best.threshold:g},"
    n_pairs = best.overlapping_pairs + best.removed_pairs
    return (
        f"NMS by {METHOD_TITLES[best.method]} {describe_scope(best.per_class)} at {span} removes "
        f"{best.removed_pairs:,} of {format_count(n_pairs, 'overlapping pair')} and loses "
        f"{best.objects_lost:,} matched object{'' if best.objects_lost == 1 else 's'} (AP {best.ap:.3f})."
    )


def _describe_recall_bounds(comparison: Comparison) -> Iterator[str]:
    for bound in comparison.recall_bounds:
        if bound.threshold == 0.5 and bound.per_class and bound.n_labels:
            # Rounded down: where labels are lost it must never read as 100 %.
            most = format_percent(int(bound.recall * 1000) / 1000, 1)
            n_lost = bound.n_labels - bound.n_kept
            if not n_lost:
                yield f"NMS by {METHOD_TITLES[bound.method]} at 0.5 would keep all {bound.n_labels:,} labels."
                continue
            yield (
                f"NMS by {METHOD_TITLES[bound.method]} at 0.5 can never reach more than {most} recall on "
                f"these labels ({n_lost:,} of {bound.n_labels:,} labels would be lost)."
            )


def _list_category_bounds(comparison: Comparison) -> list[tuple[str, int, float]]:
    box_nms = ("box", True, 0.5)
    for bound in comparison.recall_bounds:
        if (bound.method, bound.per_class, bound.threshold) == box_nms:
            names, counts = comparison.labels.categories.name, bound.by_category.tolist()
            losing = [
                (name, n_labels, n_kept / n_labels)
                for name, (n_labels, n_kept) in zip(names, counts, strict=True)
                if n_kept < n_labels
            ]
            return sorted(losing, key=lambda row: (row[2], row[0]))
    return []


def _describe_proposals(comparison: Comparison) -> Iterator[str]:
    proposals = comparison.proposals
    if proposals is None:
        return
    recall = ", ".join(f"{format_percent(share)} at IoU {iou:g}" for iou, share in proposals.recall.items())
    yield f"{proposals.n_proposals:,} proposals reach {recall} of {proposals.n_labels:,} labels."
    holds = "holds" if proposals.n_holding_several == 1 else "hold"
    yield f"{format_count(proposals.n_holding_several, 'proposal')} {holds} several labels."
    n_same, n_different = (int((proposals.same_proposal == same).sum()) for same in (1, 0))
    yield f"Of the overlapping pairs, {n_same:,} came from one proposal and {n_different:,} from two."
    if proposals.n_unusable:
        yield (
            f"Left out: {format_count(proposals.n_unusable, 'proposal')} "
            "without a known image, a box or a score."
        )
