"""What a page shows of a comparison: plain records, in the order of reading, no markup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.comparison.cause_summary import CauseCount, summarize_causes
from audit.comparison.result import Comparison
from audit.comparison.symptoms import Calibration, Symptom
from audit.comparison.whatif import METHODS, Outcome, Recommendation
from audit.findings.number_format import format_percent

_METHOD = {"box": "IoU of boxes", "mask": "IoU of masks", "mask_ios": "share of the smaller mask (IoS)"}
_METRICS: tuple[tuple[str, str, bool], ...] = (
    ("AP", "average precision of masks, IoU 0.5 to 0.95", True),
    ("AP50", "at IoU 0.5", True),
    ("AP75", "at IoU 0.75", True),
    ("AP_small", "objects up to 32 x 32 pixels", False),
    ("AP_medium", "up to 96 x 96 pixels", False),
    ("AP_large", "larger ones", False),
    ("AR1", "average recall, one prediction an image and category", False),
    ("AR10", "ten", False),
    ("AR100", "a hundred", True),
)
_MAPS: tuple[tuple[str, str, bool], ...] = (
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
_COSTS = {
    "cls": "wrong category",
    "loc": "poor outline",
    "both": "wrong category and poor outline",
    "dupe": "one label twice",
    "bkg": "on background",
    "miss": "missed label",
}


@dataclass(frozen=True, slots=True)
class MetricLine:
    """One number."""

    name: str
    value: float
    text: str
    """For reading; a dash where it is not defined."""
    meaning: str
    headline: bool
    """Whether a summary shows it."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What one method of NMS does at each threshold; all tuples have one value a threshold."""

    family: str
    method: str
    title: str
    per_class: bool
    parameters: tuple[float, ...]
    overlapping_pairs: tuple[int, ...]
    objects_lost: tuple[int, ...]
    duplicates_removed: tuple[int, ...]
    ap: tuple[float, ...]
    pq: tuple[float, ...]
    low: float | None
    """Lower end of the stable range; None where this method is not the recommended one."""
    high: float | None


@dataclass(frozen=True, slots=True)
class CeilingCurve:
    """Recall that NMS leaves possible on the labels themselves, by threshold."""

    title: str
    thresholds: tuple[float, ...]
    recall: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CategoryCeiling:
    """The same for one category, or one density, at box IoU 0.5."""

    name: str
    labels: int
    recall: float


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """What errors of one kind cost."""

    kind: str
    title: str
    count: int
    cost: float
    """AP50 that is gained where they are mended."""


@dataclass(frozen=True, slots=True)
class ComparisonPage:
    """Everything that the dataset page of a comparison shows."""

    compared: str
    """How much was compared, one line."""
    answer: str
    """Of N overlapping pairs, how many for which reason: one sentence."""
    pairs: int
    causes: tuple[CauseCount, ...]
    metrics: tuple[MetricLine, ...]
    errors: tuple[ErrorLine, ...]
    nms: str
    """What is known of the model's NMS, one sentence."""
    recommendation: str
    """Empty where no what-ifs were asked for."""
    curves: tuple[Curve, ...]
    masks: tuple[Outcome, ...]
    """Changed masks; the first is as they are."""
    masks_seen: str
    """Which images were looked at, where not all were."""
    ceiling_lines: tuple[str, ...]
    ceilings: tuple[CeilingCurve, ...]
    ceiling_categories: tuple[CategoryCeiling, ...]
    """Categories that lose labels, most first."""
    symptoms: tuple[Symptom, ...]
    calibration: Calibration
    proposals: tuple[str, ...]
    """Sentences; empty without proposals."""


def build_comparison_page(c: Comparison) -> ComparisonPage:
    """Put together what the page shows.

    Examples
    --------
    >>> from audit.comparison.conventions import unknown_conventions
    >>> from audit.comparison.run import compare_datasets
    >>> from audit.dataset.model import empty_dataset
    >>> page = build_comparison_page(compare_datasets(empty_dataset(), empty_dataset(), unknown_conventions))
    >>> page.answer, page.curves[0].overlapping_pairs[0]
    ('No two predictions overlap.', 0)
    """
    m = c.tables
    return ComparisonPage(
        compared=f"{len(m.predictions):,} predictions against {len(m.labels):,} labels",
        answer=summarize_causes(c.causes),
        pairs=len(c.overlaps),
        causes=c.causes,
        metrics=tuple(_metrics(c)),
        errors=tuple(
            ErrorLine(kind, title, int((c.errors.error_type == kind).sum()), c.errors.ap_cost[kind])
            for kind, title in _COSTS.items()
        ),
        nms=_nms(c),
        recommendation=_recommended(c),
        curves=tuple(_curves(c)),
        masks=tuple(o for o in c.what_ifs if o.family == "masks"),
        masks_seen=_some_images(*c.mask_images),
        ceiling_lines=tuple(_ceiling_lines(c)),
        ceilings=tuple(_ceiling_curves(c)),
        ceiling_categories=tuple(_ceiling_categories(c)),
        symptoms=c.symptoms,
        calibration=c.calibration,
        proposals=tuple(_proposals(c)),
    )


