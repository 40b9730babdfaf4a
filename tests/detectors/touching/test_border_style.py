from audit.findings.finding import Severity
from audit.testing import hits, scene

BORDER, GAP = "aaabbb\n" * 4, "aaa.bbb\n" * 4
OVERLAP = ("aaaa...\n" * 4, "...bbbb\n" * 4)


def test_counts_the_styles_of_a_category():
    scenes = [scene(BORDER)] * 30 + [scene(GAP)] * 20 + [scene(*OVERLAP)] * 10
    (hit,) = hits("touching.border_style", *scenes)
    assert hit.evidence == {"border_pairs": 30, "gap_pairs": 20, "overlap_pairs": 10}
    assert hit.score == 0.5


def test_one_style_is_no_finding():
    assert not hits("touching.border_style", *[scene(BORDER)] * 60)
    assert not hits("touching.border_style", scene("..."))
    assert not hits("touching.border_style")


def test_thresholds_are_options():
    scenes = [scene(BORDER)] * 30 + [scene(GAP)] * 30
    assert not hits("touching.border_style", *scenes, min_pairs=61)
    assert not hits("touching.border_style", *scenes, min_share=0.5)


def test_names_the_batch_with_a_style_of_its_own():
    one = [scene(BORDER, file_name=f"one/{k}.png") for k in range(60)]
    two = [scene(GAP, file_name=f"two/{k}.png") for k in range(55)]
    found = [hit for hit in hits("touching.border_style", *one, *two) if "batch" in hit.evidence]
    assert {hit.evidence["batch"] for hit in found} == {"one", "two"}
    assert all(hit.severity is Severity.WARNING for hit in found)
