from dataclasses import replace

import numpy as np
import pytest

from audit.detectors.touching.occlusion_style import Options, detect
from audit.findings.encode import encode_json
from audit.findings.finding import Severity
from audit.testing import Scene, hits, measured, scene

RULE = "touching.occlusion_style"
NAMES = {"log": "log", "post": "post"}


def crossed(kind: str, folder: str = "", number: int = 0, *, upright: bool = False) -> Scene:
    """Draw a log of 30 x 6 pixels behind a post: through it, as parts, or as two annotations."""
    log, post = np.zeros((20, 40), dtype=bool), np.zeros((20, 40), dtype=bool)
    log[7:13, 5:35], post[2:18, 18:23] = True, True
    masks = {"log": log if kind == "through" else log & ~post, "post": post}
    if kind == "two":
        right = np.arange(40) > 20
        masks = {"log": masks["log"] & ~right, "log2": masks["log"] & right, "post": post}
    if upright:
        masks = {name: mask.T for name, mask in masks.items()}
    height, width = post.T.shape if upright else post.shape
    categories = {name: name[:3] for name in masks}
    return Scene(height, width, masks, categories=categories, file_name=f"{folder}{kind}{number}.png")


def many(**counts: int) -> list[Scene]:
    return [crossed(kind, number=k, upright=k % 2 == 1) for kind, n in counts.items() for k in range(n)]


def test_text_masks_are_told_apart():
    drawn = scene("..pp..\naappaa\naappaa\n..pp..", categories={"a": "log", "p": "post"})
    (hit,) = hits(RULE, drawn, *many(through=2), min_objects=3, min_share=0.05)
    assert hit.evidence == {"drawn_through": 2, "drawn_parts": 1}


def test_a_mixed_category_is_said_once():
    (hit,) = hits(RULE, *many(through=15, parts=10))
    assert hit.message == (
        "Of 25 objects of “log” that another one crosses, 15 are drawn through it and 10 as parts beside it."
    )
    assert hit.severity in (None, Severity.INFO)
    assert hit.instances == ()
    encode_json(hit.evidence)


@pytest.mark.parametrize(("habit", "rare"), [("through", "parts"), ("parts", "through")])
def test_who_breaks_a_clear_habit_is_named(habit, rare):
    (hit,) = hits(RULE, *many(**{habit: 24, rare: 1}))
    assert len(hit.instances) == 2
    words = {"through": "through it", "parts": "as parts beside it"}
    assert f"is drawn {words[rare]}" in hit.message
    assert f"24 of 25 others of its category are drawn {words[habit]}" in hit.message


def test_two_annotations_in_line_are_named_where_there_is_a_habit():
    (hit,) = hits(RULE, *many(through=24, two=1))
    assert "in line on both sides" in hit.message
    assert hit.evidence["hidden_px"] == 5
    assert hits(RULE, *many(two=30)) == [], "without a habit nobody can tell one object from two"


def test_every_category_has_its_own_habit():
    def of_beams(drawn: Scene) -> Scene:
        names = {name: name.replace("log", "beam") for name in drawn.masks}
        masks = {names[name]: mask for name, mask in drawn.masks.items()}
        categories = {names[name]: names[name].rstrip("2") for name in drawn.masks}
        return replace(drawn, masks=masks, categories=categories)

    logs, beams = many(through=24, two=1), list(map(of_beams, many(parts=22, through=1, two=1)))
    messages = [hit.message for hit in hits(RULE, *logs, *beams)]
    breaker, beam_in_two, log_in_two = messages
    assert "like one “log” drawn as two; 24 of 24 that are crossed are drawn through it" in log_in_two
    assert "This “beam” is drawn through it" in breaker
    assert "like one “beam” drawn as two; 22 of 23 that are crossed are drawn as parts" in beam_in_two


def test_a_batch_with_the_other_habit_is_a_warning():
    scenes = [
        crossed(kind, f"{folder}/", k)
        for folder, kind in (("old", "parts"), ("new", "through"))
        for k in range(20)
    ]
    found = list(detect(measured(*scenes), Options()))
    warnings = [hit for hit in found if hit.severity == Severity.WARNING]
    assert [hit.evidence["batch"] for hit in warnings] == ["new", "old"]
    assert warnings[0].message == (
        "In folder new, 100 % of 20 objects that another one crosses are drawn through it, elsewhere 0 % of 20."
    )


def test_few_objects_and_other_contacts_say_nothing():
    assert hits(RULE, *many(through=10, parts=9)) == []
    # Side by side, one inside the other, and a corner over a corner: nothing is crossed.
    inside = np.zeros((9, 9), dtype=bool)
    inside[3:6, 3:6] = True
    corner = np.zeros((9, 9), dtype=bool)
    corner[5:, 5:] = True
    body = np.zeros((9, 9), dtype=bool)
    body[:7, :7] = True
    beside = scene("aabb\naabb")
    assert hits(RULE, *[beside, Scene(9, 9, {"a": body, "b": inside, "c": corner})], min_objects=1) == []
    assert hits(RULE) == []


def test_crowds_cross_nothing():
    drawn = crossed("through")
    drawn = Scene(drawn.height, drawn.width, drawn.masks, categories=drawn.categories, crowd="post")
    assert hits(RULE, drawn, min_objects=1, min_share=0.0) == []
