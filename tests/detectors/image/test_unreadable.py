import pytest

RULE = "image.unreadable"


@pytest.mark.parametrize("data", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n"])
def test_finds_a_file_that_is_no_picture(looked_at, data):
    (looked_at.folder / "broken.png").write_bytes(data)
    (hit,) = looked_at(RULE, "broken.png")
    assert (hit.image, hit.instances) == (1, ())
    assert hit.evidence["file_name"] == "broken.png"
    assert hit.message == f"The picture broken.png cannot be read: {hit.evidence['detail']}."


def test_finds_a_picture_that_is_cut_short(looked_at):
    whole = (looked_at.folder / "sound.png").read_bytes()
    (looked_at.folder / "half.png").write_bytes(whole[: len(whole) // 2])
    assert [h.image for h in looked_at(RULE, "half.png")] == [1]


def test_silent_on_sound_and_on_missing_pictures(looked_at):
    assert looked_at(RULE, "absent.png") == []
