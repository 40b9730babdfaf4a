from audit.detectors.touching.split import Options, detect
from audit.findings.finding import Severity
from audit.measure.schema import empty_measurements
from audit.testing import hits, scene


def test_finds_the_cut_cell(wrong):
    (hit,) = detect(wrong, Options())
    a, b = hit.instances
    assert wrong.instances["image"][a] == 5
    areas = wrong.instances["area_px"]
    assert 0 <= hit.evidence["union_px"] - areas[a] - areas[b] <= 6  # the seam's ends are smoothed
    assert hit.evidence["gap_px"] == 0
    assert 0.9 < hit.evidence["union_solidity"] <= 1
    assert hit.evidence["probability"] == hit.score >= 0.5
    assert 10 < hit.evidence["contact_px"] < 25


def test_one_among_many_pairs_may_look_so_by_chance(wrong):
    (hit,) = detect(wrong, Options())
    assert hit.severity is Severity.INFO
    (hit,) = detect(wrong, Options(warn_score=hit.score))
    assert hit.severity is None  # a warning, as the rule's own severity is


def test_is_silent_on_clean_and_on_empty_input(clean):
    assert not list(detect(clean, Options()))
    assert not list(detect(empty_measurements(), Options()))


def test_score_is_an_option(wrong):
    assert not list(detect(wrong, Options(min_score=1.01)))


def test_too_few_objects_teach_nothing():
    assert not hits("touching.split", scene("aaabbb\naaabbb\naaabbb"))
