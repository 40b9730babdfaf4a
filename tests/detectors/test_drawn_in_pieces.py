import pytest

from audit.detectors.drawn_in_pieces import draws_pieces
from audit.testing import measured, scene

WHOLE = scene("aaaaa\n" * 5)


def halves(gap):
    return scene(f"aaaaa{'.' * gap}aaaaa\n" * 5)


@pytest.mark.parametrize(("gap", "expected"), [(2, False), (3, True), (4, True), (5, False)])
def test_pieces_lie_apart_and_are_close(gap, expected):
    """A slit is what two merged objects keep between them; far apart are two objects."""
    assert draws_pieces(measured(*[halves(gap)] * 3)) is expected


@pytest.mark.parametrize(("pieces", "whole", "expected"), [(2, 0, False), (3, 297, True), (3, 298, False)])
def test_they_are_common(pieces, whole, expected):
    images = [halves(3)] * pieces + [scene("a.b.c.d.e\n" * 2)] * (whole // 5) + [scene("a\na")] * (whole % 5)
    assert draws_pieces(measured(*images)) is expected


def test_specks_and_crowds_are_no_pieces():
    speck = scene("aaaaaaaa...aa\n" * 8)  # 64 and 16 px
    assert draws_pieces(measured(*[speck] * 3)) is False
    assert draws_pieces(measured(WHOLE)) is False
