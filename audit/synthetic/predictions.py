"""Predictions with a known cause for every two that overlap: made from labels, seeded.

A *site* is one or two labels that a cause is planted at. What is planted is checked against everything
else in the picture, so that no two predictions overlap for another reason than the planted one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from audit.dataset.model import Dataset, IntArray
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.pairs import find_pairs
from audit.geometry.run_intersections import IndexedRuns
from audit.geometry.runs import Runs, take, to_dense
from audit.geometry.shape import areas, boxes
from audit.measure.masks import dataset_runs
from audit.synthetic.encode import Mask, Record, box, compressed
from audit.synthetic.shapes import blob, blurred, cut, half, nearest_part, shifted, spur, union

CAUSES = (
    "gt_overlaps",
    "gt_convention",
    "region_covers_several",
    "object_cut_up",
    "mask_spill",
    "background",
    "nms_blind_spot",
    "nms_threshold",
    "nms_cross_category",
)
"""What is planted, by the names that `maskaudit compare` gives the causes."""

_STRAY = 0.06
"""Share of a prediction that may lie on what does not belong to its site."""
_MOST_BOX_IOU = 0.7
"""What the NMS of the simulated model leaves of one category."""
_LEAST_SHARED = 0.33
"""Share of the smaller prediction that the two of a site have in common at least."""
_LEAST_PX = 120
"""Smaller labels get good predictions only: their pixels are too few for a half or a spur."""


@dataclass(frozen=True, slots=True)
class PlantedCause:
    """Two predictions that overlap, and why."""

    cause: str
    image_id: int
    predictions: tuple[int, int]
    """Positions in the results."""
    annotation_ids: tuple[int, ...]
    """The labels of the site."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """Labels, predictions, and what is known about them."""

    document: Mapping[str, Any]
    """The labels as a COCO document: as given, but for the sites of ``gt_overlaps`` and ``gt_convention``."""
    results: tuple[Record, ...]
    """COCO results with masks and boxes."""
    planted: tuple[PlantedCause, ...]
    merged: tuple[tuple[int, int], ...]
    """(image id, annotation id) of labels that were merged: the sites of ``gt_convention``."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A mask with the window that holds it, so that few pixels are compared."""

    mask: Mask
    top: int
    bottom: int
    left: int
    right: int
    size: int

    @staticmethod
    def of(mask: Mask) -> _Placed:
        x, y, w, h = (int(v) for v in box(mask))
        return _Placed(mask, y, y + h, x, x + w, int(mask.sum()))

    def shared(self, other: _Placed) -> int:
        """Count the pixels that both have."""
        rows = slice(max(self.top, other.top), min(self.bottom, other.bottom))
        columns = slice(max(self.left, other.left), min(self.right, other.right))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return 0
        return int((self.mask[rows, columns] & other.mask[rows, columns]).sum())


@dataclass(slots=True)
class _Picture:
    """One image that is being worked on."""

    rng: np.random.Generator
    masks: dict[int, _Placed]
    """Position of the label to its mask; changed where labels are."""
    labels: Mask
    """Pixels of any label."""
    claimed: Mask
    """Pixels of the predictions made so far."""
    made: list[tuple[str, int, tuple[tuple[_Placed, int, float], ...]]] = field(default_factory=list)
    """Cause, row of the first label, and each prediction's mask, category and score."""
    used: set[int] = field(default_factory=set)
    merged: list[int] = field(default_factory=list)


_Made = list[tuple[Mask, int]]
"""Predictions of a site: mask and row of the category."""


@dataclass(frozen=True, slots=True)
class _Site:
    """What a planter gets: one or two labels, as pixels."""

    rng: np.random.Generator
    one: Mask
    other: Mask
    category: int
    category_other: int
    wrong: int
    """Another category."""
    free: Mask
    """Pixels that belong to no label and no prediction."""


