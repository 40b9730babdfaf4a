from dataclasses import replace

import pytest

from audit.findings.decisions import Decision, DecisionsError, Verdict
from audit.findings.finding import Finding, Severity
from audit.gates.errors import GateError
from audit.gates.plan_file import (
    REVIEW_RULE,
    Batch,
    Sample,
    SampledImage,
    describe_batch,
    make_sample,
    read_sample,
    review_findings,
    write_sample,
)
from audit.gates.reviewed import evaluate_review, read_review
from audit.gates.sampling import Plan, two_point_plan
from audit.testing import measured, scene

NAMES = ["a.png", "b.png", "c.png", "d.png"]


def batch_of(names, **masks):
    return Batch(tuple(names), {name: masks.get(name[0], f"masks of {name}") for name in names})


def drawn(names, fingerprint="{}"):
    return tuple(
        SampledImage(k, name, fingerprint.format(name), "thing", f"masks of {name}")
        for k, name in enumerate(names)
    )


IMAGES = drawn(NAMES[:3], "image {}")
SAMPLE = Sample(Plan(3, 1, 4, 0.5, 0.9), 0, IMAGES, batch_of(NAMES).fingerprint)
FOUND = [Finding("mask.tiny", Severity.INFO, "", file_name="a.png", fingerprint="0a")]


def decided(**verdicts):
    return {
        key if key.startswith("0") else f"image {key}.png": Decision(Verdict(v))
        for key, v in verdicts.items()
    }


def outcome(decisions, names=NAMES):
    return evaluate_review(SAMPLE, decisions, FOUND, batch_of(names))


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
    [
        "{",
        "[]",
        '{"schema_version": 9, "plan": {"size": 1, "accept": 0}, "seed": 0, "images": []}',
        *(
            f'{{"schema_version": 1, "plan": {{"size": {size}, "accept": {accept}, "lot": {lot}}}, "seed": 0, "images": []}}'
            for size, accept, lot in ((2, 0, 10**30), (10**12, 0, "null"), (2, 3, 9), (2, -1, 9), (2, 0, 1))
        ),
    ],
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
    images, batch = drawn(names[:45]), batch_of(names)
    decisions = {image.fingerprint: Decision(Verdict.FINE) for image in images}
    for confidence in (0.0, 0.95):
        sample = Sample(Plan(45, 0, 100, 0.05, confidence), 0, images, batch.fingerprint)
        assert evaluate_review(sample, decisions, [], batch).upper_bound == 0.04


def test_a_batch_without_a_size_is_as_large_as_it_is():
    images, batch = drawn(NAMES[:2]), batch_of(NAMES)
    decisions = {image.fingerprint: Decision(Verdict.FINE) for image in images}
    sample = Sample(Plan(2, 0, None, 0.5, 0.9), 0, images, batch.fingerprint)
    assert evaluate_review(sample, decisions, [], batch).upper_bound == 0.5, "two of four were seen"


def test_a_batch_is_at_least_as_large_as_what_was_reviewed():
    batch = batch_of(NAMES)
    sample = Sample(Plan(3, 0, 2, 0.5, 0.9), 0, IMAGES, batch.fingerprint)
    assert evaluate_review(sample, decided(a="real", b="fine", c="fine"), [], batch).upper_bound == 1 / 3


@pytest.mark.parametrize(
    ("batch", "reason"),
    [
        (batch_of([*NAMES, "e.png"]), "another batch of 4 images, and says nothing about this one of 5"),
        (batch_of([*NAMES[:3], "e.png"]), "another batch of 4 images, and says nothing about this one of 4"),
        (batch_of([*NAMES, "d.png"]), "another batch"),
        (batch_of(NAMES, b="moved"), "the labels of 1 of 3 drawn images have changed"),
    ],
)
def test_a_review_says_nothing_about_another_batch(batch, reason):
    result = evaluate_review(SAMPLE, decided(a="fine", b="fine", c="fine"), FOUND, batch)
    assert (result.outcome.value, result.upper_bound) == ("undecided", 1.0)
    assert reason in result.reason
    result = evaluate_review(SAMPLE, decided(a="real", b="real", c="fine"), FOUND, batch)
    assert result.outcome.value == "fail", "too many are wrong already"


