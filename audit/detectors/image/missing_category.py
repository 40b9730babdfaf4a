"""A category is missing in one image that nearly all images beside it have.

What it finds
-------------
Annotated images without any annotation of a category that at least ``min_share`` of the other annotated
images have (lower bound of the 95 % Wilson interval). Images are compared with those of their folder, where
it holds more than ``min_images``, else with all. Images without any annotation are left to
`dataset.image_without_annotations`.

Why it matters
--------------
A road scene without a road is nearly always one that somebody forgot to draw, and everything that the model
finds there counts as wrong.

When it is wrong
----------------
The one picture that really has none. An info: only the picture tells.

Example
-------
Image `batch_3/0042.jpg` has no `road`, which 118 of the 119 other images of its folder have.

Reference
---------
Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
"""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.picture_states import shorten_name
from audit.findings.finding import Severity
from audit.findings.rates import wilson_interval
from audit.geometry.sort_keys import sort_unique, stable_argsort
from audit.measure.schema import Measurements

SEVERITY = Severity.INFO
IMPORTANCE = 0.3


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_share: float = option(
        0.9, unit="share", help="least share of the other images that have the category"
    )
    min_images: int = option(40, unit="count", help="least images that one is compared with")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every image without a category that the others have.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : Options
        Of this rule.

    Yields
    ------
    Hit
    """
    image, category = (measurements.instances[name].to_numpy() for name in ("image", "category"))
    is_known = (image >= 0) & (category >= 0)
    if not is_known.any():
        return
    n_categories = len(measurements.categories)
    held = sort_unique(image[is_known] * n_categories + category[is_known])
    held_images, held_categories = np.divmod(held, n_categories)
    annotated = sort_unique(image[image >= 0])
    folders = _compared_folders(measurements, annotated, options.min_images)
    folder_of_image = np.full(len(measurements.images), -1, dtype=np.int64)
    folder_of_image[annotated] = folders
    held_by_folder = _group_rows(folder_of_image[held_images])
    file_names = measurements.images["file_name"].to_numpy()
    names = measurements.categories["name"].tolist()
    for folder, member_rows in _group_rows(folders).items():
        members = annotated[member_rows]
        if len(members) <= options.min_images or folder not in held_by_folder:
            continue
        images_of_folder = held_images[held_by_folder[folder]]
        of_folder = held_categories[held_by_folder[folder]]
        counts = np.bincount(of_folder, minlength=n_categories)
        others = len(members) - 1
        # An image that lacks the category leaves all that have it among the others.
        low, _ = wilson_interval(np.minimum(counts, others), np.full(n_categories, others))
        for row in np.flatnonzero((counts <= others) & (low >= options.min_share)).tolist():
            having = images_of_folder[of_folder == row]
            for image_row in np.setdiff1d(members, having).tolist():
                beside = "" if folder < 0 else " of its folder"
                yield Hit(
                    f"{shorten_name(file_names[image_row])} has no “{names[row]}”, which {counts[row]} of "
                    f"the {others} other annotated images{beside} have.",
                    score=float(low[row]),
                    image=image_row,
                    categories=(row,),
                    evidence={
                        "images_with": int(counts[row]),
                        "of": others,
                        "share": float(counts[row] / others),
                    },
                )


def _group_rows(number: NDArray[np.int64]) -> dict[int, NDArray[np.int64]]:
    """Return the rows that have each number, both in ascending order."""
    order = stable_argsort(number)
    distinct, starts = np.unique(number[order], return_index=True)
    return dict(zip(distinct.tolist(), np.split(order, starts[1:]), strict=True))


def _compared_folders(
    measurements: Measurements, annotated: NDArray[np.int64], min_images: int
) -> NDArray[np.int64]:
    """Number the folders of the annotated images; -1 where a folder is too small to compare with."""
    file_names = measurements.images["file_name"].to_numpy()[annotated].tolist()
    paths = [str(file_name).replace("\\", "/") for file_name in file_names]
    # Many images share what stands before the last slash, and only that is taken apart.
    heads = [path[: path.rfind("/") + 1] for path in paths]
    folder_names = {head: dirname(head) for head in dict.fromkeys(heads)}
    numbers = {name: number for number, name in enumerate(sorted(set(folder_names.values())))}
    if len(numbers) == 1:  # the whole dataset
        return np.full(len(annotated), -1, dtype=np.int64)
    number_of_head = {head: numbers[name] for head, name in folder_names.items()}
    folders = np.fromiter(map(number_of_head.__getitem__, heads), np.int64, len(heads))
    return np.where(np.bincount(folders)[folders] > min_images, folders, -1)
