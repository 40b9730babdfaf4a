import numpy as np
import pytest
from scipy import ndimage

from audit.geometry.encode import draw_polygons
from audit.geometry.runs import dense_to_runs, no_runs
from audit.geometry.unlabelled import find_unlabelled, trace_outlines

CENTRES = [(20 + 30 * (k % 4), 20 + 30 * (k // 4)) for k in range(12)]  # x, y
ROWS, COLUMNS = np.ogrid[:110, :140]


def disc(x, y, radius=7.0):
    return (ROWS - y) ** 2 + (COLUMNS - x) ** 2 <= radius**2


def draw(objects, background=30.0, noise=2.0, seed=0):
    """Draw discs (x, y, radius, colour) on a noisy ground; the colour may be one number or three."""
    rng = np.random.default_rng(seed)
    picture = np.full((110, 140, 3), background) + rng.normal(0, noise, (110, 140, 1))
    for x, y, radius, colour in objects:
        picture[disc(x, y, radius)] += np.asarray(colour, dtype=float)
    return np.clip(picture, 0, 255).astype(np.uint8)


def look(picture, masks, crowd=()):
    runs = dense_to_runs(np.array(masks)) if len(masks) else no_runs(0)
    return find_unlabelled(runs, np.isin(np.arange(len(masks)), list(crowd)), picture)


LABELLED = CENTRES[:10]
MASKS = [disc(x, y) for x, y in LABELLED]
ALL = [(x, y, 7, 150) for x, y in CENTRES]


def test_finds_the_two_that_are_not_labelled():
    found = look(draw(ALL), MASKS)
    centres = (found.box[:, :2] + found.box[:, 2:] / 2).tolist()
    assert len(centres) == 2
    for (x, y), (wanted_x, wanted_y) in zip(centres, CENTRES[10:], strict=True):
        assert abs(x - wanted_x) <= 1.5
        assert abs(y - wanted_y) <= 1.5
    assert found.size == pytest.approx([0.9, 0.9], abs=0.15)
    assert found.contrast == pytest.approx([1, 1], abs=0.05)
    assert found.local_contrast == pytest.approx([1, 1], abs=0.1)
    assert (found.fill > 0.7).all()


@pytest.mark.parametrize("colour", [-25.0, (0, 60, -60), (-20, 10, 10)])
def test_objects_may_be_dark_or_differ_in_colour_alone(colour):
    found = look(draw([(x, y, 7, colour) for x, y in CENTRES], background=120.0), MASKS)
    assert len(found.box) == 2


def test_a_grey_picture_needs_one_channel():
    assert len(look(draw(ALL)[..., :1], MASKS).box) == 2


@pytest.mark.parametrize("step", [2, 3])
def test_large_objects_are_looked_at_in_steps(step):
    scale = 5 * step  # the discs' area reaches (24 * step) squared
    picture = draw(ALL).repeat(scale, axis=0).repeat(scale, axis=1)
    masks = [mask.repeat(scale, axis=0).repeat(scale, axis=1) for mask in MASKS]
    found, small = look(picture, masks), look(draw(ALL), MASKS)
    assert len(found.box) == 2
    assert np.abs(found.box / scale - small.box).max() < 1.2
    assert found.size == pytest.approx(small.size, rel=0.2)


def test_dim_things_are_left_alone_and_things_as_the_dimmer_objects_are_not():
    dimmer = [(x, y, 7, 150 if k % 2 else 90) for k, (x, y) in enumerate(LABELLED)]
    places = CENTRES[10:]
    assert len(look(draw([*dimmer, *((x, y, 7, 85) for x, y in places)]), MASKS).box) == 2
    assert len(look(draw([*dimmer, *((x, y, 7, 55) for x, y in places)]), MASKS).box) == 0


@pytest.mark.parametrize(("radius", "count"), [(2.5, 0), (4.0, 2), (12.0, 2), (16.0, 0)])
def test_things_of_another_size_are_left_alone(radius, count):
    apart = [(20, 90), (110, 90)]
    assert len(
        look(draw([*ALL[:4], *((x, y, radius, 150) for x, y in apart)]), [*MASKS[:4], disc(65, 50)]).box
    ) in (
        count,
        count,
    )


def test_what_a_crowd_region_covers_is_labelled_and_is_no_object():
    crowd = disc(*CENTRES[10], 9) | disc(*CENTRES[11], 9)
    assert len(look(draw(ALL), [*MASKS, crowd], crowd=[10]).box) == 0


@pytest.mark.parametrize("labels", [0, 4])
def test_few_labels_tell_nothing(labels):
    assert len(look(draw(ALL), MASKS[:labels]).box) == 0
    assert len(look(draw(ALL), MASKS[:5]).box) == 7


@pytest.mark.parametrize("kind", ["flat", "noise", "texture", "full"])
def test_silent_where_labels_do_not_stand_out(kind):
    masks = MASKS
    if kind == "flat":
        picture = np.full((110, 140, 3), 90, dtype=np.uint8)
    elif kind == "noise":
        picture = draw([(x, y, 7, 40) for x, y in CENTRES], background=120.0, noise=40.0)
    elif kind == "texture":  # labelled objects are of many colours, as is everything else
        rng = np.random.default_rng(3)
        blocks = rng.integers(0, 256, (14, 18, 3)).repeat(8, axis=0).repeat(8, axis=1)
        picture = blocks[:110, :140].astype(np.uint8)
    else:  # no background left
        picture, masks = draw(ALL), [*MASKS, np.ones((110, 140), dtype=bool)]
    assert len(look(picture, masks).box) == 0


def test_the_haze_around_an_object_is_no_object():
    """A wide glow is brighter than the threshold, but not brighter than what lies around it."""
    glow = 120 * np.exp(-(((ROWS - 90) / 22) ** 2 + ((COLUMNS - 95) / 22) ** 2))
    picture = np.clip(draw(ALL[:8]) + glow[..., None], 0, 255).astype(np.uint8)
    found = look(picture, MASKS[:8])
    assert (found.local_contrast < 0.4).all()


def test_masks_that_overlap_or_hold_no_pixels_do_no_harm():
    twice = [*MASKS, MASKS[0] | MASKS[1], np.zeros((110, 140), dtype=bool)]
    assert len(look(draw(ALL), twice).box) == 2


@pytest.mark.parametrize("step", [1, 2])
def test_the_outline_is_that_of_the_object(step):
    scale = 1 if step == 1 else 10
    picture = draw(ALL).repeat(scale, axis=0).repeat(scale, axis=1)
    masks = [mask.repeat(scale, axis=0).repeat(scale, axis=1) for mask in MASKS]
    found = look(picture, masks)
    for ring, (x, y) in zip(trace_outlines([found]), CENTRES[10:], strict=True):
        drawn = draw_polygons([ring], *picture.shape[:2])
        wanted = disc(x, y).repeat(scale, axis=0).repeat(scale, axis=1)
        assert (drawn & wanted).sum() / (drawn | wanted).sum() > 0.85


def test_the_outline_stays_clear_of_labels():
    x, y = CENTRES[10]
    near = draw([*ALL[:11], (x + 12, y, 7, 150)])  # a labelled disc that touches the one without a label
    label = disc(x + 12, y)
    found = look(near, [*MASKS, label])
    outlines = trace_outlines([found])
    assert len(outlines) == 1
    assert not (draw_polygons(outlines, *label.shape) & label).any()


def by_definition(picture, masks):
    """Boxes, areas and contrasts of the candidates in a grey picture with scipy, objects brighter by far."""
    grey, labelled = picture[..., 0].astype(float), np.any(masks, axis=0)
    background = ~ndimage.binary_dilation(labelled, iterations=3)
    level = np.median(grey[background])
    dimmer = np.percentile([np.median(grey[mask]) - level for mask in masks], 20)
    bright = ndimage.gaussian_filter(grey, 1) - level > 0.75 * dimmer
    parts, count = ndimage.label(bright & ~ndimage.binary_dilation(labelled, iterations=2))
    median_area = np.median([mask.sum() for mask in masks])
    kept = [k for k in range(1, count + 1) if 0.2 <= (parts == k).sum() / median_area <= 4]
    rows = [np.nonzero(parts == k) for k in kept]
    boxes = [[x.min(), y.min(), np.ptp(x) + 1, np.ptp(y) + 1] for y, x in rows]
    numbers = np.isin(parts, kept) * parts
    ring = ndimage.maximum_filter(numbers, 7) * (ndimage.maximum_filter(parts, 3) == 0) * ~labelled
    contrast = (grey - level) / dimmer
    local = [np.median(contrast[parts == k]) - np.median(contrast[ring == k]) for k in kept]
    return boxes, [len(y) for y, _ in rows], [np.median(contrast[parts == k]) for k in kept], local


@pytest.mark.parametrize("seed", range(4))
def test_against_scipy(seed):
    rng = np.random.default_rng(seed)
    extra = [(*rng.integers(5, 105, 2), rng.integers(3, 9), rng.integers(110, 200)) for _ in range(6)]
    picture = draw([*ALL[:8], *extra], noise=6.0, seed=seed)[..., :1]
    found = look(picture, MASKS[:8])
    boxes, areas, contrast, local = by_definition(picture, MASKS[:8])
    assert len(boxes) >= 2
    assert found.box.tolist() == boxes
    assert found.area_px.tolist() == areas
    assert found.contrast == pytest.approx(contrast, rel=1e-12)
    assert found.local_contrast == pytest.approx(local, rel=1e-12)


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (9, 60)])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_smallest_pictures(shape, channels):
    """Five labels of a pixel each, bright on dark, and one that is not labelled."""
    masks, picture = np.zeros((5, *shape), dtype=bool), np.full((*shape, channels), 20, dtype=np.uint8)
    places = np.linspace(0, np.prod(shape) - 1, 8).astype(int)[1:7]
    picture.reshape(-1, channels)[places] = 220
    for mask, place in zip(masks, places, strict=False):
        mask.reshape(-1)[place] = True
    found = look(picture, masks)
    assert len(found.box) == len(trace_outlines([found])) <= 1


def test_a_picture_of_one_colour_under_labels_is_flat():
    assert len(look(np.zeros((110, 140, 3), dtype=np.uint8), MASKS).box) == 0