def simulate(labels: Dataset, *, seed: int = 0, most: int = 60) -> Simulated:
    """Make predictions from labels, with all nine causes planted.

    Parameters
    ----------
    labels : Dataset
        Every image needs a usable size.
    seed : int
        Decides everything that looks like chance.
    most : int
        Sites a cause at most.

    Returns
    -------
    Simulated
        Every two predictions that overlap noticeably are in ``planted``. Labels that overlap by
        themselves get one prediction.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> simulate(empty_dataset()).planted
    ()
    """
    rng = np.random.default_rng([seed, len(labels.annotations)])
    stage = _Stage(labels)
    count: Counter[str] = Counter()
    pictures: dict[int, _Picture] = {}
    for image in rng.permutation(stage.images).tolist():
        picture = pictures[image] = stage.picture(image, rng)
        rows = stage.rows(image)
        for _ in range(max(1, len(rows) // 4)):
            for cause in sorted(CAUSES, key=lambda c: (count[c], CAUSES.index(c))):
                if count[cause] < most and _plant(stage, picture, image, cause):
                    count[cause] += 1
                    break
        _add_good_ones(stage, picture, rows)
    return _written(stage, pictures)


class _Stage:
    """The labels, measured once."""

    def __init__(self, labels: Dataset) -> None:
        a = labels.annotations
        self.labels = labels
        rows = np.flatnonzero(a.image >= 0)
        self.row = rows[np.argsort(a.image[rows], kind="stable")]
        image = a.image[self.row]
        self.runs: Runs = dataset_runs(labels, self.row)
        self.area = areas(self.runs)
        self.pairs: MaskPairs = find_pairs(IndexedRuns.of(self.runs), image, boxes(self.runs), self.area)
        self.image: IntArray = image
        self.images = np.unique(image)
        self.crowd = a.iscrowd[self.row]
        self.category = a.category[self.row]

    def rows(self, image: int) -> list[int]:
        """Return the positions of an image's labels, in order."""
        return np.flatnonzero(self.image == image).tolist()

    def picture(self, image: int, rng: np.random.Generator) -> _Picture:
        rows = self.rows(image)
        height, width = (int(v[image]) for v in (self.labels.images.height, self.labels.images.width))
        masks = {
            row: _Placed.of(to_dense(take(self.runs, np.array([row])), height, width)[0]) for row in rows
        }
        anything = np.zeros((height, width), dtype=np.bool_)
        for placed in masks.values():
            anything |= placed.mask
        return _Picture(rng, masks, anything, np.zeros_like(anything))

    def neighbours(self, image: int) -> list[tuple[int, int]]:
        """Return the labels of an image that touch and share (nearly) nothing."""
        p = self.pairs
        little = p.intersection <= 0.02 * np.minimum(p.area_a, p.area_b)
        ratio = p.area_a / np.maximum(p.area_b, 1)
        fine = (self.image[p.a] == image) & little & (ratio > 0.4) & (ratio < 2.5)
        return list(zip(p.a[fine].tolist(), p.b[fine].tolist(), strict=True))

    def tangled(self, row: int) -> bool:
        """Say whether a label overlaps another one noticeably."""
        p = self.pairs
        hit = ((p.a == row) | (p.b == row)) & (p.intersection > 0.02 * np.minimum(p.area_a, p.area_b))
        return bool(hit.any())


def _plant(stage: _Stage, picture: _Picture, image: int, cause: str) -> bool:
    """Try to plant a cause somewhere in a picture; say whether it worked."""
    sites = stage.neighbours(image) if cause in _PAIRED else [(row, row) for row in picture.masks]
    for k in picture.rng.permutation(len(sites))[:12].tolist():
        one, other = sites[k] if picture.rng.random() < 0.5 else sites[k][::-1]
        if _fits(stage, picture, one, other, cause) and _plant_at(stage, picture, one, other, cause):
            return True
    return False


def _fits(stage: _Stage, picture: _Picture, one: int, other: int, cause: str) -> bool:
    for row in (one, other):
        if cause == "background":
            continue
        small = stage.area[row] < _LEAST_PX
        if row in picture.used or stage.crowd[row] or small or stage.category[row] < 0 or stage.tangled(row):
            return False
    return cause != "gt_convention" or bool(stage.category[one] == stage.category[other])


def _plant_at(stage: _Stage, picture: _Picture, one: int, other: int, cause: str) -> bool:
    many = max(len(stage.labels.categories), 2)
    site = _Site(
        picture.rng,
        picture.masks[one].mask,
        picture.masks[other].mask,
        int(stage.category[one]),
        int(stage.category[other]),
        int((max(stage.category[one], 0) + picture.rng.integers(1, many)) % many),
        ~(picture.labels | picture.claimed),
    )
    drawn = _PLANTERS[cause](site)
    if drawn is None:
        return False
    made, changed = drawn
    own = site.one | site.other if cause != "background" else np.zeros_like(site.one)
    for mask in changed.values():
        own = own | mask
    foreign = (picture.labels & ~own) | picture.claimed
    if any((mask & foreign).sum() > _STRAY * mask.sum() for mask, _ in made) or _same_boxes(made):
        return False
    placed = [_Placed.of(mask) for mask, _ in made]
    if placed[0].shared(placed[1]) < _LEAST_SHARED * min(p.size for p in placed):
        return False
    if any(_covers_foreign(picture, mask, (one, other)) for mask in placed):
        return False
    scores = picture.rng.uniform(0.75, 0.98), picture.rng.uniform(0.45, 0.75)
    scored = tuple((mask, c, s) for mask, (_, c), s in zip(placed, made, scores, strict=True))
    picture.made.append((cause, one, scored))
    for mask, _ in made:
        picture.claimed |= mask
    _change(picture, cause, one, other, changed)
    return True


def _same_boxes(made: _Made) -> bool:
    """Say whether any model's NMS would have removed one of two predictions."""
    (one, category), (other, category_other) = ((box(mask), c) for mask, c in made)
    (x, y, w, h), (u, v, a, b) = one, other
    shared = max(min(x + w, u + a) - max(x, u), 0) * max(min(y + h, v + b) - max(y, v), 0)
    return category == category_other and shared > _MOST_BOX_IOU * (w * h + a * b - shared)


def _covers_foreign(picture: _Picture, mask: _Placed, site: tuple[int, int]) -> bool:
    """Say whether a prediction covers a noticeable part of a label or prediction of another site."""
    others = [other for row, other in picture.masks.items() if row not in site]
    others += [other for _, _, made in picture.made for other, _, _ in made]
    return any(mask.shared(other) > 0.2 * other.size for other in others)


def _change(picture: _Picture, cause: str, one: int, other: int, changed: Mapping[str, Mask]) -> None:
    if cause != "background":
        picture.used |= {one, other}
    if "one" in changed:
        picture.masks[one] = _Placed.of(changed["one"])
        picture.labels |= changed["one"]
    if cause == "gt_convention":
        del picture.masks[other]
        picture.merged.append(one)


def _add_good_ones(stage: _Stage, picture: _Picture, rows: list[int]) -> None:
    """Predict every label that is left, unless the prediction would overlap another one."""
    for row in rows:
        if row in picture.used or stage.crowd[row] or stage.category[row] < 0 or stage.area[row] == 0:
            continue
        mask = _Placed.of(blurred(picture.rng, picture.masks[row].mask))
        earlier = (other for _, _, made in picture.made for other, _, _ in made)
        if mask.size and all(mask.shared(o) <= _STRAY * min(mask.size, o.size) for o in earlier):
            score = float(picture.rng.uniform(0.6, 0.99))
            picture.made.append(("", row, ((mask, int(stage.category[row]), score),)))
            picture.claimed |= mask.mask


_Drawn = tuple[_Made, dict[str, Mask]] | None
"""Two predictions, and the labels that are changed; None where the site does not suit."""


def _gt_overlaps(s: _Site) -> _Drawn:
    wider = s.one | nearest_part(s.one, s.other, 0.48)
    return [(blurred(s.rng, wider), s.category), (blurred(s.rng, s.other), s.category_other)], {"one": wider}


def _gt_convention(s: _Site) -> _Drawn:
    whole = union(s.one, s.other)
    smaller = s.one if s.one.sum() <= s.other.sum() else s.other
    if not 0.2 < smaller.sum() / whole.sum() < 0.47:
        return None
    return [(blurred(s.rng, whole), s.category), (blurred(s.rng, smaller), s.category)], {"one": whole}


def _region_covers_several(s: _Site) -> _Drawn:
    whole = union(s.one, s.other)
    return [(blurred(s.rng, whole), s.category), (blurred(s.rng, s.one), s.category)], {}


def _object_cut_up(s: _Site) -> _Drawn:
    if s.rng.random() < 0.4:
        parts = half(s.rng, s.one, 0.46)
        return [(part, s.category) for part in parts], {}
    return [(blurred(s.rng, s.one), s.category), (cut(s.rng, s.one, 0.36), s.category)], {}


def _mask_spill(s: _Site) -> _Drawn:
    leak = s.one | nearest_part(s.one, s.other, 0.41)
    return [(leak, s.category), (blurred(s.rng, s.other), s.category_other)], {}


def _background(s: _Site) -> _Drawn:
    found = blob(s.rng, s.free, max(int(s.one.sum()), 200))
    if found is None:
        return None
    moved = shifted(s.rng, found, 0.6)
    return None if moved is None else ([(found, max(s.category, 0)), (moved, max(s.category, 0))], {})


def _nms_blind_spot(s: _Site) -> _Drawn:
    mask = spur(s.rng, s.one, s.free)
    return None if mask is None else ([(blurred(s.rng, s.one), s.category), (mask, s.category)], {})


def _nms_threshold(s: _Site) -> _Drawn:
    moved = shifted(s.rng, s.one, 0.67)
    return None if moved is None else ([(s.one, s.category), (moved, s.category)], {})


def _nms_cross_category(s: _Site) -> _Drawn:
    return [(blurred(s.rng, s.one), s.category), (blurred(s.rng, s.one), s.wrong)], {}


_PAIRED = frozenset({"gt_overlaps", "gt_convention", "region_covers_several", "mask_spill"})
_PLANTERS: Mapping[str, Callable[[_Site], _Drawn]] = {
    "gt_overlaps": _gt_overlaps,
    "gt_convention": _gt_convention,
    "region_covers_several": _region_covers_several,
    "object_cut_up": _object_cut_up,
    "mask_spill": _mask_spill,
    "background": _background,
    "nms_blind_spot": _nms_blind_spot,
    "nms_threshold": _nms_threshold,
    "nms_cross_category": _nms_cross_category,
}


def _written(stage: _Stage, pictures: Mapping[int, _Picture]) -> Simulated:
    """Put the COCO document, the results and the answers together, in the order of the images."""
    d = stage.labels
    ids = d.categories.id.tolist()
    names = list(d.categories.name)
    if len(ids) == 1:  # two categories are needed to mistake one for the other
        ids, names = [*ids, ids[0] + 1], [*names, "other"]
    annotations: list[Record] = []
    results: list[Record] = []
    planted: list[PlantedCause] = []
    merged: list[tuple[int, int]] = []
    for image in sorted(pictures):
        picture, image_id = pictures[image], int(d.images.id[image])
        for row, placed in sorted(picture.masks.items()):
            category, mask = int(stage.category[row]), placed.mask
            annotations.append(
                {
                    "id": int(stage.row[row]) + 1,
                    "image_id": image_id,
                    "category_id": ids[category] if category >= 0 else -1,
                    "segmentation": compressed(mask),
                    "area": int(mask.sum()),
                    "bbox": box(mask),
                    "iscrowd": int(stage.crowd[row]),
                }
            )
        merged += [(image_id, int(stage.row[row]) + 1) for row in picture.merged]
        for cause, row, predictions in picture.made:
            first = len(results)
            for placed, category, score in predictions:
                results.append(
                    {
                        "image_id": image_id,
                        "category_id": ids[category],
                        "score": round(float(score), 4),
                        "bbox": box(placed.mask),
                        "segmentation": compressed(placed.mask),
                    }
                )
            if cause:
                label = () if cause == "background" else (int(stage.row[row]) + 1,)
                planted.append(PlantedCause(cause, image_id, (first, first + 1), label))
    document = {
        "images": [
            {"id": int(d.images.id[i]), "file_name": name, "height": int(h), "width": int(w)}
            for i, (name, h, w) in enumerate(
                zip(d.images.file_name, d.images.height, d.images.width, strict=True)
            )
        ],
        "annotations": annotations,
        "categories": [{"id": i, "name": name} for i, name in zip(ids, names, strict=True)],
    }
    return Simulated(document, tuple(results), tuple(planted), tuple(merged))


def write_simulated(made: Simulated, folder: Path) -> tuple[Path, Path]:
    """Write labels, predictions and what was planted into an existing folder.

    Parameters
    ----------
    made : Simulated
    folder : Path
        Gets ``instances.json``, ``predictions.json`` and ``planted_causes.json``.

    Returns
    -------
    labels, predictions : Path
    """
    labels, predictions = folder / "instances.json", folder / "predictions.json"
    labels.write_bytes(msgspec.json.encode(made.document) + b"\n")
    predictions.write_bytes(msgspec.json.encode(list(made.results)) + b"\n")
    answers = msgspec.json.format(msgspec.json.encode(list(made.planted)), indent=1)
    (folder / "planted_causes.json").write_bytes(answers + b"\n")
    return labels, predictions