def test_the_order_of_images_and_masks_nobody_saw_do_not_make_another_batch():
    decisions = decided(a="fine", b="fine", c="fine")
    for batch in (batch_of(NAMES[::-1]), batch_of(NAMES, d="moved")):
        assert evaluate_review(SAMPLE, decisions, FOUND, batch).outcome.value == "pass"


def test_a_plan_that_knows_no_batch_decides_nothing():
    sample = Sample(SAMPLE.plan, 0, IMAGES)
    result = evaluate_review(sample, decided(a="fine", b="fine", c="fine"), FOUND, batch_of(NAMES))
    assert result.outcome.value == "undecided"
    assert "does not say which batch" in result.reason


def test_a_batch_is_known_by_its_masks_and_their_categories():
    def masks(drawing):
        return describe_batch(measured(scene(drawing, file_name="x.png"))).masks["x.png"]

    assert masks("aabb") == masks("bbaa"), "the same masks in another order"
    assert len({masks("aabb"), masks("aab."), masks("aa.."), masks("....")}) == 4


@pytest.mark.parametrize(
    "rows", ["0a,fine\n0a,real\n", "0a,real\n0a,fine\n", "0a,unsure\n0a,real\n0a,fine\n"]
)
def test_of_two_reviewers_the_worse_verdict_counts(tmp_path, rows):
    file = tmp_path / "review.csv"
    file.write_text(f"fingerprint,verdict\n{rows}")
    assert read_review(file)["0a"].verdict is Verdict.REAL
    file.write_text("fingerprint,verdict\n0a,fine\n0a,unsure\n0a,fine\n")
    assert read_review(file)["0a"].verdict is Verdict.UNSURE


def test_a_table_with_semicolons_is_read(tmp_path):
    file = tmp_path / "review.csv"
    file.write_text("fingerprint;verdict;note\n0a;fine;one, two\n0b;real;\n")
    assert read_review(file) == {"0a": Decision(Verdict.FINE, note="one, two"), "0b": Decision(Verdict.REAL)}


def test_a_plan_whose_images_its_batch_never_had_decides_nothing():
    sample = Sample(Plan(1, 0, 4, 0.5, 0.9), 0, drawn(["x.png"], "image {}"), batch_of(NAMES).fingerprint)
    result = evaluate_review(sample, decided(x="fine"), FOUND, batch_of(NAMES))
    assert (result.outcome.value, result.absent_files, result.n_reviewed) == ("undecided", ("x.png",), 0)


@pytest.mark.parametrize(
    ("decisions", "names", "expected"),
    [
        ({"a": "fine", "b": "fine", "c": "fine"}, [*NAMES, "e.png"], True),
        ({"a": "real", "b": "unsure"}, NAMES, True),
        ({"a": "real", "b": "fine"}, NAMES, False),
        ({}, NAMES, False),
    ],
)
def test_no_policy_lets_pass_another_batch_or_a_share_above_the_limit(decisions, names, expected):
    """Half of the images may be wrong: one of one is more, one of two is not."""
    result = outcome(decided(**decisions), names)
    assert (result.outcome.value, result.never_passes) == ("undecided", expected)


def test_a_census_above_the_limit_fails():
    """All of 100 images are looked at, and 1 % of them is too many."""
    plan = two_point_plan(0.005, 0.01, lot=100)
    names = [f"{k}.png" for k in range(100)]
    batch, images = batch_of(names), drawn(names)
    fine = {image.fingerprint: Decision(Verdict.FINE) for image in images}
    sample = Sample(replace(plan, size=100), 0, images, batch.fingerprint)
    assert evaluate_review(sample, fine, [], batch).outcome.value == "pass"
    fine["7.png"] = Decision(Verdict.REAL)
    assert evaluate_review(sample, fine, [], batch).outcome.value == "fail"
