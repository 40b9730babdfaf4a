"""Planting errors into a dataset: merges, splits, duplicates, overlaps, shifts, drops."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from audit.dataset.model import Dataset
from audit.dataset.shard import shards
from audit.geometry.candidate_box_pairs import close_boxes
from audit.geometry.runs import take, to_dense
from audit.geometry.shape import boxes
from audit.measure.masks import dataset_runs
from audit.synthetic.crops import EIGHT, Crop, connected, joined, near, window_of
from audit.synthetic.truth import Merge, Split, Spoiled, Truth

KINDS = ("merges", "splits", "duplicates", "overlaps", "shifts", "drops")
MAX_GAP, MIN_RATIO, MIN_AREA, MIN_CONTACT = 1, 0.1, 30, 3
"""What makes two masks a touching pair that could be one object."""
_REACH, _ALONE, _TRIES = MAX_GAP + 1, 3, 12
_CUT_SHARE = 0.15


@dataclass(slots=True)
class _Item:
    """One annotation while it is being planted into."""

    image: int
    category: int
    crop: Crop
    source_ids: list[int]
    crowd: bool = False
    tag: tuple[str, int] | None = None
    """Kind of error and its number; None = as it was."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A dataset with errors: COCO content and the answers."""

    coco: dict[str, object] = field(default_factory=dict)
    truth: Truth = field(default_factory=lambda: Truth({}, [], [], []))


def plant(dataset: Dataset, *, rate: float, seed: int, kinds: Sequence[str] = KINDS) -> Planted:
    """Plant errors of each kind into a share of what lends itself to it.

    Merges are planted on touching pairs, splits on instances that stand alone, overlaps on touching
    pairs that are left, the others on instances that stand alone and are left. An instance takes part in
    one error at most. Ids and their order are drawn anew, so that they give nothing away.

    Parameters
    ----------
    dataset : Dataset
    rate : float
        0 to 1.
    seed : int
    kinds : sequence of str
        Of `KINDS`.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> plant(empty_dataset(), rate=0.1, seed=0).truth.merges
    []
    """
    rng = np.random.default_rng(seed)
    items = _items(dataset)
    pairs, alone = _eligible(items)
    planting = _Planting(dataset, items, pairs, alone, rng)
    for kind in KINDS:
        if kind in kinds:
            planting.plant(kind, rate)
    return planting.result({"rate": rate, "seed": seed, "kinds": list(kinds)})


def _items(dataset: Dataset) -> list[_Item]:
    """Cut every mask out, image by image; annotations without a mask are left out."""
    items = []
    for shard in shards(dataset, 500):
        runs = dataset_runs(dataset, shard.rows)
        box = boxes(runs)
        for k, row in enumerate(shard.rows.tolist()):
            x, y, w, h = box[k].tolist()
            if w == 0:
                continue
            one = take(runs, np.array([k]))
            one.x[:] -= x
            one.y0[:] -= y
            one.y1[:] -= y
            crop = Crop(to_dense(one, h, w)[0], y, x)
            identity, crowd = int(dataset.annotations.id[row]), bool(shard.iscrowd[k])
            items.append(_Item(int(shard.image[k]), int(shard.category[k]), crop, [identity], crowd))
    return items


