import os

RULE = "image.not_regular"


def test_finds_a_pipe_without_opening_it(looked_at):
    os.mkfifo(looked_at.folder / "pipe.png")
    (hit,) = looked_at(RULE, "pipe.png")
    assert (hit.image, hit.instances) == (1, ())
    assert hit.evidence["file_name"] == "pipe.png"
    assert "pipe" in hit.evidence["detail"]


def test_silent_on_sound_and_on_missing_pictures(looked_at):
    assert looked_at(RULE, "absent.png") == []
