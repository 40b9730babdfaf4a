import pytest

from audit.detectors.image.missing import Options, detect

GONE = {"picture": "image.missing", "picture_detail": "no such file"}


def test_each_missing_picture_is_listed(pictured):
    found = list(detect(pictured({}, GONE, GONE), Options()))
    assert [hit.image for hit in found] == [1, 2]
    assert found[0].evidence == {"file_name": "a.jpg", "detail": "no such file"}


def test_a_wrong_folder_is_said_once(pictured):
    (hit,) = detect(pictured(*[GONE] * 21), Options())
    assert hit.image is None
    assert hit.evidence == {"images": 21, "missing": 21, "file_name": "a.jpg"}
    assert "None of the 21 pictures" in hit.message


FOUND = {"picture": "image.missing", "picture_detail": "no such file; it lies in the subfolder default"}
SLASHED = {"picture": "image.missing", "picture_detail": "no such file; the name has backslashes"}


@pytest.mark.parametrize(
    ("rows", "hits"),
    [
        ([GONE] * 20, 20),
        ([GONE] * 21, 1),
        ([GONE] * 30 + [{}] * 29, 1),
        ([GONE] * 30 + [{}] * 30, 30),  # the half is not most
        ([GONE] * 756 + [{}] * 47, 1),
        ([FOUND] * 2, 1),
        ([FOUND], 1),
        ([FOUND] * 3 + [{}] * 2, 1),
        ([FOUND] * 3 + [{}] * 3, 3),
        ([FOUND] * 3 + [GONE], 4),  # two causes
        ([SLASHED] * 2, 1),
    ],
)
def test_most_pictures_or_one_place_is_said_once(pictured, rows, hits):
    assert len(list(detect(pictured(*rows), Options()))) == hits


def test_says_where_most_of_them_lie(pictured):
    (hit,) = detect(pictured(*[GONE] * 5, *[FOUND] * 20, {}), Options())
    assert hit.evidence["place"] == "in the subfolder default"
    assert (hit.evidence["missing"], hit.evidence["in_place"]) == (25, 20)
    assert hit.message == (
        "25 of the 26 pictures are not in the picture folder, the first of them being a.jpg; "
        "20 of them lie in the subfolder default."
    )


def test_a_reason_without_a_place_is_said(pictured):
    (hit,) = detect(pictured(*[SLASHED] * 2), Options())
    assert hit.message.endswith("being a.jpg: no such file; the name has backslashes.")
    assert "place" not in hit.evidence


def test_one_picture_is_named_with_its_place(pictured):
    (hit,) = detect(pictured(FOUND, {}, {}), Options())
    assert hit.image == 0
    assert hit.message.endswith("no such file; it lies in the subfolder default.")


def test_the_limits_are_options(pictured):
    assert len(list(detect(pictured(*[GONE] * 21), Options(max_listed=21)))) == 21
    assert len(list(detect(pictured(*[GONE] * 30, *[{}] * 30), Options(once_above=0.49)))) == 1
    assert len(list(detect(pictured(*[GONE] * 30), Options(once_above=1.0)))) == 30


@pytest.mark.parametrize(
    ("name", "lies", "place"),
    [
        ("a.png", "default/a.png", "in the subfolder default"),
        ("pictures/a.png", "a.png", "in the folder above the picture folder"),
        ("a.png", "a.PNG", "there, with the suffix .PNG instead of .png"),
        ("train/a.png", "a.png", "in the picture folder itself, without the folder train of its name"),
    ],
)
def test_real_folders(looked_at, name, lies, place):
    (looked_at.folder / lies).parent.mkdir(exist_ok=True)
    (looked_at.folder / lies).write_bytes((looked_at.folder / "sound.png").read_bytes())
    (hit,) = looked_at("image.missing", name)
    assert hit.evidence["detail"] == f"no such file; it lies {place}"
    (looked_at.folder / lies).unlink()
    (hit,) = looked_at("image.missing", name)
    assert hit.evidence["detail"] == "no such file"
