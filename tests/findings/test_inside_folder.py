"""What is changed below a folder is below it: no link leads out."""

import errno

import pytest

from audit.findings import inside_folder
from audit.findings.inside_folder import remove_inside, replace_inside


@pytest.fixture(params=["handles", "paths"], autouse=True)
def way(request, monkeypatch):
    """Both ways: with handles of folders, and as on systems without them."""
    if request.param == "paths":
        monkeypatch.setattr(inside_folder, "_CAN_OPEN_FOLDERS", False)
    elif not inside_folder._CAN_OPEN_FOLDERS:
        pytest.skip("this system has no handles of folders")


@pytest.fixture
def places(tmp_path):
    """A new file, a folder to change, and one elsewhere that nothing may touch."""
    (tmp_path / "new").write_text("new")
    (tmp_path / "folder").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "1.html").write_text("precious")
    return tmp_path / "new", tmp_path / "folder", tmp_path / "elsewhere"


@pytest.mark.parametrize("name", ["a.html", "images/1.html", "x/y/z.html"])
def test_a_file_moves_in(places, name):
    new, folder, _ = places
    replace_inside(new, folder, name)
    assert (folder / name).read_text() == "new"
    assert not new.exists()
    remove_inside(folder, name)
    assert not (folder / name).exists()


@pytest.mark.parametrize("name", ["images/1.html", "x/images/1.html"])
def test_a_linked_subfolder_is_refused(places, name):
    new, folder, elsewhere = places
    link = (folder / name).parent
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(elsewhere)
    with pytest.raises(OSError, match="a link to another folder") as caught:
        replace_inside(new, folder, name)
    assert (caught.value.errno, caught.value.filename) == (errno.ELOOP, str(link))
    remove_inside(folder, name)
    assert (elsewhere / "1.html").read_text() == "precious"
    assert new.read_text() == "new"


def test_a_linked_file_is_replaced_not_followed(places):
    new, folder, elsewhere = places
    (folder / "1.html").symlink_to(elsewhere / "1.html")
    replace_inside(new, folder, "1.html")
    assert (folder / "1.html").read_text() == "new"
    assert (elsewhere / "1.html").read_text() == "precious"


def test_a_linked_file_is_removed_not_followed(places):
    _, folder, elsewhere = places
    (folder / "1.html").symlink_to(elsewhere / "1.html")
    remove_inside(folder, "1.html")
    assert list(folder.iterdir()) == []
    assert (elsewhere / "1.html").read_text() == "precious"


def test_a_file_where_a_subfolder_should_be(places):
    new, folder, _ = places
    (folder / "images").write_text("")
    with pytest.raises(OSError):
        replace_inside(new, folder, "images/1.html")
    remove_inside(folder, "images/1.html")
    assert (folder / "images").is_file()


def test_what_is_absent_is_removed_already(places):
    remove_inside(places[1], "no.html")
    remove_inside(places[1], "no/no.html")


@pytest.mark.parametrize("name", ["", ".", "..", "../1.html", "a/../../1.html", "/etc/x", "images/.."])
def test_names_that_lead_out_are_refused(places, name):
    with pytest.raises(ValueError, match="not a name inside a folder"):
        replace_inside(places[0], places[1], name)
    with pytest.raises(ValueError, match="not a name inside a folder"):
        remove_inside(places[1], name)
