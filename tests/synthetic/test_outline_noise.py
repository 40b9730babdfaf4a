import numpy as np
import pytest

from audit.dataset.model import MaskKind
from audit.findings.encode import encode_json
from audit.loaders.read import read_dataset
from audit.pipeline.run import scan
from audit.synthetic.outline_noise import NOISE_TYPES, jitter_vertices, resize_by_square, simplify_outlines
from audit.synthetic.plant_labels import ALL_KINDS, KINDS, plant_labels
from audit.synthetic.rank_outlines import rank_outlines
from audit.testing import dataset, scene

Y, X = np.mgrid[:60, :60]
DISC = (X - 30) ** 2 + (Y - 30) ** 2 < 20**2


def test_jitter_moves_the_outline_and_not_the_inside():
    noisy = jitter_vertices(np.random.default_rng(1), DISC)
    assert noisy[30, 30]
    assert not noisy[0, 0]
    assert 0.5 < (noisy & DISC).sum() / (noisy | DISC).sum() < 0.95


def test_no_jitter_and_no_tolerance_keep_the_mask():
    assert (jitter_vertices(np.random.default_rng(1), DISC, 0.0) == DISC).all()
    assert (simplify_outlines(DISC, 0.0) == DISC).all()


def test_simplification_leaves_four_corners_of_a_disc():
    coarse = simplify_outlines(DISC)
    assert coarse.sum() < 0.8 * DISC.sum()
    assert not (coarse & ~DISC).sum() > 20


def test_resizing_takes_or_adds_two_pixels_all_around():
    sizes = {int(resize_by_square(np.random.default_rng(seed), DISC)[30].sum()) for seed in range(6)}
    assert sizes == {39 - 4, 39 + 4}


@pytest.fixture(scope="module")
def discs():
    rows = "\n".join("".join("a" if DISC[y, x] else "." for x in range(60)) for y in range(60))
    return dataset(*[scene(rows)] * 30)


def test_noise_is_planted_only_where_asked_for(discs):
    _, truth = plant_labels(discs, rate=0.5, seed=1)
    assert not {error.kind for error in truth.spoiled} & set(NOISE_TYPES)
    assert (*KINDS, *NOISE_TYPES) == ALL_KINDS


@pytest.mark.parametrize("kind", ["jitters", "simplifications"])
def test_noisy_discs_rank_first(discs, kind, tmp_path):
    coco, truth = plant_labels(discs, rate=0.3, seed=2, kinds=[kind])
    (tmp_path / "planted.json").write_bytes(encode_json(coco))
    planted = read_dataset([tmp_path / "planted.json"]).dataset
    assert (planted.annotations.segmentation.kind == MaskKind.RLE).all()
    measurements = scan(tmp_path / "planted.json", workers=1).measurements
    (ranking,) = rank_outlines(truth, measurements, planted).values()
    assert ranking["planted"].sum() == 9
    scores = ranking.set_index("planted")["score"]
    assert scores[True].min() > scores[False].max()