def _metrics(c: Comparison) -> Iterator[MetricLine]:
    for name, meaning, headline in _METRICS:
        if c.segm:
            yield _line(name, c.segm[name], meaning, headline)
    yield _line("box AP", c.bbox["AP"], "average precision of boxes, IoU 0.5 to 0.95", True)
    for name, meaning, headline in _MAPS:
        if name in c.label_map_metrics:
            yield _line(name, c.label_map_metrics[name], meaning, headline)


def _line(name: str, value: float, meaning: str, headline: bool) -> MetricLine:
    number = f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
    return MetricLine(name, float(value), "-" if value != value else number, meaning, headline)


def _some_images(number: int, of: int) -> str:
    """Say which images changed masks were tried on.

    Examples
    --------
    >>> _some_images(680, 5000)
    'Tried on 680 of 5,000 images, drawn by their names.'
    >>> _some_images(0, 0)
    ''
    """
    return "" if number == of else f"Tried on {number:,} of {of:,} images, drawn by their names."


def _nms(c: Comparison) -> str:
    n = c.nms
    if n.threshold != n.threshold:
        return "The threshold of the model's NMS is not known: no boxes of one category overlap."
    known = "as given" if n.given else f"as far as {n.pairs:,} pairs of results show"
    return (
        f"The model's NMS allowed a box IoU of {n.threshold:.2f}, {known}; on these labels a threshold of "
        f"{n.safe:.2f} would still keep {format_percent(1 - c.options.max_label_loss)} of the objects."
    )


def _recommended(c: Comparison) -> str:
    if not c.what_ifs:
        return ""
    r = c.recommendation
    if r is None:
        return "No setting of NMS removes overlapping pairs without losing objects or precision."
    among = "within a category" if r.per_class else "over all categories"
    if r.low == r.high:
        span = f"a threshold of {r.low:g}"
    else:
        span = f"any threshold from {r.low:g} to {r.high:g}, for example {r.threshold:g},"
    of = r.overlapping_pairs + r.removed_pairs
    return (
        f"NMS by {_METHOD[r.method]} {among} at {span} removes {r.removed_pairs:,} of {of:,} "
        f"overlapping pairs and loses {r.objects_lost:,} matched objects (AP {r.ap:.3f})."
    )


def _curves(c: Comparison) -> Iterator[Curve]:
    for method, per_class in METHODS:
        own = sorted(
            (o for o in c.what_ifs if (o.family, o.method, o.per_class) == ("nms", method, per_class)),
            key=lambda o: o.parameter,
        )
        if own:
            yield _curve(own, c.recommendation)


def _curve(own: list[Outcome], r: Recommendation | None) -> Curve:
    o = own[0]
    mine = r is not None and (r.method, r.per_class) == (o.method, o.per_class)
    return Curve(
        o.family, o.method, _METHOD[o.method], o.per_class,
        tuple(x.parameter for x in own), tuple(x.overlapping_pairs for x in own),
        tuple(x.objects_lost for x in own), tuple(x.duplicates_removed for x in own),
        tuple(x.ap for x in own), tuple(x.pq for x in own),
        r.low if r and mine else None, r.high if r and mine else None,
    )  # fmt: skip


def _ceiling_lines(c: Comparison) -> Iterator[str]:
    for k in c.recall_bounds:
        if k.threshold == 0.5 and k.per_class and k.n_labels:
            yield (
                f"NMS by {_METHOD[k.method]} at 0.5 can never reach more than {_floor_percent(k.recall)} "
                f"recall on these labels ({k.n_labels - k.n_kept:,} of {k.n_labels:,} labels would be lost)."
            )


def _floor_percent(share: float) -> str:
    """Write a share that is a bound: never rounded up."""
    return format_percent(int(share * 1000) / 1000, 1)


def _ceiling_curves(c: Comparison) -> Iterator[CeilingCurve]:
    kinds = dict.fromkeys((k.method, k.per_class) for k in c.recall_bounds)
    for method, per_class in kinds:
        own = [k for k in c.recall_bounds if (k.method, k.per_class) == (method, per_class)]
        among = "within a category" if per_class else "over all categories"
        yield CeilingCurve(
            f"{_METHOD[method]}, {among}", tuple(k.threshold for k in own), tuple(k.recall for k in own)
        )


def _ceiling_categories(c: Comparison) -> Iterator[CategoryCeiling]:
    chosen = next(
        (k for k in c.recall_bounds if (k.method, k.per_class, k.threshold) == ("box", True, 0.5)), None
    )
    if chosen is None:
        return
    lines = [
        CategoryCeiling(name, labels, kept / labels)
        for name, (labels, kept) in zip(c.labels.categories.name, chosen.by_category.tolist(), strict=True)
        if kept < labels
    ]
    yield from sorted(lines, key=lambda line: (line.recall, line.name))


def _proposals(c: Comparison) -> Iterator[str]:
    p = c.proposals
    if p is None:
        return
    recall = ", ".join(f"{format_percent(value)} at IoU {t:g}" for t, value in p.recall.items())
    yield f"{p.n_proposals:,} proposals reach {recall} of {p.n_labels:,} labels."
    yield f"{p.n_holding_several:,} proposals hold several labels."
    one, two = int((p.same_proposal == 1).sum()), int((p.same_proposal == 0).sum())
    yield f"Of the overlapping pairs, {one:,} came from one proposal and {two:,} from two."
    if p.n_unusable:
        yield f"{p.n_unusable:,} proposals have no known image, no box or no score, and were left out."
