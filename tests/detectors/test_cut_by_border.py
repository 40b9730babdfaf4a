import pytest

from audit.detectors.cut_by_border import flag_cut_by_border
from audit.testing import measured, scene


@pytest.mark.parametrize("side", range(4))
@pytest.mark.parametrize(("margin", "is_cut"), [(0, True), (2, True), (3, False)])
def test_each_side_of_the_image_may_cut(side, margin, is_cut):
    margins = [5] * 4
    margins[side] = margin
    above, below, left, right = margins
    empty = "." * (left + 2 + right) + "\n"
    image = scene(empty * above + f"{'.' * left}aa{'.' * right}\n" * 2 + empty * below)
    assert flag_cut_by_border(measured(image)).tolist() == [is_cut]
    assert flag_cut_by_border(measured(image), within_px=margin).tolist() == [True]
