import pytest

from audit.findings.decisions import Decision, DecisionsError, Verdict
from audit.findings.finding import Finding, Severity
from audit.gates.errors import GateError
from audit.gates.plan_file import (
    REVIEW_RULE,
    Sample,
    SampledImage,
    make_sample,
    read_sample,
    review_findings,
    write_sample,
)
from audit.gates.reviewed import evaluate_review, read_review
from audit.gates.sampling import Plan
from audit.testing import measured, scene

NAMES = ["a.png", "b.png", "c.png", "d.png"]
IMAGES = tuple(SampledImage(k, name, f"image {name}", "thing") for k, name in enumerate(NAMES[:3]))
SAMPLE = Sample(Plan(3, 1, 4, 0.5, 0.9), 0, IMAGES)
FOUND = [Finding("mask.tiny", Severity.INFO, "", file_name="a.png", fingerprint="0a")]


def decided(**verdicts):
    return {
        key if key.startswith("0") else f"image {key}.png": Decision(Verdict(v))
        for key, v in verdicts.items()
    }


def outcome(decisions, names=NAMES):
    return evaluate_review(SAMPLE, decisions, FOUND, names)


def test_all_right():
    said = outcome(decided(a="fine", b="fine", c="fine"))
    assert (said.outcome.value, said.n_reviewed, said.n_wrong) == ("pass", 3, 0)
    assert said.upper_bound == 0.25, "one of four was not seen"


def test_as_many_wrong_as_the_plan_allows():
    assert outcome(decided(a="real", b="fine", c="fine")).outcome.value == "pass"
    said = outcome(decided(a="real", b="real", c="fine"))
    assert said.outcome.value == "fail"
    assert said.reason == "2 of 3 reviewed images are wrong; the plan allows 1 of 3."


def test_a_real_finding_makes_its_image_wrong():
    said = outcome({"0a": Decision(Verdict.REAL), **decided(a="fine", b="real", c="fine")})
    assert (said.outcome.value, said.n_wrong) == ("fail", 2)


def test_what_nobody_decided_leaves_it_open_unless_enough_is_wrong():
    said = outcome(decided(a="fine", b="unsure"))
    assert said.outcome.value == "undecided"
    assert "2 are not reviewed" in said.reason
    assert outcome(decided(a="real", b="real")).outcome.value == "fail"


def test_an_image_that_is_gone_cannot_be_reviewed():
    said = outcome(decided(a="fine", b="fine", c="fine"), NAMES[:2])
    assert said.outcome.value == "undecided"
    assert said.absent_files == ("c.png",)


def test_a_sample_survives_its_file(tmp_path):
    m = measured(scene("a", file_name="x.png"), scene("b", file_name="y.png"))
    made = make_sample(Plan(1, 0, 2, 0.5, 0.9), 5, m, [1], ("s", "t"))
    write_sample(made, tmp_path / "plan.json")
    assert read_sample(tmp_path / "plan.json") == made
    assert made.images[0].file_name == "y.png"
    (asked,) = review_findings(made, [1])
    assert (asked.rule, asked.image_id, asked.image_row) == (REVIEW_RULE, 2, 1)
    assert asked.fingerprint == made.images[0].fingerprint


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"schema_version": 9, "plan": {"size": 1, "evaluate_review": 0}, "seed": 0, "images": []}'],
)
def test_another_file_is_no_plan(tmp_path, text):
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(GateError, match=r"plan\.json: "):
        read_sample(tmp_path / "plan.json")


def test_reads_a_filled_in_table(tmp_path):
    file = tmp_path / "review.csv"
    file.write_text(
        "\ufefffile_name,verdict,note,fingerprint\na.png, Real ,torn,0a\nb.png,,,0b\n", encoding="utf-8"
    )
    assert read_review(file) == {"0a": Decision(Verdict.REAL, note="torn")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fingerprint,verdict\n0a,bad\n", "line 2: the verdict is 'bad', expected one of real, fine, unsure"),
        ("a,b\n1,2\n", "line 2: there is no column fingerprint"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path, text, said):
    (tmp_path / "review.csv").write_text(text)
    with pytest.raises(GateError, match=said):
        read_review(tmp_path / "review.csv")
    with pytest.raises(GateError, match="cannot be read"):
        read_review(tmp_path / "none.csv")
    with pytest.raises(DecisionsError):
        read_review(tmp_path / "none.json")


def test_a_plan_without_confidence_is_bounded_with_95_percent():
    names = [f"{k}.png" for k in range(100)]
    images = tuple(SampledImage(k, name, name, "thing") for k, name in enumerate(names[:45]))
    decisions = {image.fingerprint: Decision(Verdict.FINE) for image in images}
    for confidence in (0.0, 0.95):
        sample = Sample(Plan(45, 0, 100, 0.05, confidence), 0, images)
        assert evaluate_review(sample, decisions, [], names).upper_bound == 0.04


def test_a_batch_without_a_size_is_as_large_as_it_is():
    images = tuple(SampledImage(k, name, name, "thing") for k, name in enumerate(NAMES[:2]))
    decisions = {image.fingerprint: Decision(Verdict.FINE) for image in images}
    sample = Sample(Plan(2, 0, None, 0.5, 0.9), 0, images)
    assert evaluate_review(sample, decisions, [], NAMES).upper_bound == 0.5, "two of four were seen"


def test_a_batch_is_at_least_as_large_as_what_was_reviewed():
    sample = Sample(Plan(3, 0, 2, 0.5, 0.9), 0, IMAGES)
    assert evaluate_review(sample, decided(a="real", b="fine", c="fine"), [], NAMES).upper_bound == 1 / 3
