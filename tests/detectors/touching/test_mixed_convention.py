import pytest

from audit.detectors.touching.mixed_convention import Options, detect
from audit.findings.finding import Severity
from audit.measure.schema import empty_measurements


def test_names_the_batch_that_merges(batches):
    found = list(detect(batches, Options()))
    (batch,) = [hit for hit in found if "batch" in hit.evidence]
    assert batch.evidence["batch"] == "second"
    assert batch.evidence["what"] == "drawn as one annotation"
    assert batch.evidence["low"] > batch.evidence["elsewhere_high"]
    assert batch.evidence["share"] > 0.4
    assert all(name.startswith("second/") for name in batch.evidence["images"][:5])


@pytest.mark.parametrize(
    ("bad", "merged", "split", "what"),
    [
        (0, 2, 0, "drawn as one annotation"),
        (2, 2, 0, "drawn as one annotation"),
        (3, 0, 3, "one object cut in two"),
    ],
)
def test_names_the_one_batch_of_four_and_no_other(cells, bad, merged, split, what):
    wrong = dict.fromkeys(range(bad, 80, 4), (merged, split))
    m = cells(80, wrong, folder=lambda k: f"batch_{k % 4}/")
    found = [hit.evidence for hit in detect(m, Options()) if "batch" in hit.evidence]
    assert [(e["batch"], e["what"]) for e in found] == [(f"batch_{bad}", what)]


def test_counts_the_odd_contacts_of_a_category(wrong):
    (hit,) = detect(wrong, Options(min_score=0.4, min_share=0.001))
    assert hit.evidence["contacts"] == 241
    assert (hit.evidence["drawn_as_one"], hit.evidence["one_drawn_as_two"]) == (3, 1)
    assert hit.evidence["odd_share"] == hit.score == 4 / 241
    assert sorted(hit.evidence["worst_images"]) == ["3.png", "5.png", "7.png", "9.png"]


def test_thresholds_are_options(batches):
    assert not list(detect(batches, Options(min_contacts=1000)))
    assert not list(detect(batches, Options(min_share=0.9, confidence=1 - 1e-12)))


def test_is_silent_on_clean_and_on_empty_input(clean):
    assert not list(detect(clean, Options()))
    assert not list(detect(empty_measurements(), Options()))


def test_says_where_nothing_could_be_learned(clean):
    conventions = clean.conventions.assign(learned=False, reason="too varied")
    from dataclasses import replace

    (hit,) = detect(replace(clean, conventions=conventions), Options())
    assert hit.severity is Severity.INFO
    assert "too varied" in hit.message
    assert hit.evidence["pairs"] == 72
