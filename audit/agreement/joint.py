"""All raters at once: joint alpha, who holds it up, which categories are hard, who labels alike."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from audit.agreement.joint_objects import JointObjects, drop_unseen, find_joint_objects
from audit.agreement.krippendorff import ABSENT, MISSING, bootstrap_alpha, krippendorff_alpha
from audit.agreement.label_ceiling import measure_label_ceilings
from audit.agreement.pairwise import Agreement, compare_raters
from audit.agreement.rater_clusters import cluster_raters
from audit.agreement.raters import RaterPanel
from audit.carriers import dataclass
from audit.dataset.model import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class RaterRecord:
    """One rater among all."""

    name: str
    n_pictures: int
    """That at least one other labelled too."""
    n_instances: int
    """In these."""
    vitality: float
    """Joint alpha minus what it is without this rater: above 0 holds it up, below 0 pulls it down; NaN for
    two raters."""
    cluster: int
    """Raters of one number label alike; all 0 where there are no clusters."""
    ceiling: float
    """Mean AP of this rater's labels, judged by each other's; NaN = no picture in common."""


@dataclass(frozen=True, slots=True)
class CategoryRecord:
    """How far raters agree about one category."""

    name: str
    n_objects: int
    """That at least one rater calls so."""
    n_unanimous: int
    """Of these, those that every rater of their picture calls so."""
    alpha: float
    """Krippendorff's alpha of this category against all else, missing included; NaN = nothing to tell."""


@dataclass(frozen=True, slots=True)
class JointAgreement:
    """How far any number of raters agree."""

    alpha: float
    """Krippendorff's alpha of all raters' categories, *missing* being one; NaN = nothing to tell."""
    low: float
    """95 % bootstrap interval over pictures."""
    high: float
    n_pictures: int
    """That at least two raters labelled."""
    n_objects: int
    """In these."""
    n_left_out: int
    """Masks in heaps too large to be told apart."""
    ceiling: float
    """Mean AP of one rater's labels judged by another's, over all pairs in both directions."""
    raters: tuple[RaterRecord, ...]
    categories: tuple[CategoryRecord, ...]
    """The hardest first."""
    pairs: tuple[Agreement, ...]


def measure_agreement(panel: RaterPanel) -> JointAgreement:
    """Measure how far the raters of a panel agree.

    Parameters
    ----------
    panel : RaterPanel

    Returns
    -------
    JointAgreement
        Of the pictures that at least two raters labelled.

    References
    ----------
    Nassar et al., "Assessing data quality of annotations with Krippendorff's alpha for applications in
    computer vision", 2019, for vitality; Krippendorff, "Content analysis", 2018, for the alpha of a category.

    Examples
    --------
    >>> from audit.agreement.raters import raters_of_files
    >>> from audit.testing import dataset, measured, scene
    >>> scenes = [scene(text, file_name="p") for text in ("aa.b", "cc..", "dd.e")]
    >>> agreement = measure_agreement(raters_of_files("ABC", [(dataset(s), measured(s)) for s in scenes]))
    >>> agreement.n_objects, round(agreement.alpha, 3)
    (2, 0.0)
    >>> [round(rater.vitality, 3) for rater in agreement.raters]
    [0.0, nan, 0.0]
    >>> measure_agreement(RaterPanel((), (), ())).alpha
    nan
    """
    raters = panel.raters
    shared = _shared_pictures(panel)
    raters = tuple(rater.take(shared) for rater in raters)
    objects = find_joint_objects(raters)
    alpha = krippendorff_alpha(objects.labels)
    low, high = bootstrap_alpha(objects.labels, objects.picture)
    ceilings = measure_label_ceilings(raters)
    clusters = cluster_raters(_alpha_of_pairs(objects))
    records = tuple(
        RaterRecord(
            rater.name,
            len(rater.pictures),
            len(rater.masks),
            alpha - _alpha_without(objects, number),
            int(clusters[number]),
            _mean_known(ceilings[:, number]),
        )
        for number, rater in enumerate(raters)
    )
    return JointAgreement(
        alpha, low, high, len(shared), len(objects.labels), objects.n_left_out, _mean_known(ceilings),
        records, _judge_categories(objects, panel.categories), compare_raters(raters),
    )  # fmt: skip


def _shared_pictures(panel: RaterPanel) -> IntArray:
    """Return the pictures that at least two raters labelled."""
    n_raters = np.zeros(len(panel.pictures), dtype=np.int64)
    for rater in panel.raters:
        n_raters[rater.pictures] += 1
    return np.flatnonzero(n_raters > 1)


def _alpha_without(objects: JointObjects, column: int) -> float:
    """Return the joint alpha of all raters but one; NaN for two raters."""
    others = np.delete(np.arange(objects.labels.shape[1]), column)
    return krippendorff_alpha(drop_unseen(objects, others).labels)


def _alpha_of_pairs(objects: JointObjects) -> FloatArray:
    """Return alpha of every two raters; 1 where they agree in all, even if there is one category only."""
    n_raters = objects.labels.shape[1]
    alpha = np.ones((n_raters, n_raters))
    for a, b in combinations(range(n_raters), 2):
        labels = drop_unseen(objects, np.array([a, b])).labels
        both = labels[(labels != ABSENT).all(axis=1)]
        agree = len(both) > 0 and bool((both[:, 0] == both[:, 1]).all())
        alpha[a, b] = alpha[b, a] = 1.0 if agree else krippendorff_alpha(labels)
    return alpha


def _judge_categories(objects: JointObjects, names: tuple[str, ...]) -> tuple[CategoryRecord, ...]:
    """Judge every category that occurs, the hardest first."""
    labels = objects.labels
    is_absent = labels == ABSENT
    records = []
    for number in np.unique(labels[labels > MISSING]).tolist():
        is_category = labels == number
        is_called = is_category.any(axis=1)
        is_unanimous = is_called & (is_category | is_absent).all(axis=1)
        binary = np.where(is_absent, ABSENT, is_category.astype(np.int64))
        name = names[number] if number >= 0 else "(unknown)"
        alpha = krippendorff_alpha(binary)
        records.append(CategoryRecord(name, int(is_called.sum()), int(is_unanimous.sum()), alpha))
    return tuple(sorted(records, key=lambda record: (record.n_unanimous / record.n_objects, record.name)))


def _mean_known(values: FloatArray) -> float:
    """Return the mean of what is known; NaN where nothing is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
