"""Which masks of many raters are one object: at most one of each rater, and every two of them alike."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse.csgraph import connected_components

from audit.agreement.krippendorff import ABSENT, MISSING
from audit.agreement.raters import Rater
from audit.carriers import dataclass
from audit.dataset.model import FloatArray, IntArray
from audit.diff.match_masks import MIN_IOU
from audit.measure.cross_pairs import measure_cross_pairs

MAX_HEAP = 1000
"""Masks of one heap that are told apart at most: linkage takes the square of their number."""


@dataclass(frozen=True, slots=True)
class JointObjects:
    """The objects that raters drew, each once."""

    labels: IntArray
    """(objects, raters): the category that each rater gave, `MISSING`, or `ABSENT`."""
    picture: IntArray
    """(objects,) numbers of their pictures."""
    n_left_out: int
    """Masks in heaps of more than `MAX_HEAP`, which are nobody's object."""


def find_joint_objects(raters: Sequence[Rater]) -> JointObjects:
    """Find which masks of the raters are one object.

    Masks of one picture become one object by complete linkage: no two of them belong to one rater, and
    every two have an IoU of at least 0.5. Localization comes first: what an object is called plays no part.

    Parameters
    ----------
    raters : sequence of Rater

    Returns
    -------
    JointObjects
        In the order of their first masks, rater after rater.

    References
    ----------
    Tschirschwitz and Rodehorst, "KaLOS finds consensus: a meta-algorithm for evaluating inter-annotator
    agreement in complex vision tasks", 2026, for localization first and the nominal table.

    Examples
    --------
    >>> from audit.agreement.raters import raters_of_files
    >>> from audit.testing import dataset, measured, scene
    >>> scenes = [scene(text, file_name="p") for text in ("aa.b", "cc..", "dd.e")]
    >>> panel = raters_of_files("ABC", [(dataset(one), measured(one)) for one in scenes])
    >>> find_joint_objects(panel.raters).labels.tolist()
    [[0, 0, 0], [0, -2, 0]]
    >>> find_joint_objects([]).labels.shape
    (0, 0)
    """
    n_masks = np.array([len(rater.masks) for rater in raters], dtype=np.int64)
    first = np.concatenate([[0], np.cumsum(n_masks)])
    rater_of = np.repeat(np.arange(len(raters)), n_masks)
    a, b, iou = _find_alike(raters, first)
    object_of = _link_masks(rater_of, a, b, iou)
    is_left_out = object_of < 0
    kept = np.flatnonzero(~is_left_out)
    _, first_mask, number = np.unique(object_of[kept], return_index=True, return_inverse=True)
    picture_of = np.concatenate([rater.masks.image for rater in raters] or [np.zeros(0, dtype=np.int64)])
    category = np.concatenate([rater.category for rater in raters] or [np.zeros(0, dtype=np.int64)])
    picture = picture_of[kept][first_mask]
    labels = np.full((len(first_mask), len(raters)), ABSENT)
    for column, rater in enumerate(raters):
        labels[np.isin(picture, rater.pictures), column] = MISSING
    labels[number, rater_of[kept]] = category[kept]
    return JointObjects(labels, picture, int(is_left_out.sum()))


def drop_unseen(objects: JointObjects, columns: IntArray) -> JointObjects:
    """Return the objects that at least one of some raters drew, as these raters saw them.

    What only the others drew is no object on whose absence they agree.

    Parameters
    ----------
    objects : JointObjects
    columns : (k,) int64
        Of the raters.

    Examples
    --------
    >>> objects = JointObjects(np.array([[1, MISSING, 1], [1, MISSING, MISSING]]), np.array([0, 0]), 0)
    >>> drop_unseen(objects, np.array([1, 2])).labels.tolist()
    [[-2, 1]]
    """
    labels = objects.labels[:, columns]
    is_seen = ((labels != MISSING) & (labels != ABSENT)).any(axis=1)
    return JointObjects(labels[is_seen], objects.picture[is_seen], objects.n_left_out)


def _find_alike(raters: Sequence[Rater], first: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the pairs of masks of two raters that could be one object; masks are numbered over all."""
    found = []
    for (i, rater_a), (j, rater_b) in combinations(enumerate(raters), 2):
        pairs = measure_cross_pairs(rater_a.masks, rater_b.masks)
        pairs = pairs.take(pairs.iou >= MIN_IOU)
        found.append((pairs.a + first[i], pairs.b + first[j], pairs.iou))
    if not found:
        none = np.zeros(0, dtype=np.int64)
        return none, none, np.zeros(0)
    a, b, iou = (np.concatenate(column) for column in zip(*found, strict=True))
    return a, b, iou


def _link_masks(rater_of: IntArray, a: IntArray, b: IntArray, iou: FloatArray) -> IntArray:
    """Return the number of each mask's object, the smallest of its masks; -1 for those left out."""
    n_masks = len(rater_of)
    object_of = np.arange(n_masks)
    if not len(a):
        return object_of
    graph = sparse.coo_array((np.ones(len(a)), (a, b)), shape=(n_masks, n_masks))
    n_heaps, heap = connected_components(graph, directed=False)
    n_members = np.bincount(heap, minlength=n_heaps)
    n_pairs = np.bincount(heap[a], minlength=n_heaps)
    n_raters = np.bincount(np.unique(heap * (rater_of.max() + 1) + rater_of) // (rater_of.max() + 1))
    # Nearly every heap is one mask of each rater, all alike: nothing to tell apart.
    is_plain = (n_raters == n_members) & (n_pairs == n_members * (n_members - 1) // 2)
    smallest = np.full(n_heaps, n_masks)
    np.minimum.at(smallest, heap, object_of)
    object_of = np.where(is_plain[heap], smallest[heap], -1)
    by_heap = np.argsort(heap, kind="stable")
    heap_ends = np.cumsum(n_members)
    pair_order = np.argsort(heap[a], kind="stable")
    pair_ends = np.cumsum(n_pairs)
    for number in np.flatnonzero(~is_plain & (n_members <= MAX_HEAP)).tolist():
        members = by_heap[heap_ends[number] - n_members[number] : heap_ends[number]]
        pairs = pair_order[pair_ends[number] - n_pairs[number] : pair_ends[number]]
        left, right = np.searchsorted(members, a[pairs]), np.searchsorted(members, b[pairs])
        object_of[members] = members[_cluster_heap(len(members), left, right, iou[pairs])]
    return object_of


def _cluster_heap(n_members: int, a: IntArray, b: IntArray, iou: FloatArray) -> IntArray:
    """Return for each member of a heap the first member of its object."""
    # Masks of one rater, and those that are not alike, are as far apart as can be.
    distance = np.ones((n_members, n_members))
    distance[a, b] = distance[b, a] = 1 - iou
    condensed = distance[np.triu_indices(n_members, 1)]
    cluster = fcluster(linkage(condensed, "complete"), 1 - MIN_IOU, "distance")
    _, first_member, number = np.unique(cluster, return_index=True, return_inverse=True)
    return first_member[number].astype(np.int64)
