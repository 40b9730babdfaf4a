from collections.abc import Sequence
from dataclasses import replace

from audit.findings.finding import Finding, Severity
from audit.report.page_selection import OF_EACH_RULE, choose_images, order_worst_first


def on(findings: Sequence[Finding], *images: int) -> list[Finding]:
    return [replace(f, image_row=image) for f, image in zip(findings, images, strict=True)]


def test_one_error_weighs_more_than_many_warnings(said):
    findings = [said("mask.tiny"), said("mask.tiny"), said("mask.tiny", severity=Severity.ERROR)]
    assert order_worst_first(on(findings, 5, 5, 9)) == [9, 5]


def test_equally_bad_images_keep_their_order_and_the_dataset_is_no_image(said):
    assert order_worst_first(on([said("mask.tiny")] * 4, 7, 3, -1, 4)) == [3, 4, 7]


def test_all_images_get_a_page_while_there_is_room(said):
    assert choose_images(on([said("mask.tiny")] * 3, 2, 1, 0), max_images=3) == [0, 1, 2]


def test_every_rule_gets_pages_beside_a_flood_of_errors(said):
    """Forty rules with a note each, and a thousand errors of another one elsewhere."""
    flood = [said("overlap.partial", severity=Severity.ERROR)] * 1000
    quiet = [said(f"quiet.rule_{k}", severity=Severity.INFO) for k in range(40)]
    chosen = choose_images(on([*flood, *quiet], *range(1000), *range(2000, 2040)), max_images=100)
    assert len(chosen) == 100
    assert set(range(2000, 2040)) < set(chosen)
    assert chosen == sorted(chosen)  # worst first: errors, then notes


def test_a_rule_shows_its_strongest_findings(said):
    scores = [0.1, 0.9, 0.5, 0.8, 0.2, 0.7, 0.6, 0.3]
    weak = [said("mask.tiny", score=score, severity=Severity.INFO) for score in scores]
    flood = [said("overlap.partial", severity=Severity.ERROR)] * 50
    chosen = choose_images(on([*weak, *flood], *range(8), *range(10, 60)), max_images=20)
    strongest = sorted(range(8), key=lambda k: -scores[k])[:OF_EACH_RULE]
    assert {image for image in chosen if image < 8} == set(strongest)


def test_half_of_the_pages_stays_for_the_worst(said):
    flood = [said("overlap.partial", severity=Severity.ERROR)] * 50
    quiet = [said(f"quiet.rule_{k}", severity=Severity.INFO) for k in range(50)]
    chosen = choose_images(on([*flood, *quiet], *range(100)), max_images=20)
    assert len(chosen) == 20
    assert sum(image < 50 for image in chosen) >= 10


def test_more_rules_than_pages_still_keeps_the_limit(said):
    findings = [said(f"quiet.rule_{k}") for k in range(30)]
    assert len(choose_images(on(findings, *range(30)), max_images=10)) == 10


def test_a_rule_brings_five_images_and_no_more(said):
    """With room for all: the flood of errors takes the rest."""
    quiet = [said("mask.holes", severity=Severity.INFO, score=1 - k / 100) for k in range(9)]
    flood = [said("mask.tiny", severity=Severity.ERROR) for _ in range(60)]
    chosen = choose_images(on([*flood, *quiet], *range(60), *range(100, 109)), max_images=40)
    assert [image for image in chosen if image >= 100] == list(range(100, 105))
