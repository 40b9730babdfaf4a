"""Small datasets drawn as text, for tests of rules: yours and ours.

A *layer* is a block of text, one character a pixel: ``.`` is background, any other character is the
mask of the instance of that name. Several layers lie over each other, so that masks can overlap.

>>> m = measured(scene("aa.bb"))
>>> m.instances["area_px"].tolist()
[2, 2]
>>> m.pairs["gap_px"].tolist()
[1]
>>> len(measured().instances)
0
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import (
    Annotations,
    Categories,
    Dataset,
    Images,
    MaskKind,
    Segmentations,
    Source,
    empty_dataset,
)
from audit.dataset.shard import split_shards
from audit.detectors.base import Hit, list_hits
from audit.detectors.registry import all_rules
from audit.detectors.rule import Rule, rule_from_module
from audit.geometry.runs import dense_to_runs, runs_to_counts
from audit.geometry.shape import measure_areas, measure_boxes
from audit.measure.masks import decode_runs
from audit.measure.schema import Measurements
from audit.measure.shard import measure_shard
from audit.measure.tables import merge_shards
from audit.touching.learn import score_touching

Ring = Sequence[tuple[float, float]]
_CATEGORY = "thing"


@dataclass(frozen=True, slots=True)
class Scene:
    """One image: named masks, drawn as pixels or as polygons."""

    height: int
    width: int
    masks: Mapping[str, NDArray[np.bool_] | Sequence[Ring]]
    """Instance name to pixels (H, W), or to rings of (x, y)."""
    categories: Mapping[str, str] = field(default_factory=dict)
    """Instance name to category name; ``thing`` where absent."""
    crowd: str = ""
    """Names of the crowd regions."""
    areas: Mapping[str, float] = field(default_factory=dict)
    """Declared areas that differ from the mask's."""
    boxes: Mapping[str, tuple[float, float, float, float]] = field(default_factory=dict)
    """Declared xywh boxes that differ from the mask's."""
    file_name: str = ""


def scene(
    *layers: str,
    categories: Mapping[str, str] | None = None,
    crowd: str = "",
    areas: Mapping[str, float] | None = None,
    boxes: Mapping[str, tuple[float, float, float, float]] | None = None,
    file_name: str = "",
) -> Scene:
    """Draw one image as text.

    Parameters
    ----------
    *layers : str
        Blocks of text of one size; lines are stripped, empty lines dropped.
    categories : mapping, optional
        Instance name (one character) to category name.
    crowd : str
        Names of the instances that are crowd regions.
    areas, boxes : mapping, optional
        What the file shall declare, where it shall differ from the masks.
    file_name : str
        ``scene_<n>.png`` where empty.

    Examples
    --------
    >>> sorted(scene("aa.", ".bb").masks)
    ['a', 'b']
    >>> scene("...").masks
    {}
    """
    rows = [[line.strip() for line in layer.strip().splitlines() if line.strip()] for layer in layers]
    pixels = np.array([[list(row) for row in layer] for layer in rows])
    names = sorted(set(pixels.ravel().tolist()) - {"."})
    masks = {name: (pixels == name).any(axis=0) for name in names}
    height, width = pixels.shape[1:]
    return Scene(height, width, masks, categories or {}, crowd, areas or {}, boxes or {}, file_name)


def drawn(
    height: int,
    width: int,
    polygons: Mapping[str, Sequence[Ring]],
    *,
    categories: Mapping[str, str] | None = None,
    areas: Mapping[str, float] | None = None,
    boxes: Mapping[str, tuple[float, float, float, float]] | None = None,
    file_name: str = "",
) -> Scene:
    """Draw one image as polygons.

    Parameters
    ----------
    height, width : int
        Pixels.
    polygons : mapping
        Instance name to rings; a ring is a sequence of (x, y).

    Examples
    --------
    >>> m = measured(drawn(5, 5, {"a": [[(1, 1), (4, 1), (4, 4), (1, 4)]]}))
    >>> m.instances["area_px"].tolist()
    [9]
    >>> len(measured(drawn(5, 5, {})).instances)
    0
    """
    return Scene(height, width, polygons, categories or {}, "", areas or {}, boxes or {}, file_name)


def dataset(*scenes: Scene, names: Sequence[str] = ()) -> Dataset:
    """Make a dataset of some images: ids from 1 on, in the order of scenes and of names.

    Parameters
    ----------
    *scenes : Scene
    names : sequence of str
        All category names; those that are used where it is empty.

    Examples
    --------
    >>> dataset(scene("ab")).annotations.id.tolist()
    [1, 2]
    >>> len(dataset().images)
    0
    """
    if not scenes:
        return empty_dataset()
    drawings = [(number, image, name) for number, image in enumerate(scenes) for name in image.masks]
    names = list(names) or _category_names(scenes)
    image_rows = np.array([number for number, _, _ in drawings], dtype=np.int64)
    heights = np.array([image.height for image in scenes])
    widths = np.array([image.width for image in scenes])
    segmentation = _make_segmentations(drawings)
    runs = decode_runs(segmentation, heights[image_rows], widths[image_rows])
    area, box = measure_areas(runs).astype(float), measure_boxes(runs).astype(float)
    for row, (_, image, name) in enumerate(drawings):
        area[row] = image.areas.get(name, area[row])
        box[row] = image.boxes.get(name, tuple(box[row]))
    positions = np.arange(len(drawings))
    category = [names.index(image.categories.get(name, _CATEGORY)) for _, image, name in drawings]
    return Dataset(
        (Source("drawn.json", "coco", 0, ""),),
        _make_images(scenes, heights, widths),
        Categories(
            np.arange(1, len(names) + 1),
            tuple(names),
            ("",) * len(names),
            np.zeros(len(names), dtype=np.int64),
            np.arange(len(names)),
        ),
        Annotations(
            id=positions + 1,
            image=image_rows,
            category=np.array(category, dtype=np.int64),
            iscrowd=np.array([name in image.crowd for _, image, name in drawings], dtype=np.bool_),
            score=np.full(len(drawings), np.nan),
            area=area,
            bbox=box,
            source=np.zeros(len(drawings), dtype=np.int64),
            index=positions,
            segmentation=segmentation,
        ),
    )


