"""Make a demo dataset: pictures, annotations and the list of what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from audit.synthetic import error_types_mask, error_types_overlap, error_types_polygon, error_types_record
from audit.synthetic.annotate import annotate_scenes
from audit.synthetic.annotation_records import Record
from audit.synthetic.cells import CATEGORIES, CELL, LOOKS, Scene, make_scene
from audit.synthetic.error_types import plant_errors
from audit.synthetic.image_assignment import (
    EXTRA_CATEGORIES,
    SIMILAR,
    ImageAssignment,
    assign_images,
    list_image_errors,
)
from audit.synthetic.optics import photograph_scene
from audit.synthetic.planted import PlantedError, write_planted
from audit.synthetic.planter import Planter

ERROR_TYPES = (
    *error_types_overlap.ERROR_TYPES,
    *error_types_mask.ERROR_TYPES,
    *error_types_polygon.ERROR_TYPES,
    *error_types_record.ERROR_TYPES,
)
"""Every type of error of a single annotation, in the order of planting."""

_WEB_PAGE = b"<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>\n"
_EXIF_ORIENTATION = 0x0112
_SCENE, _LIGHT, _ASSIGNMENT, _PLANTING = range(4)
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
    planted: tuple[PlantedError, ...]
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
        If errors are to be planted in too few pictures (`audit.synthetic.image_assignment.MIN_PICTURES`).
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
    assignment = assign_images(_random(seed, _ASSIGNMENT), images) if planted else ImageAssignment()
    scenes = _make_scenes(seed, images, assignment)
    names = [
        f"slide_{image + 1:03d}.{'jpg' if image == assignment.rotated else 'png'}" for image in range(images)
    ]
    planter = annotate_scenes(_random(seed, _PLANTING), scenes)
    answers = _plant_all(planter, scenes, assignment, names) if planted else ()
    pictures = folder / "images"
    pictures.mkdir(parents=True, exist_ok=True)
    for image, name in enumerate(names):
        original = assignment.copied if image == assignment.copy else image
        light = _random(seed, _LIGHT, image if original is None else original)
        _save_picture(pictures / name, photograph_scene(light, scenes[image]), assignment, image)
    records = [r for r in planter.records if r is not None and r["image_id"] - 1 != assignment.unlabelled]
    records.sort(key=lambda record: int(record["image_id"]))
    instances = folder / "instances.json"
    instances.write_bytes(msgspec.json.encode(_coco_document(seed, scenes, names, records, planted)) + b"\n")
    write_planted(folder / "planted.json", answers)
    spoiled_names = {answer.file_name for answer in answers}
    if assignment.copied is not None:
        spoiled_names.add(names[assignment.copied])
    return DemoDataset(
        instances=instances,
        pictures=pictures,
        answers=folder / "planted.json",
        planted=answers,
        clean_pictures=tuple(name for name in names if name not in spoiled_names),
        image_count=images,
        annotation_count=len(records),
    )


def _random(seed: int, purpose: int, index: int = 0) -> np.random.Generator:
    return np.random.default_rng([seed, purpose, index])


def _make_scenes(seed: int, images: int, assignment: ImageAssignment) -> list[Scene]:
    scenes = [
        make_scene(
            _random(seed, _SCENE, image),
            LOOKS[image % len(LOOKS)],
            crowded=image == assignment.crowded,
        )
        for image in range(images)
    ]
    if assignment.copy is not None and assignment.copied is not None:
        scenes[assignment.copy] = scenes[assignment.copied]
    return scenes


def _plant_all(
    planter: Planter, scenes: list[Scene], assignment: ImageAssignment, names: list[str]
) -> tuple[PlantedError, ...]:
    planter.reserve(assignment.reserved)
    answers = list(plant_errors(planter, ERROR_TYPES, names))
    untouched = [i for i in planter.instances if planter.is_free(i.row) and i.category_id == CELL]
    similar = [untouched[int(position)] for position in planter.rng.permutation(len(untouched))[:4]]
    for instance in similar:
        planter.take(instance.row)
        planter.record(instance)["category_id"] = SIMILAR
    answers += list_image_errors(assignment, names, scenes, [i.row + 1 for i in similar])
    return tuple(sorted(answers, key=lambda a: (a.rule, a.file_name or "", a.annotation_ids)))


def _coco_document(
    seed: int, scenes: list[Scene], names: list[str], records: list[Record], planted: bool
) -> dict[str, object]:
    """Put the COCO file together."""
    categories = {**CATEGORIES, **(EXTRA_CATEGORIES if planted else {})}
    return {
        "info": {"description": "Synthetic microscopy pictures made by maskaudit demo", "seed": seed},
        "images": [
            {
                "id": image + 1,
                "file_name": name,
                "width": scene.labels.shape[1],
                "height": scene.labels.shape[0],
            }
            for image, (name, scene) in enumerate(zip(names, scenes, strict=True))
        ],
        "annotations": records,
        "categories": [
            {"id": category_id, "name": name, "supercategory": ""} for category_id, name in categories.items()
        ],
    }


def _save_picture(path: Path, pixels: NDArray[np.uint8], assignment: ImageAssignment, image: int) -> None:
    """Write a picture file, or what its part puts in its place."""
    if image == assignment.missing:
        path.unlink(missing_ok=True)
        return
    if image == assignment.unreadable:
        path.write_bytes(_WEB_PAGE)
        return
    picture = Image.fromarray(pixels)
    if image == assignment.shrunk:
        picture = picture.reduce(2)
    if image == assignment.rotated:
        exif = Image.Exif()
        exif[_EXIF_ORIENTATION] = 6  # shown after a quarter turn clockwise
        picture.transpose(Image.Transpose.ROTATE_90).save(path, quality=92, exif=exif)
        return
    picture.save(path, compress_level=4)
