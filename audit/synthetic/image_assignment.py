"""Pictures with an error of their own, and pictures that stay clean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audit.carriers import dataclass
from audit.synthetic.cells import CELL, Scene
from audit.synthetic.planted import PlantedError

MIN_PICTURES = 20
"""So many have a clean part, a spoiled part and one picture for every part."""

SIMILAR, UNUSED = 4, 5
"""Ids of the two categories that only the spoiled dataset has."""
EXTRA_CATEGORIES = {SIMILAR: "cells", UNUSED: "mitosis"}


@dataclass(frozen=True, slots=True)
class ImageAssignment:
    """Which picture (by position) plays which part; None: no picture does."""

    crowded: int | None = None
    """Has several times as many instances as the others."""
    copied: int | None = None
    """Appears a second time, as `copy`."""
    copy: int | None = None
    unlabelled: int | None = None
    """Has no annotation at all."""
    missing: int | None = None
    """Has no file."""
    unreadable: int | None = None
    """Has a file that is no picture."""
    shrunk: int | None = None
    """Was saved at half its declared size."""
    rotated: int | None = None
    """Is stored on its side, with an EXIF note that says so."""
    clean: tuple[int, ...] = ()
    """Nothing is wrong with these."""

    @property
    def reserved(self) -> tuple[int, ...]:
        """Pictures whose annotations are left as they are."""
        labels = (self.crowded, self.copied, self.copy, self.unlabelled)
        files = (self.missing, self.unreadable, self.shrunk, self.rotated)
        return (*(number for number in (*labels, *files) if number is not None), *self.clean)


def assign_images(rng: np.random.Generator, n_images: int) -> ImageAssignment:
    """Deal the parts out by chance.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_images : int
        Number of pictures.

    Raises
    ------
    ValueError
        If there are fewer than `MIN_PICTURES`.

    Examples
    --------
    >>> assignment = assign_images(np.random.default_rng(0), 40)
    >>> len(set(assignment.reserved)), len(assignment.clean), assignment.copy
    (16, 8, 39)
    >>> ImageAssignment().reserved
    ()
    """
    if n_images < MIN_PICTURES:
        raise ValueError(f"planted errors need at least {MIN_PICTURES} pictures, not {n_images}")
    shuffled = [int(number) for number in rng.permutation(n_images - 1)]
    crowded, copied, unlabelled, missing, unreadable, shrunk, rotated = shuffled[:7]
    clean_images = tuple(sorted(shuffled[7 : 7 + n_images // 5]))
    return ImageAssignment(
        crowded, copied, n_images - 1, unlabelled, missing, unreadable, shrunk, rotated, clean_images
    )


def list_image_errors(
    assignment: ImageAssignment, file_names: Sequence[str], scenes: Sequence[Scene], similar: Sequence[int]
) -> tuple[PlantedError, ...]:
    """Write down what the assignment means for a scan.

    Parameters
    ----------
    assignment : ImageAssignment
        With every part dealt out.
    file_names : sequence of str
        Of all pictures.
    scenes : sequence of Scene
        Of all pictures.
    similar : sequence of int
        Ids of the annotations that were given the category with the similar name.
    """

    def spoiled(rule: str, image: int | None, note: str) -> PlantedError:
        return PlantedError(rule, None if image is None else file_names[image], note=note)

    n_crowded = len(scenes[assignment.crowded].categories) if assignment.crowded is not None else 0
    original = file_names[assignment.copied] if assignment.copied is not None else ""
    return (
        spoiled(
            "dataset.count_outlier",
            assignment.crowded,
            f"{n_crowded} instances, far more than usual",
        ),
        spoiled("dataset.duplicate_image", assignment.copy, f"the same picture as {original}"),
        spoiled("dataset.image_without_annotations", assignment.unlabelled, "cells, but no annotation"),
        spoiled("image.missing", assignment.missing, "there is no such file"),
        spoiled("image.unreadable", assignment.unreadable, "the file holds a web page"),
        spoiled("image.size_mismatch", assignment.shrunk, "saved at half the declared size"),
        spoiled("image.exif_rotated", assignment.rotated, "stored on its side"),
        PlantedError(
            "dataset.similar_category_names",
            None,
            category_ids=(CELL, SIMILAR),
            note=f"{len(similar)} annotations are 'cells' instead of 'cell'",
        ),
        PlantedError(
            "dataset.unused_category", None, category_ids=(UNUSED,), note="no annotation is a mitosis"
        ),
    )
