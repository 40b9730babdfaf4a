"""Pictures with an error of their own, and pictures that stay clean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audit.synthetic.cells import CELL, Scene
from audit.synthetic.planted import Planted

LEAST_PICTURES = 20
"""So many have a clean part, a spoiled part and one picture for every role."""

SIMILAR, UNUSED = 4, 5
"""Ids of the two categories that only the spoiled dataset has."""
EXTRA_CATEGORIES = {SIMILAR: "cells", UNUSED: "mitosis"}


@dataclass(frozen=True, slots=True)
class Roles:
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
        return (*(i for i in (*labels, *files) if i is not None), *self.clean)


def choose_roles(rng: np.random.Generator, images: int) -> Roles:
    """Deal the roles out by chance.

    Raises
    ------
    ValueError
        If there are fewer than `LEAST_PICTURES`.

    Examples
    --------
    >>> roles = choose_roles(np.random.default_rng(0), 40)
    >>> len(set(roles.reserved)), len(roles.clean), roles.copy
    (16, 8, 39)
    >>> Roles().reserved
    ()
    """
    if images < LEAST_PICTURES:
        raise ValueError(f"planted errors need at least {LEAST_PICTURES} pictures, not {images}")
    order = [int(i) for i in rng.permutation(images - 1)]
    crowded, copied, unlabelled, missing, unreadable, shrunk, rotated = order[:7]
    clean = tuple(sorted(order[7 : 7 + images // 5]))
    return Roles(crowded, copied, images - 1, unlabelled, missing, unreadable, shrunk, rotated, clean)


def planted_roles(
    roles: Roles, file_names: Sequence[str], scenes: Sequence[Scene], similar: Sequence[int]
) -> tuple[Planted, ...]:
    """Write down what the roles mean for a scan.

    Parameters
    ----------
    roles : Roles
        With every role dealt out.
    file_names : sequence of str
        Of all pictures.
    scenes : sequence of Scene
        Of all pictures.
    similar : sequence of int
        Ids of the annotations that were given the category with the similar name.
    """

    def of(rule: str, image: int | None, note: str) -> Planted:
        return Planted(rule, None if image is None else file_names[image], note=note)

    crowd = len(scenes[roles.crowded].categories) if roles.crowded is not None else 0
    original = file_names[roles.copied] if roles.copied is not None else ""
    return (
        of("dataset.count_outlier", roles.crowded, f"{crowd} instances, several times the usual number"),
        of("dataset.duplicate_image", roles.copy, f"the same picture as {original}"),
        of("dataset.image_without_annotations", roles.unlabelled, "cells, but not one annotation"),
        of("image.missing", roles.missing, "there is no such file"),
        of("image.unreadable", roles.unreadable, "the file holds a web page"),
        of("image.size_mismatch", roles.shrunk, "saved at half the declared size"),
        of("image.exif_rotated", roles.rotated, "stored on its side"),
        Planted(
            "dataset.similar_category_names",
            None,
            category_ids=(CELL, SIMILAR),
            note=f"{len(similar)} annotations are 'cells' instead of 'cell'",
        ),
        Planted("dataset.unused_category", None, category_ids=(UNUSED,), note="no annotation is a mitosis"),
    )
