import unicodedata

import pytest

from audit.dataset import misplaced_pictures
from audit.dataset.misplaced_pictures import describe_places

LETTERS = "\u00dcbung \u00e9.png"


@pytest.fixture
def folder(tmp_path):
    """Make a picture folder that holds some files."""

    def make(*paths):
        for path in ("pictures/.keep", *paths):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).touch()
        return tmp_path / "pictures"

    return make


@pytest.mark.parametrize(
    ("lies", "name", "place"),
    [
        ("pictures/x/y/a.png", "a.png", "in the subfolder x/y"),
        ("pictures/x/z/a.png", "z/a.png", "in the subfolder x/z"),
        ("pictures/a.png", "x/a.png", "in the picture folder itself, without the folder x of its name"),
        (
            "pictures/a.png",
            "data/pictures/a.png",
            "in the picture folder itself, without the folder data/pictures of its name",
        ),
        ("a.png", "a.png", "in the folder above the picture folder"),
        ("other/a.png", "other/a.png", "in the folder above the picture folder"),
        ("pictures/A.png", "a.png", "there, in other capital letters"),
        ("pictures/X/a.png", "x/a.png", "in the folder X"),
        ("pictures/a.jpg", "a.png", "there, with the suffix .jpg instead of .png"),
        ("pictures/x/A.JPG", "a.png", "in the subfolder x, with the suffix .JPG instead of .png"),
        (
            f"pictures/{unicodedata.normalize('NFD', LETTERS)}",
            LETTERS,
            "there, with decomposed (NFD) letters in the name, which look the same",
        ),
        (
            f"pictures/x/{LETTERS}",
            unicodedata.normalize("NFD", LETTERS),
            "in the subfolder x, with composed (NFC) letters in the name, which look the same",
        ),
        (
            "pictures/a.png",
            "images\\0000ab1f-a.png",
            "in the picture folder itself, without the eight characters and the hyphen that Label Studio put before its name",
        ),
        (
            "pictures/x/a.png",
            "0000ab1f-a.png",
            "in the subfolder x, without the eight characters and the hyphen that Label Studio put before its name",
        ),
    ],
)
def test_says_where_a_picture_lies(folder, lies, name, place):
    assert describe_places(folder(lies), [name]) == {name: place}


@pytest.mark.parametrize(
    ("lies", "name"),
    [
        ("pictures/b.png", "a.png"),
        ("pictures/a.png", "0000ab1-a.png"),  # Label Studio puts eight characters before a name
        ("pictures/a.png", "0000ab1f-b.png"),
        ("pictures/a.json", "a.png"),  # labels, not a picture
        ("pictures/a.png", "a"),
        ("up/b.png", "b.png"),  # neither below nor above
        ("b/x.png", "b"),  # a folder
        ("pictures/a\u202e.png", "a\u202e.jpg"),  # what cannot be shown is not named
    ],
)
def test_silent_where_it_is_nowhere(folder, lies, name):
    assert describe_places(folder(lies), [name]) == {}


def test_the_nearest_spelling_and_folder_is_named(folder):
    root = folder("pictures/A.png", "pictures/x/y/a.png", "pictures/z/a.png", "pictures/w/a.png")
    assert describe_places(root, ["a.png"]) == {"a.png": "in the subfolder w"}


def test_links_are_not_followed(folder, tmp_path):
    root = folder("far/a.png")
    (root / "link").symlink_to(tmp_path / "far")
    assert describe_places(root, ["a.png"]) == {}


@pytest.mark.parametrize(("limit", "places"), [(3, 1), (2, 0)])
def test_a_whole_disk_is_not_searched(folder, monkeypatch, limit, places):
    monkeypatch.setattr(misplaced_pictures, "MAX_FILES", limit)
    assert len(describe_places(folder("pictures/1.png", "pictures/x/2.png"), ["2.png"])) == places
