import numpy as np

from audit.detectors.touching.merged import Options, detect
from audit.measure.schema import empty_measurements
from audit.testing import hits, scene


def test_finds_the_merged_pairs_and_says_where_to_cut(wrong):
    found = list(detect(wrong, Options(min_score=0.4)))
    assert [int(wrong.instances["image"][hit.instances[0]]) for hit in found] == [3, 7, 9]
    hit = found[0]
    (row,) = hit.instances
    assert hit.evidence["area_px"] == wrong.instances["area_px"][row]
    assert hit.evidence["probability"] == hit.score == wrong.instances["merge_score"][row] >= 0.4
    assert sum(hit.evidence["part_px"]) == hit.evidence["area_px"]
    assert 100 < hit.evidence["typical_single_px"] < 300 < hit.evidence["area_px"]
    x0, y0, x1, y1 = hit.evidence["cut_line"]
    x, y, w, h = wrong.instances.loc[row, ["x", "y", "w", "h"]].astype(int)
    middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    assert np.abs(middle - [x + w / 2, y + h / 2]).max() < 3
    assert np.isclose(np.hypot(x1 - x0, y1 - y0), hit.evidence["neck_px"], atol=0.2)


def test_is_silent_on_clean_and_on_empty_input(clean):
    assert not list(detect(clean, Options()))
    assert not list(detect(empty_measurements(), Options()))


def test_score_is_an_option(wrong):
    assert not list(detect(wrong, Options(min_score=1.01)))


def test_smaller_part_is_an_option(wrong):
    assert not list(detect(wrong, Options(min_part=0.5001)))


def test_too_few_objects_teach_nothing():
    assert not hits("touching.merged", scene("aaa.aaa\naaaaaaa\naaa.aaa"))