def _close(items: list[_Item], reach: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (position, position, gap, contact) of every two masks of an image that come close."""
    if not items:
        return
    image = np.array([item.image for item in items])
    box = np.array([(i.crop.x, i.crop.y, i.crop.mask.shape[1], i.crop.mask.shape[0]) for i in items])
    for a, b in close_boxes(image, box, reach):
        for i, j in zip(a.tolist(), b.tolist(), strict=True):
            one, other = min(i, j), max(i, j)
            if items[one].crowd or items[other].crowd:
                continue
            gap, contact = near(items[one].crop, items[other].crop, reach)
            if gap < reach:
                yield one, other, gap, contact


def _fits(one: _Item, other: _Item, gap: int, contact: int) -> bool:
    """Say whether two masks could be one object."""
    small, large = sorted((one.crop.area, other.crop.area))
    alike = one.category == other.category and small >= MIN_AREA and small / large >= MIN_RATIO
    return alike and gap >= 0 and contact >= MIN_CONTACT


def _eligible(items: list[_Item]) -> tuple[list[tuple[int, int]], list[int]]:
    close = {i for pair in _close(items, _ALONE) for i in pair[:2]}
    pairs = sorted((i, j) for i, j, gap, n in _close(items, _REACH) if _fits(items[i], items[j], gap, n))
    alone = [
        i
        for i, item in enumerate(items)
        if i not in close and not item.crowd and item.crop.area >= 3 * MIN_AREA and connected(item.crop.mask)
    ]
    return pairs, alone


class _Planting:
    """Errors planted one kind after the other; what one kind used, no other touches."""

    def __init__(
        self,
        dataset: Dataset,
        items: list[_Item],
        pairs: list[tuple[int, int]],
        alone: list[int],
        rng: np.random.Generator,
    ) -> None:
        self.dataset, self.items, self.pairs, self.alone, self.rng = dataset, items, pairs, alone, rng
        self.used: set[int] = set()
        self.gone: set[int] = set()
        self.added: list[_Item] = []
        self.dropped: list[int] = []
        self.number = 0
        self.of_image: dict[int, list[int]] = {}
        for k, item in enumerate(items):
            self.of_image.setdefault(item.image, []).append(k)

    def plant(self, kind: str, rate: float) -> None:
        on_pairs = kind in ("merges", "overlaps")
        pool: list[tuple[int, ...]] = [*self.pairs] if on_pairs else [(i,) for i in self.alone]
        wanted, done = round(rate * len(pool)), 0
        for k in self.rng.permutation(len(pool)).tolist():
            if done >= wanted:
                break
            if self.used & set(pool[k]):
                continue
            if getattr(self, f"_{kind}")(*pool[k]):
                self.used |= set(pool[k])
                self.number += 1
                done += 1

    def _size(self, item: _Item) -> tuple[int, int]:
        images = self.dataset.images
        return int(images.height[item.image]), int(images.width[item.image])

    def _add(self, like: _Item, crop: Crop, tag: str, source_ids: list[int]) -> None:
        self.added.append(_Item(like.image, like.category, crop, source_ids, tag=(tag, self.number)))

    def _merges(self, i: int, j: int) -> bool:
        one, other = self.items[i], self.items[j]
        others = [self.items[k].crop for k in self.of_image[one.image] if k not in (i, j)]
        union = joined([one.crop, other.crop], others, *self._size(one))
        self._add(one, union, "merges", one.source_ids + other.source_ids)
        self.gone |= {i, j}
        return True

    def _splits(self, i: int) -> bool:
        item = self.items[i]
        parts = cut(item.crop, self.rng)
        if parts is None:
            return False
        for part in parts:
            self._add(item, part, "splits", item.source_ids)
        self.gone.add(i)
        return True

    def _duplicates(self, i: int) -> bool:
        item = self.items[i]
        down, right = self.rng.integers(-1, 2, 2).tolist()
        copy = Crop(item.crop.mask, item.crop.y + down, item.crop.x + right).clipped(*self._size(item))
        item.tag = ("duplicates", self.number)
        self._add(item, copy, "duplicates", item.source_ids)
        return True

    def _overlaps(self, i: int, j: int) -> bool:
        """Grow one mask over the other by a quarter of the smaller one's diameter."""
        one, other = self.items[i], self.items[j]
        moves = max(3, round(0.25 * math.sqrt(min(one.crop.area, other.crop.area))))
        window = window_of([one.crop], moves)
        grown = ndimage.binary_dilation(one.crop.within(*window), EIGHT, iterations=moves)
        whole = one.crop.within(*window) | (grown & other.crop.within(*window))
        one.crop = Crop.of(whole, window[0], window[1])
        one.tag = other.tag = ("overlaps", self.number)
        return True

    def _shifts(self, i: int) -> bool:
        """Move a mask by a sixth of its diameter, at least 3 px, anywhere but out of the image."""
        item = self.items[i]
        far = max(3.0, math.sqrt(item.crop.area) / 6)
        angle = self.rng.uniform(0, 2 * math.pi)
        down, right = round(far * math.sin(angle)), round(far * math.cos(angle))
        moved = Crop(item.crop.mask, item.crop.y + down, item.crop.x + right).clipped(*self._size(item))
        if moved.area < MIN_AREA:
            return False
        item.crop, item.tag = moved, ("shifts", self.number)
        return True

    def _drops(self, i: int) -> bool:
        self.gone.add(i)
        self.dropped.append(self.items[i].image)
        return True

    def result(self, params: dict[str, object]) -> Planted:
        kept = [item for k, item in enumerate(self.items) if k not in self.gone] + self.added
        ids = (self.rng.permutation(len(kept)) + 1).tolist()
        order = sorted(range(len(kept)), key=ids.__getitem__)
        items, ids = [kept[k] for k in order], sorted(ids)
        return Planted(self._coco(items, ids), self._truth(items, ids, params))

    def _coco(self, items: list[_Item], ids: list[int]) -> dict[str, object]:
        images, categories = self.dataset.images, self.dataset.categories
        records = []
        for identity, item in zip(ids, items, strict=True):
            height, width = self._size(item)
            y0, x0, y1, x1 = item.crop.box
            known = item.category >= 0
            records.append(
                {
                    "id": identity,
                    "image_id": int(images.id[item.image]),
                    "category_id": int(categories.id[item.category]) if known else -1,
                    "iscrowd": int(item.crowd),
                    "area": item.crop.area,
                    "bbox": [x0, y0, x1 - x0, y1 - y0],
                    "segmentation": {"size": [height, width], "counts": item.crop.counts(height, width)},
                }
            )
        return {
            "images": [
                {
                    "id": int(images.id[k]),
                    "file_name": images.file_name[k],
                    "height": int(images.height[k]),
                    "width": int(images.width[k]),
                }
                for k in range(len(images))
            ],
            "categories": [
                {"id": int(categories.id[k]), "name": categories.name[k]} for k in range(len(categories))
            ],
            "annotations": records,
        }

    def _truth(self, items: list[_Item], ids: list[int], params: dict[str, object]) -> Truth:
        image_id = [int(self.dataset.images.id[item.image]) for item in items]
        errors: dict[tuple[str, int], list[int]] = {}
        for k, item in enumerate(items):
            if item.tag is not None:
                errors.setdefault(item.tag, []).append(k)
        merges, splits, spoiled = [], [], []
        for (kind, _), rows in sorted(errors.items()):
            mine, where = [ids[k] for k in rows], image_id[rows[0]]
            if kind == "merges":
                merges.append(Merge(mine[0], where, items[rows[0]].source_ids))
            elif kind == "splits":
                splits.append(Split((mine[0], mine[1]), where, items[rows[0]].source_ids[0]))
            else:
                spoiled.append(Spoiled(kind, mine, where))
        spoiled += [Spoiled("drops", [], int(self.dataset.images.id[k])) for k in self.dropped]
        touching = [
            (
                ids[i],
                ids[j],
                image_id[i],
                gap,
                n,
                *_ratio(items[i], items[j]),
                int(_fits(items[i], items[j], gap, n)),
            )
            for i, j, gap, n in sorted(_close(items, _REACH))
            if items[i].category == items[j].category
        ]
        labelled = [k for k, item in enumerate(items) if not item.crowd]
        return Truth(
            {str(ids[k]): image_id[k] for k in labelled},
            merges,
            splits,
            touching,
            spoiled,
            params=params,
            source_ids={str(ids[k]): items[k].source_ids for k in labelled},
        )


def _ratio(one: _Item, other: _Item) -> tuple[float]:
    small, large = sorted((one.crop.area, other.crop.area))
    return (round(small / max(large, 1), 4),)


def cut(crop: Crop, rng: np.random.Generator) -> tuple[Crop, Crop] | None:
    """Cut a mask in two across its longer axis: off centre, half the time in a wave, some with a slit.

    The cut's normal is the longer axis turned by N(0, 20 degrees); it passes within a fifth of the length
    of the centre. Both parts are connected, hold at least 15 % of the area, and touch.

    Returns
    -------
    (Crop, Crop) or None
        None where no try succeeded.

    Examples
    --------
    >>> parts = cut(Crop.of(np.ones((10, 30), dtype=bool)), np.random.default_rng(0))
    >>> [part.area >= 45 for part in parts]
    [True, True]
    >>> cut(Crop.of(np.ones((2, 2), dtype=bool)), np.random.default_rng(0)) is None
    True
    """
    if crop.area < 2 * MIN_AREA:
        return None
    rows, columns = np.nonzero(crop.mask)
    spread, axes = np.linalg.eigh(np.cov(np.stack([columns, rows])) + np.eye(2) / 12)
    longer = axes[:, np.argmax(spread)]
    for _ in range(_TRIES):
        angle = math.atan2(longer[1], longer[0]) + math.radians(rng.normal(0, 20))
        across = (columns - columns.mean()) * math.cos(angle) + (rows - rows.mean()) * math.sin(angle)
        along = (rows - rows.mean()) * math.cos(angle) - (columns - columns.mean()) * math.sin(angle)
        length = float(np.ptp(across)) + 1
        place = np.full(len(rows), rng.uniform(-0.2, 0.2) * length)
        if rng.random() < 0.5:
            swing, period = rng.uniform(0.02, 0.07) * length, rng.uniform(0.8, 2.0) * length
            place += swing * np.sin(2 * math.pi * along / period + rng.uniform(0, 2 * math.pi))
        part = np.zeros_like(crop.mask)
        part[rows, columns] = across < place
        rest = crop.mask & ~part
        if rng.random() < 0.25:
            rest &= ~ndimage.binary_dilation(part, EIGHT)
        small, large = sorted((int(part.sum()), int(rest.sum())))
        if small < max(_CUT_SHARE * crop.area, MIN_AREA) or not (connected(part) and connected(rest)):
            continue
        one, other = Crop.of(part, crop.y, crop.x), Crop.of(rest, crop.y, crop.x)
        gap, contact = near(one, other, _REACH)
        if 0 <= gap <= MAX_GAP and contact >= MIN_CONTACT and small >= MIN_RATIO * large:
            return one, other
    return None