def compared(
    *pairs: tuple[Scene, Scene], scores: Mapping[str, float] | None = None
) -> tuple[Dataset, Dataset]:
    """Make labels and predictions of the same images.

    Parameters
    ----------
    *pairs : (Scene, Scene)
        The labels of an image, and its predictions.
    scores : mapping, optional
        Name of a prediction to its score; 0.9 where absent.

    Examples
    --------
    >>> labels, predictions = compared((scene("aa."), scene("bbb")), scores={"b": 0.7})
    >>> predictions.annotations.score.tolist(), len(labels.annotations)
    ([0.7], 1)
    >>> [len(side.annotations) for side in compared()]
    [0, 0]
    """
    names = _category_names([image for pair in pairs for image in pair])
    labels = dataset(*(labelled for labelled, _ in pairs), names=names)
    predictions = dataset(*(predicted for _, predicted in pairs), names=names)
    score = [(scores or {}).get(name, 0.9) for _, predicted in pairs for name in predicted.masks]
    annotations = predictions.annotations
    results = replace(annotations, id=annotations.index, score=np.array(score, dtype=float))
    return labels, replace(predictions, annotations=results)


def measured(*scenes: Scene) -> Measurements:
    """Measure some images.

    Examples
    --------
    >>> measured(scene("aa", "bb")).pairs["intersection_px"].tolist()
    [2]
    """
    data = dataset(*scenes)
    return score_touching(merge_shards(data, [measure_shard(shard) for shard in split_shards(data)]))


def hits(rule: str | Path, *scenes: Scene, **options: Any) -> list[Hit]:
    """Run one rule on some images.

    Parameters
    ----------
    rule : str or Path
        Rule id; or the file of a rule that is not registered.
    *scenes : Scene
    **options
        Options of the rule that differ from its defaults.

    Examples
    --------
    >>> [hit.instances for hit in hits("overlap.duplicate", scene("aa", "bb"))]
    [(0, 1)]
    >>> hits("overlap.duplicate")
    []
    """
    tested = _load_rule_file(rule) if isinstance(rule, Path) else all_rules()[rule]
    if tested.detect is None:
        raise ValueError(f"{tested.id} has no detect: it is reported elsewhere")
    return list_hits(tested.detect(measured(*scenes), tested.options(**options)))


def _load_rule_file(file: Path) -> Rule:
    rule_id = f"{file.parent.name}.{file.stem}"
    spec = importlib.util.spec_from_file_location(f"rule_under_test.{rule_id}", file)
    if spec is None or spec.loader is None:
        raise ValueError(f"{file}: this is no Python file")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # dataclasses look there
    spec.loader.exec_module(module)
    return rule_from_module(module, rule_id)


def _category_names(scenes: Sequence[Scene]) -> list[str]:
    names = {image.categories.get(name, _CATEGORY) for image in scenes for name in image.masks}
    return sorted(names or {_CATEGORY})


def _make_images(scenes: Sequence[Scene], heights: NDArray[np.int64], widths: NDArray[np.int64]) -> Images:
    positions = np.arange(len(scenes))
    return Images(
        positions + 1,
        tuple(image.file_name or f"scene_{number}.png" for number, image in enumerate(scenes, start=1)),
        heights,
        widths,
        np.zeros(len(scenes), dtype=np.int64),
        positions,
    )


def _make_segmentations(drawings: Sequence[tuple[int, Scene, str]]) -> Segmentations:
    kinds: list[MaskKind] = []
    rings: list[list[NDArray[np.float64]]] = []
    counts: list[NDArray[np.uint32]] = []
    for _, image, name in drawings:
        mask = image.masks[name]
        if isinstance(mask, np.ndarray):
            kinds.append(MaskKind.RLE)
            rings.append([])
            height, width = np.array([image.height]), np.array([image.width])
            counts.append(runs_to_counts(dense_to_runs(mask[None]), height, width)[0])
        else:
            kinds.append(MaskKind.POLYGON)
            rings.append([np.asarray(ring, dtype=float) for ring in mask])
            counts.append(np.zeros(0, np.uint32))
    all_rings = [ring for mask_rings in rings for ring in mask_rings]
    return Segmentations(
        np.array(kinds, dtype=np.uint8),
        np.cumsum([0, *map(len, rings)]),
        np.cumsum([0, *map(len, all_rings)]),
        np.concatenate([np.zeros((0, 2)), *all_rings]),
        np.cumsum([0, *map(len, counts)]),
        np.concatenate([np.zeros(0, np.uint32), *counts]),
    )
