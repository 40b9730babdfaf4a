import numpy as np
import pycocotools.mask as coco
import pytest

from audit.dataset.model import MaskKind, Segmentations, empty_segmentations
from audit.geometry.runs import dense_to_runs, runs_to_counts, runs_to_dense
from audit.geometry.shape import measure_areas
from audit.measure.masks import dataset_runs, decode_runs
from audit.testing import dataset, scene

SQUARE = np.array([[1.0, 1.0], [5.0, 1.0], [5.0, 4.0], [1.0, 4.0]])
PIXELS = np.random.default_rng(2).random((6, 7)) < 0.5


def segmentations(*kinds):
    """Masks of the given kinds: polygons all draw one square, RLE holds the same pixels."""
    rings = [kind == MaskKind.POLYGON for kind in kinds]
    counts, _ = runs_to_counts(dense_to_runs(PIXELS[None]), np.array([6]), np.array([7]))
    runs = [len(counts) * (kind == MaskKind.RLE) for kind in kinds]
    return Segmentations(
        np.array(kinds, dtype=np.uint8),
        np.cumsum([0, *rings]),
        4 * np.arange(sum(rings) + 1),
        np.concatenate([np.zeros((0, 2)), *[SQUARE] * sum(rings)]),
        np.cumsum([0, *runs]),
        np.concatenate([counts[:0], *[counts] * kinds.count(MaskKind.RLE)]),
    )


@pytest.mark.parametrize(
    "kinds",
    [
        [],
        [MaskKind.NONE],
        [MaskKind.POLYGON],
        [MaskKind.RLE, MaskKind.RLE],
        [MaskKind.RLE, MaskKind.NONE, MaskKind.POLYGON, MaskKind.RLE, MaskKind.POLYGON],
    ],
)
def test_draws_each_kind_in_its_place(kinds):
    size = np.full(len(kinds), 6), np.full(len(kinds), 7)
    runs = decode_runs(segmentations(*kinds), *size)
    assert runs.count == len(kinds)
    square = np.zeros((6, 7), dtype=bool)
    square[1:4, 1:5] = True
    expected = {MaskKind.NONE: np.zeros_like(square), MaskKind.POLYGON: square, MaskKind.RLE: PIXELS}
    for mask, kind in zip(runs_to_dense(runs, 6, 7), kinds, strict=True):
        assert (mask == expected[kind]).all()


def test_a_mask_is_what_pycocotools_makes_of_it():
    rings = coco.frPyObjects([SQUARE.ravel().tolist()], 6, 7)
    runs = decode_runs(segmentations(MaskKind.POLYGON), np.array([6]), np.array([7]))
    assert int((runs.y1 - runs.y0).sum()) == int(coco.area(coco.merge(rings)))


def test_masks_that_are_absent_need_no_size():
    assert len(decode_runs(empty_segmentations(3), np.zeros(3, dtype=int), np.zeros(3, dtype=int))) == 0


def test_masks_of_a_dataset_come_in_the_order_asked_for_each_in_its_own_image():
    drawn = dataset(scene("aab\n..b"), scene("c.......\nccc....."))
    dense = [
        runs_to_dense(dataset_runs(drawn, np.array([row])), *size)[0]
        for row, size in ((0, (2, 3)), (2, (2, 8)))
    ]
    assert [mask.sum() for mask in dense] == [2, 4]
    assert measure_areas(dataset_runs(drawn, np.array([2, 1, 0, 1]))).tolist() == [4, 2, 2, 2]
