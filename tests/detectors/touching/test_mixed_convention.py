from audit.detectors.touching.mixed_convention import Options, detect
from audit.findings.finding import Severity
from audit.measure.schema import empty_measurements


def test_names_the_batch_that_merges_and_the_category(batches):
    found = list(detect(batches, Options()))
    (batch,) = [hit for hit in found if "batch" in hit.evidence]
    assert batch.evidence["batch"] == "second"
    assert batch.evidence["what"] == "drawn as one annotation"
    assert batch.evidence["low"] > batch.evidence["elsewhere_high"]
    (category,) = [hit for hit in found if hit.categories]
    assert 20 <= category.evidence["drawn_as_one"] <= 30
    assert category.evidence["contacts"] == 60 * 3
    assert all(name.startswith("second/") for name in category.evidence["worst_images"])


def test_thresholds_are_options(batches):
    assert not list(detect(batches, Options(min_contacts=1000)))
    high = Options(min_share=0.9, min_ratio=1e9)
    assert not list(detect(batches, high))


def test_is_silent_on_clean_and_on_empty_input(clean):
    assert not list(detect(clean, Options()))
    assert not list(detect(empty_measurements(), Options()))


def test_says_where_nothing_could_be_learned(clean):
    conventions = clean.conventions.assign(known=False, reason="too varied")
    from dataclasses import replace

    (hit,) = detect(replace(clean, conventions=conventions), Options())
    assert hit.severity is Severity.INFO
    assert "too varied" in hit.message
    assert hit.evidence["pairs"] == 72
