"""Who labelled which pictures, and what: groups of one dataset, or several files of the same pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import Dataset, IntArray
from audit.dataset.shard import instance_order
from audit.measure.cross_pairs import MaskSet
from audit.measure.schema import Measurements

MAX_RATERS = 30
"""Raters that are compared with each other at most: those with the most pictures."""
NO_CATEGORY = -1
"""Of annotations whose category the file does not list."""


@dataclass(frozen=True, slots=True)
class Rater:
    """A person, or whatever else made labels of its own."""

    name: str
    masks: MaskSet
    """Sorted by picture; ``masks.image`` is the number of the picture."""
    category: IntArray
    """(n,) numbers of category names, alike for all raters; `NO_CATEGORY` where there is none."""
    pictures: IntArray
    """Numbers of the pictures that the rater labelled, ascending; one may be without objects."""

    def take(self, pictures: IntArray) -> Rater:
        """Return the rater as if some pictures were all.

        Parameters
        ----------
        pictures : (k,) int64
        """
        kept = np.flatnonzero(np.isin(self.masks.image, pictures))
        masks = MaskSet.of(self.masks.dataset, self.masks.row[kept], self.masks.image[kept])
        return Rater(self.name, masks, self.category[kept], np.intersect1d(self.pictures, pictures))


@dataclass(frozen=True, slots=True)
class RaterPanel:
    """Raters of the same pictures, with what their numbers mean."""

    raters: tuple[Rater, ...]
    """Sorted by name."""
    pictures: tuple[str, ...]
    """File names."""
    categories: tuple[str, ...]


def raters_of_groups(
    instance_groups: NDArray[np.object_],
    image_groups: NDArray[np.object_],
    data: Dataset,
    measurements: Measurements,
    no_group: str,
) -> RaterPanel:
    """Take the groups of one dataset as raters.

    Parameters
    ----------
    instance_groups : (instances,) object
        Name of the group of each row of the instances table.
    image_groups : (images,) object
        The same of the images; an image without objects was labelled by its group, too.
    data : Dataset
    measurements : Measurements
        Of the dataset.
    no_group : str
        Name of those that have none: no rater.

    Returns
    -------
    RaterPanel
        Pictures are the same where their file names are.

    Examples
    --------
    >>> from audit.testing import dataset, measured, scene
    >>> scenes = scene("aa.b", file_name="p"), scene("cc..", file_name="p")
    >>> groups = np.array(["A", "A", "B"], object), np.array(["A", "B"], object)
    >>> panel = raters_of_groups(*groups, dataset(*scenes), measured(*scenes), "")
    >>> [(rater.name, len(rater.masks), rater.pictures.tolist()) for rater in panel.raters]
    [('A', 2, [0]), ('B', 1, [0])]
    >>> none = np.array([], dtype=object)
    >>> raters_of_groups(none, none, dataset(), measured(), "").raters
    ()
    """
    file_names, picture = _number_names(measurements.images["file_name"].tolist())
    categories, category = _number_names(measurements.categories["name"].tolist())
    image_row = measurements.instances["image"].to_numpy()
    with_image = image_row >= 0
    groups = [*image_groups.tolist(), *instance_groups[with_image].tolist()]
    numbers = [*picture.tolist(), *picture[image_row[with_image]].tolist()]
    pictures: dict[str, set[int]] = {}
    for name, number in zip(groups, numbers, strict=True):
        if name != no_group:
            pictures.setdefault(name, set()).add(number)
    raters = []
    for name in _most_pictures(pictures):
        seen = np.array(sorted(pictures[name]), dtype=np.int64)
        rows = np.flatnonzero(instance_groups == name)
        raters.append(_make_rater(name, rows, seen, picture, category, data, measurements))
    return RaterPanel(tuple(raters), tuple(file_names), tuple(categories))


def raters_of_files(names: Sequence[str], files: Sequence[tuple[Dataset, Measurements]]) -> RaterPanel:
    """Take several files of the same pictures as raters.

    Parameters
    ----------
    names : sequence of str
        Of the raters, one a file, each another.
    files : sequence of Dataset and Measurements

    Returns
    -------
    RaterPanel
        Pictures are the same where their file names are, categories where their names are.

    Examples
    --------
    >>> from audit.testing import dataset, measured, scene
    >>> scenes = scene("aa.b", file_name="p"), scene("cc..", file_name="p")
    >>> panel = raters_of_files("AB", [(dataset(one), measured(one)) for one in scenes])
    >>> [(rater.name, len(rater.masks), rater.pictures.tolist()) for rater in panel.raters]
    [('A', 2, [0]), ('B', 1, [0])]
    >>> raters_of_files([], []).raters
    ()
    """
    file_names, picture = _number_names(
        [name for _, measurements in files for name in measurements.images["file_name"].tolist()]
    )
    categories, category = _number_names(
        [name for _, measurements in files for name in measurements.categories["name"].tolist()]
    )
    image_ends = np.cumsum([len(measurements.images) for _, measurements in files], dtype=np.int64)
    category_ends = np.cumsum([len(measurements.categories) for _, measurements in files], dtype=np.int64)
    order = sorted(range(len(files)), key=lambda number: names[number])
    raters = []
    for number in order:
        data, measurements = files[number]
        file_picture = picture[image_ends[number] - len(measurements.images) : image_ends[number]]
        file_category = category[category_ends[number] - len(measurements.categories) : category_ends[number]]
        rows = np.arange(len(measurements.instances))
        raters.append(
            _make_rater(
                names[number], rows, np.unique(file_picture), file_picture, file_category, data, measurements
            )
        )
    return RaterPanel(tuple(raters), tuple(file_names), tuple(categories))


def _number_names(names: Sequence[str]) -> tuple[list[str], IntArray]:
    """Number names in the order in which they first occur."""
    numbers: dict[str, int] = {}
    numbered = [numbers.setdefault(name, len(numbers)) for name in names]
    return list(numbers), np.array(numbered, dtype=np.int64)


def _most_pictures(pictures: Mapping[str, set[int]]) -> list[str]:
    """Return the raters with the most pictures, sorted by name."""
    return sorted(sorted(pictures, key=lambda name: (-len(pictures[name]), name))[:MAX_RATERS])


def _make_rater(
    name: str,
    rows: IntArray,
    seen: IntArray,
    picture: IntArray,
    category: IntArray,
    data: Dataset,
    measurements: Measurements,
) -> Rater:
    """Gather those rows of the instances table that have pixels and a picture."""
    instances = measurements.instances
    image_row = instances["image"].to_numpy()[rows]
    usable = (instances["mask_hash"].to_numpy()[rows] != 0) & (image_row >= 0)
    rows, number = rows[usable], picture[image_row[usable]]
    by_picture = np.argsort(number, kind="stable")
    rows, number = rows[by_picture], number[by_picture]
    category_row = instances["category"].to_numpy()[rows]
    known = np.append(category, NO_CATEGORY)
    masks = MaskSet.of(data, instance_order(data)[rows], number)
    return Rater(name, masks, known[np.where(category_row >= 0, category_row, len(category))], seen)
