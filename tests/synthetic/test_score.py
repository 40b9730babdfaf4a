import pytest

from audit.findings.finding import Finding, Severity
from audit.synthetic.planted import PlantedError, read_planted, write_planted
from audit.synthetic.score import score_rules


def finding(rule, *ids, file_name="a.png", severity=Severity.WARNING, categories=()):
    return Finding(
        rule, severity, "said", file_name=file_name, annotation_ids=ids, category_ids=tuple(categories)
    )


def score_one(planted, findings, rule="mask.tiny", instances=100):
    return {s.rule: s for s in score_rules(planted, findings, instances=instances)}[rule]


TINY = PlantedError("mask.tiny", "a.png", (3,))


def test_nothing_planted_and_nothing_said_gives_no_scores():
    assert score_rules([], [], instances=0) == ()


def test_found_needs_the_same_rule_picture_and_an_annotation():
    assert score_one([TINY], [finding("mask.tiny", 3)]).found == 1
    assert score_one([TINY], [finding("mask.tiny", 4)]).found == 0
    assert score_one([TINY], [finding("mask.tiny", 3, file_name="b.png")]).found == 0
    assert score_one([TINY], [finding("mask.holes", 3)]).found == 0


def test_one_of_two_ids_is_enough():
    pair = PlantedError("overlap.partial", "a.png", (3, 4))
    assert score_one([pair], [finding("overlap.partial", 4, 9)], "overlap.partial").found == 1


def test_two_findings_on_one_error_count_once():
    result = score_one([TINY], [finding("mask.tiny", 3), finding("mask.tiny", 3)])
    assert (result.planted, result.found, result.false_flags) == (1, 1, 0)


def test_a_clean_instance_is_a_false_flag():
    result = score_one([TINY], [finding("mask.tiny", 8)])
    assert (result.found, result.false_flags, result.false_rate) == (0, 1, 0.01)


def test_info_is_never_a_false_flag_but_counts_as_found():
    assert score_one([TINY], [finding("mask.tiny", 8, severity=Severity.INFO)]).false_flags == 0
    assert score_one([TINY], [finding("mask.tiny", 3, severity=Severity.INFO)]).found == 1


def test_another_rule_on_a_victim_is_a_side_effect():
    result = score_one([TINY], [finding("bbox.mask_mismatch", 3)], "bbox.mask_mismatch")
    assert (result.planted, result.side_effects, result.false_flags) == (0, 1, 0)


def test_the_same_id_in_another_picture_is_no_victim():
    assert score_one([TINY], [finding("mask.tiny", 3, file_name="b.png")]).false_flags == 1


def test_a_spoiled_picture_excuses_its_annotations_but_not_another_picture():
    gone = PlantedError("image.missing", "a.png")
    assert score_one([gone], [finding("mask.tiny", 5)]).false_flags == 0
    assert score_one([gone], [finding("image.missing", file_name="b.png")], "image.missing").false_flags == 1


def test_errors_of_the_whole_dataset_agree_by_rule_and_category():
    unused = PlantedError("dataset.unused_category", None, category_ids=(5,))
    rule = "dataset.unused_category"
    assert score_one([unused], [finding(rule, file_name=None, categories=[5])], rule).found == 1
    wrong = score_one([unused], [finding(rule, file_name=None, categories=[1])], rule)
    assert (wrong.found, wrong.false_flags) == (0, 1)


def test_no_instances_gives_a_rate_of_zero():
    assert score_one([], [finding("mask.tiny", 3)], instances=0).false_rate == 0.0


def test_unchecked_kinds_are_marked():
    later = PlantedError("touching.merged", "a.png", (3,), checked=False)
    assert score_one([later], [], "touching.merged").checked is False
    assert score_one([TINY], []).checked is True


@pytest.mark.parametrize("planted", [(), (TINY, PlantedError("a.b", None, category_ids=(1, 2), note="é"))])
def test_answers_survive_writing_and_reading(tmp_path, planted):
    write_planted(tmp_path / "planted.json", planted)
    assert read_planted(tmp_path / "planted.json") == planted


def test_what_a_spoiled_mask_no_longer_covers_is_a_side_effect():
    planted = [PlantedError("mask.tiny", "a.png", (3,))]
    place = {"x": 1, "y": 2, "w": 3, "h": 4}
    for name, false_flags in (("a.png", 0), ("b.png", 1)):
        finding = Finding("image.unlabelled_object", Severity.WARNING, "", file_name=name, evidence=place)
        score = score_rules(planted, [finding], instances=10)[0]
        assert (score.rule, score.false_flags) == ("image.unlabelled_object", false_flags)
    elsewhere = Finding("image.missing", Severity.WARNING, "", file_name="a.png")
    assert score_rules(planted, [elsewhere], instances=10)[0].false_flags == 1
