import pytest

from audit.testing import hits, scene

RULE = "mask.jagged"
COMB = scene(f"{'a' * 40}\n" * 6 + f"{'a.' * 20}\n" * 6)
EXCESS = 332 / 104  # 19 notches, 6 px deep, add 228 edges to the box's 104
NOTCH = 2 * (477 - 360) / 228


def test_finds_teeth():
    (hit,) = hits(RULE, COMB)
    assert hit.instances == (0,)
    assert hit.evidence == {
        "excess": EXCESS,
        "notch_px": NOTCH,
        "perimeter_px": 332,
        "category_excess": None,
    }
    assert hit.score == pytest.approx(1 - 104 / 332)
    assert "3.19 times as long as a smooth one, with notches 1.0 px wide" in hit.message


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"min_excess": 3.19}, 1),
        ({"min_excess": 3.2}, 0),
        ({"max_notch": 1.03}, 1),
        ({"max_notch": 1.02}, 0),
        ({"min_px": 360}, 1),
        ({"min_px": 361}, 0),
    ],
)
def test_options_move_the_thresholds(options, found):
    assert len(hits(RULE, COMB, **options)) == found


def test_a_category_of_hairy_things_is_silent():
    assert hits(RULE, *[COMB] * 20) == []
    assert len(hits(RULE, *[COMB] * 19)) == 19
    assert len(hits(RULE, *[COMB] * 19, min_instances=19)) == 0


def test_a_comb_among_squares_is_unusual():
    varied = [
        scene(f"{'a' * 12}\n" * (10 + k % 2) + f"{'a' * (6 + k)}{'.' * (6 - k)}\n") for k in range(6)
    ] * 4
    (hit,) = hits(RULE, COMB, *varied)
    assert hit.evidence["category_excess"] == 1.0
    assert hit.severity is None
    (hit,) = hits(RULE, COMB, *varied, warn_excess=3.2)
    assert hit.severity == "info"


@pytest.mark.parametrize(("squares", "severity"), [(18, "info"), (19, None)])
def test_an_outline_of_an_unknown_category_is_an_info(squares, severity):
    (hit,) = hits(RULE, COMB, *[scene(f"{'a' * 20}\n" * 12)] * squares)
    assert hit.severity == severity


FORK = scene(f"{'a' * 40}\n" * 6 + f"{'aaaa........' * 3}aaaa\n" * 12)  # wide teeth: none of the rule's own


@pytest.mark.parametrize(("forks", "found"), [(1, 1), (2, 0)])
def test_a_category_with_teeth_of_its_own_is_silent_whatever_their_width(forks, found):
    assert hits(RULE, FORK) == []
    masks = [COMB] + [FORK] * forks + [scene(f"{'a' * 20}\n" * 12)] * 38
    assert len(hits(RULE, *masks)) == found  # 2 of 40 are 5 %, 3 of 41 are more
    assert len(hits(RULE, *masks, max_toothed=0.1)) == 1


@pytest.mark.parametrize(
    "clean",
    [
        scene(f"{'a' * 20}\n" * 12),
        scene("".join(f"{'a' * (k + 1)}{'.' * (19 - k)}\n" for k in range(20))),  # a digital slope
        scene(f"{'a' * 40}\n" * 6 + f"{'a.' * 19}.a\n" * 6 + f"{'a' * 40}\n"),  # has holes
        scene(f"{'a' * 20}\n" * 6 + f"{'a' * 6}{'.' * 8}{'a' * 6}\n" * 6),  # one wide notch
    ],
)
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []


def _comb(*changes):
    """A block with teeth of 2 px all along two sides, and what is changed in it (row, column, pixel)."""
    rows = [["a" if 4 <= y < 24 or x % 4 < 2 else "." for x in range(32)] for y in range(28)]
    for y, x, pixel in changes:
        rows[y][x] = pixel
    return scene("\n".join("".join(row) for row in rows))


def test_pinholes_and_specks_hide_no_teeth():
    """Noise that makes teeth makes these, too."""
    whole, pinhole = _comb(), _comb((12, 12, "."))
    speck = _comb(
        (0, 4, "."), (1, 4, "."), (2, 4, "."), (3, 4, "."), (3, 5, "."), (2, 5, "."), (1, 5, "."), (0, 5, "a")
    )
    for image in (whole, pinhole, speck):
        assert len(hits("mask.jagged", image)) == 1
    assert not hits("mask.jagged", pinhole, max_specks=0.0)


def test_a_large_hole_is_another_shape():
    holed = _comb(*[(y, x, ".") for y in range(8, 20) for x in range(6, 26)])
    assert not hits("mask.jagged", holed)
