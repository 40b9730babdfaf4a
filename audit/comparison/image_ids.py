"""Image ids of results that mean other images than the labels' ids do, told by equal boxes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

import numpy as np

from audit.carriers import dataclass
from audit.comparison.comparison_tables import Instances
from audit.dataset.model import FloatArray, Images, IntArray
from audit.geometry.ranges import expand_ranges

MIN_MATCHES = 20
"""Results that must outline a label under another reading of the ids: fewer may be chance."""
PLAIN_SHARE = 0.2
"""Results that outline a label under the ids as they are, as a share of those that do otherwise, from which
on the ids are left alone: in crowded images some always fit."""
KNOWN_SHARE = 0.9
"""Ids that a reading must make known ones."""
MIN_IOU = 0.7
"""Box IoU from which on a result outlines a label."""
_LAST_NUMBER = re.compile(r"(\d{1,18})\D*$")


@dataclass(frozen=True, slots=True)
class ImageReading:
    """How the image ids of results are to be read for most of them to fit."""

    rule: str
    """In words, as the end of "would": ``with +1``."""
    shift: int | None
    """What to add to every id; None where no one number does."""
    tried: int
    """Results that were looked at, the surest."""
    fit: int
    """Of these, how many outline a label as the ids stand."""
    fit_read: int
    """And how many read like this."""

    @property
    def sentence(self) -> str:
        """Say it in one sentence."""
        return (
            f"The results' image ids are not those of the labels: of the {self.tried:,} surest results "
            f"{self.fit:,} outline a label of their image, and {self.rule} {self.fit_read:,} would."
        )


def read_image_ids(
    images: Images,
    labels: tuple[IntArray, FloatArray],
    named_ids: IntArray,
    fit: int,
    place_results: Callable[[Mapping[int, int]], Instances],
) -> ImageReading | None:
    """Find out whether the results' image ids count otherwise than those of the labels.

    Tried are constant shifts, places in the labels' list of images and among their file names in alphabetical
    order, each counted from 0 and from 1, and the last number of the file names.

    Parameters
    ----------
    images : Images
        Of the labels.
    labels : (n,) int64 and (n, 4) float64
        Image and box, xywh, of each label, sorted by image.
    named_ids : (m,) int64
        What the surest results name.
    fit : int
        Of these, how many outline a label as the ids stand.
    place_results : callable
        From a mapping of named ids to ids of the labels to these results, drawn.

    Returns
    -------
    ImageReading or None
        None where the ids fit as they are, or nothing fits better.

    Examples
    --------
    >>> from audit.comparison.measuring import draw_instances
    >>> from audit.testing import dataset, scene
    >>> data = dataset(*[scene(f"{'.' * k}aa...") for k in range(30)])
    >>> drawn = draw_instances(data, scored=False)
    >>> labels = drawn.image, drawn.box
    >>> reading = read_image_ids(data.images, labels, np.arange(30), 0, lambda ids: drawn)
    >>> reading.rule, reading.fit_read
    ('with +1', 30)
    >>> read_image_ids(data.images, labels, np.arange(0), 0, lambda ids: drawn) is None
    True
    """
    best: ImageReading | None = None
    for rule, shift, mapping in list_readings(images, named_ids):
        fit_read = count_outlining(labels, place_results(mapping))
        is_enough = fit_read >= MIN_MATCHES and fit <= PLAIN_SHARE * fit_read
        if is_enough and (best is None or fit_read > best.fit_read):
            best = ImageReading(rule, shift, len(named_ids), fit, fit_read)
    return best


def count_outlining(labels: tuple[IntArray, FloatArray], results: Instances) -> int:
    """Count the results whose box is nearly that of a label of their image.

    Parameters
    ----------
    labels : (n,) int64 and (n, 4) float64
        Image and box of each label, sorted by image.
    results : Instances
    """
    label_image, label_box = labels
    first, end = (np.searchsorted(label_image, results.image, side=side) for side in ("left", "right"))
    a = expand_ranges(first.astype(np.int64), (end - first).astype(np.int64))
    b = np.repeat(np.arange(len(results)), end - first)
    one_box, two_box = label_box[a], results.box[b].astype(np.float64)
    left_top = np.maximum(one_box[:, :2], two_box[:, :2])
    right_bottom = np.minimum(one_box[:, :2] + one_box[:, 2:], two_box[:, :2] + two_box[:, 2:])
    shared = np.maximum(right_bottom - left_top, 0).prod(axis=1)
    union = one_box[:, 2:].prod(axis=1) + two_box[:, 2:].prod(axis=1) - shared
    return len(np.unique(b[(shared >= MIN_IOU * union) & (shared > 0)]))


def list_readings(images: Images, named_ids: IntArray) -> Iterator[tuple[str, int | None, Mapping[int, int]]]:
    """Yield readings under which nearly all ids are known, simple ones first: rule, shift, and the ids.

    Parameters
    ----------
    images : Images
        Of the labels.
    named_ids : (m,) int64

    Examples
    --------
    >>> from audit.testing import dataset, scene
    >>> images = dataset(scene("a", file_name="im_07.png"), scene("a", file_name="im_03.png")).images
    >>> [(rule, dict(ids)) for rule, _, ids in list_readings(images, np.array([3, 7]))]
    [('as the last number of the file name,', {7: 1, 3: 2})]
    >>> [rule for rule, _, _ in list_readings(images, np.array([0, 1]))][:2]
    ['with +1', "as places in the labels' list of images, counted from 0,"]
    """
    known_ids, seen = images.id, np.unique(named_ids)
    if not len(known_ids) or not len(seen):
        return
    shifts = (1, -1, int(known_ids.min()) - int(seen.min()), int(known_ids.max()) - int(seen.max()))
    readings: list[tuple[str, int | None, Mapping[int, int]]] = [
        (f"with {shift:+d}", shift, {named: named + shift for named in seen.tolist()})
        for shift in dict.fromkeys(shifts)
        if shift
    ]
    by_name = [known for _, known in sorted(zip(images.file_name, known_ids.tolist(), strict=True))]
    for what, listed in (
        ("places in the labels' list of images", known_ids.tolist()),
        ("places among the file names in alphabetical order", by_name),
    ):
        for first in (0, 1):
            readings.append((f"as {what}, counted from {first},", None, dict(enumerate(listed, start=first))))
    numbers = (_LAST_NUMBER.search(PurePosixPath(name).stem) for name in images.file_name)
    by_number = {int(n[1]): known for n, known in zip(numbers, known_ids.tolist(), strict=True) if n}
    readings.append(("as the last number of the file name,", None, by_number))
    all_known = set(known_ids.tolist())
    for rule, shift, mapping in readings:
        is_known = [mapping.get(named) in all_known for named in seen.tolist()]
        if np.mean(is_known) >= KNOWN_SHARE:
            yield rule, shift, mapping
