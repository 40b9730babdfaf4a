"""Make a demo dataset: pictures, annotations and the list of what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from audit.carriers import dataclass
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
    file_names = [
        f"slide_{image_number + 1:03d}.{'jpg' if image_number == assignment.rotated else 'png'}"
        for image_number in range(images)
    ]
    planter = annotate_scenes(_random(seed, _PLANTING), scenes)
    answers = _plant_all(planter, scenes, assignment, file_names) if planted else ()
    picture_folder = folder / "images"
    picture_folder.mkdir(parents=True, exist_ok=True)
    for image_number, file_name in enumerate(file_names):
        original = assignment.copied if image_number == assignment.copy else image_number
        light_rng = _random(seed, _LIGHT, image_number if original is None else original)
        _save_picture(
            picture_folder / file_name,
            photograph_scene(light_rng, scenes[image_number]),
            assignment,
            image_number,
        )
    records = [
        kept_record
        for kept_record in planter.records
        if kept_record is not None and kept_record["image_id"] - 1 != assignment.unlabelled
    ]
    records.sort(key=lambda record: int(record["image_id"]))
    instances_path = folder / "instances.json"
    instances_path.write_bytes(
        msgspec.json.encode(_coco_document(seed, scenes, file_names, records, planted)) + b"\n"
    )
    write_planted(folder / "planted.json", answers)
    spoiled_names = {answer.file_name for answer in answers}
    if assignment.copied is not None:
        spoiled_names.add(file_names[assignment.copied])
    return DemoDataset(
        instances=instances_path,
        pictures=picture_folder,
        answers=folder / "planted.json",
        planted=answers,
        clean_pictures=tuple(file_name for file_name in file_names if file_name not in spoiled_names),
        image_count=images,
        annotation_count=len(records),
    )


def _random(seed: int, purpose: int, index: int = 0) -> np.random.Generator:
    return np.random.default_rng([seed, purpose, index])


def _make_scenes(seed: int, n_images: int, assignment: ImageAssignment) -> list[Scene]:
    scenes = [
        make_scene(
            _random(seed, _SCENE, image_number),
            LOOKS[image_number % len(LOOKS)],
            crowded=image_number == assignment.crowded,
        )
        for image_number in range(n_images)
    ]
    if assignment.copy is not None and assignment.copied is not None:
        scenes[assignment.copy] = scenes[assignment.copied]
    return scenes


def _plant_all(
    planter: Planter, scenes: list[Scene], assignment: ImageAssignment, file_names: list[str]
) -> tuple[PlantedError, ...]:
    planter.reserve(assignment.reserved)
    answers = list(plant_errors(planter, ERROR_TYPES, file_names))
    untouched = [
        candidate
        for candidate in planter.instances
        if planter.is_free(candidate.row) and candidate.category_id == CELL
    ]
    renamed = [untouched[int(position)] for position in planter.rng.permutation(len(untouched))[:4]]
    for instance in renamed:
        planter.take(instance.row)
        planter.record(instance)["category_id"] = SIMILAR
    answers += list_image_errors(assignment, file_names, scenes, [candidate.row + 1 for candidate in renamed])
    return tuple(sorted(answers, key=lambda error: (error.rule, error.file_name or "", error.annotation_ids)))


def _coco_document(
    seed: int, scenes: list[Scene], file_names: list[str], records: list[Record], with_errors: bool
) -> dict[str, object]:
    """Put the COCO file together."""
    categories = {**CATEGORIES, **(EXTRA_CATEGORIES if with_errors else {})}
    return {
        "info": {"description": "Synthetic microscopy pictures made by maskaudit demo", "seed": seed},
        "images": [
            {
                "id": image_number + 1,
                "file_name": name,
                "width": scene.labels.shape[1],
                "height": scene.labels.shape[0],
            }
            for image_number, (name, scene) in enumerate(zip(file_names, scenes, strict=True))
        ],
        "annotations": records,
        "categories": [
            {"id": category_id, "name": name, "supercategory": ""} for category_id, name in categories.items()
        ],
    }


def _save_picture(
    picture_path: Path, pixels: NDArray[np.uint8], assignment: ImageAssignment, image_number: int
) -> None:
    """Write a picture file, or what its part puts in its place."""
    if image_number == assignment.missing:
        picture_path.unlink(missing_ok=True)
        return
    if image_number == assignment.unreadable:
        picture_path.write_bytes(_WEB_PAGE)
        return
    picture = Image.fromarray(pixels)
    if image_number == assignment.shrunk:
        picture = picture.reduce(2)
    if image_number == assignment.rotated:
        exif_data = Image.Exif()
        exif_data[_EXIF_ORIENTATION] = 6  # shown after a quarter turn clockwise
        picture.transpose(Image.Transpose.ROTATE_90).save(picture_path, quality=92, exif=exif_data)
        return
    picture.save(picture_path, compress_level=4)
