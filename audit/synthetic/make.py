"""Make a demo dataset: pictures, annotations and the list of what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from audit.synthetic import error_types_mask, error_types_overlap, error_types_polygon, error_types_record
from audit.synthetic.cells import CATEGORIES, CELL, LOOKS, Scene, make_scene
from audit.synthetic.encode import Record
from audit.synthetic.error_types import plant
from audit.synthetic.image_assignment import EXTRA_CATEGORIES, SIMILAR, Roles, choose_roles, planted_roles
from audit.synthetic.optics import photograph
from audit.synthetic.planted import Planted, write_planted
from audit.synthetic.planter import Desk

KINDS = (
    *error_types_overlap.KINDS,
    *error_types_mask.KINDS,
    *error_types_polygon.KINDS,
    *error_types_record.KINDS,
)
"""Every kind of error of a single annotation, in the order of planting."""

_WEB_PAGE = b"<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>\n"
_EXIF_ORIENTATION = 0x0112
_SCENE, _LIGHT, _ROLES, _PLANTING = range(4)
"""What a stream of chance is for: pictures do not change when planting does."""


@dataclass(frozen=True, slots=True)
class DemoDataset:
    """A dataset that was made, and what is known about it."""

    instances: Path
    """The COCO file."""
    pictures: Path
    """The folder of the picture files."""
    answers: Path
    """The planted errors as JSON; see `audit.synthetic.planted.read_planted`."""
    planted: tuple[Planted, ...]
    clean_pictures: tuple[str, ...]
    """File names of the pictures with which nothing is wrong."""
    image_count: int
    annotation_count: int


def make_demo(folder: Path, *, seed: int = 0, images: int = 40, planted: bool = True) -> DemoDataset:
    """Make a small microscopy-like dataset, with or without planted errors.

    Same arguments, same bytes of every file.

    Parameters
    ----------
    folder : Path
        Made if need be; gets ``instances.json``, ``planted.json`` and ``images/``.
    seed : int
        Decides everything that looks like chance.
    images : int
        Number of pictures; about 37 annotations each.
    planted : bool
        False leaves the dataset clean: exclusive masks, right boxes and areas, good pictures.

    Returns
    -------
    DemoDataset

    Raises
    ------
    ValueError
        If errors are to be planted in too few pictures (`audit.synthetic.image_assignment.LEAST_PICTURES`).
    OSError
        If the folder cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     demo = make_demo(Path(folder), images=1, planted=False)
    ...     demo.image_count, demo.planted, len(list(demo.pictures.iterdir()))
    (1, (), 1)
    >>> with TemporaryDirectory() as folder:
    ...     make_demo(Path(folder), images=0, planted=False).annotation_count
    0
    """
    roles = choose_roles(_chance(seed, _ROLES), images) if planted else Roles()
    scenes = _scenes(seed, images, roles)
    names = [f"slide_{i + 1:03d}.{'jpg' if i == roles.rotated else 'png'}" for i in range(images)]
    desk = Desk(_chance(seed, _PLANTING), scenes)
    answers = _plant(desk, roles, names) if planted else ()
    pictures = folder / "images"
    pictures.mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(names):
        light = _chance(seed, _LIGHT, roles.copied if i == roles.copy and roles.copied is not None else i)
        _save(pictures / name, photograph(light, scenes[i]), roles, i)
    records = [r for r in desk.records if r is not None and r["image_id"] - 1 != roles.unlabelled]
    records.sort(key=lambda r: int(r["image_id"]))
    instances = folder / "instances.json"
    instances.write_bytes(msgspec.json.encode(_document(seed, scenes, names, records, planted)) + b"\n")
    write_planted(folder / "planted.json", answers)
    spoiled = {a.file_name for a in answers} | ({names[roles.copied]} if roles.copied is not None else set())
    return DemoDataset(
        instances=instances,
        pictures=pictures,
        answers=folder / "planted.json",
        planted=answers,
        clean_pictures=tuple(n for n in names if n not in spoiled),
        image_count=images,
        annotation_count=len(records),
    )


def _chance(seed: int, purpose: int, index: int = 0) -> np.random.Generator:
    return np.random.default_rng([seed, purpose, index])


def _scenes(seed: int, images: int, roles: Roles) -> list[Scene]:
    scenes = [
        make_scene(_chance(seed, _SCENE, i), LOOKS[i % len(LOOKS)], crowded=i == roles.crowded)
        for i in range(images)
    ]
    if roles.copy is not None and roles.copied is not None:
        scenes[roles.copy] = scenes[roles.copied]
    return scenes


def _plant(desk: Desk, roles: Roles, names: list[str]) -> tuple[Planted, ...]:
    desk.forbid(roles.reserved)
    answers = list(plant(desk, KINDS, names))
    untouched = [i for i in desk.instances if desk.free(i.row) and i.category == CELL]
    similar = [untouched[int(k)] for k in desk.rng.permutation(len(untouched))[:4]]
    for instance in similar:
        desk.take(instance.row)
        desk.record(instance)["category_id"] = SIMILAR
    answers += planted_roles(roles, names, desk.scenes, [i.row + 1 for i in similar])
    return tuple(sorted(answers, key=lambda a: (a.rule, a.file_name or "", a.annotation_ids)))


def _document(
    seed: int, scenes: list[Scene], names: list[str], records: list[Record], planted: bool
) -> dict[str, object]:
    """Put the COCO file together."""
    categories = {**CATEGORIES, **(EXTRA_CATEGORIES if planted else {})}
    return {
        "info": {"description": "Synthetic microscopy pictures made by maskaudit demo", "seed": seed},
        "images": [
            {"id": i + 1, "file_name": name, "width": scene.labels.shape[1], "height": scene.labels.shape[0]}
            for i, (name, scene) in enumerate(zip(names, scenes, strict=True))
        ],
        "annotations": records,
        "categories": [{"id": i, "name": name, "supercategory": ""} for i, name in categories.items()],
    }


def _save(path: Path, pixels: NDArray[np.uint8], roles: Roles, image: int) -> None:
    """Write a picture file, or what its role puts in its place."""
    if image == roles.missing:
        path.unlink(missing_ok=True)
        return
    if image == roles.unreadable:
        path.write_bytes(_WEB_PAGE)
        return
    picture = Image.fromarray(pixels)
    if image == roles.shrunk:
        picture = picture.reduce(2)
    if image == roles.rotated:
        exif = Image.Exif()
        exif[_EXIF_ORIENTATION] = 6  # shown after a quarter turn clockwise
        picture.transpose(Image.Transpose.ROTATE_90).save(path, quality=92, exif=exif)
        return
    picture.save(path, compress_level=4)
