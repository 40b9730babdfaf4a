import os
import socket

import pytest

from audit.dataset.paths import (
    NAME_FAULTS,
    RefusedError,
    are_plain_names,
    name_fault,
    open_inside,
    open_regular,
)


def refused(root, name):
    with pytest.raises(RefusedError) as e:
        open_inside(root, name).close()
    return e.value.rule


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "pictures"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(b"inside")
    (folder / "sub" / "b.jpg").write_bytes(b"below")
    (tmp_path / "secret.jpg").write_bytes(b"outside")
    return folder


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("a.jpg", ""),
        ("sub/b.jpg", ""),
        ("./a.jpg", ""),
        ("sub/../a.jpg", ""),
        ("a..b/..c.jpg", ""),
        ("日本/é🙂.png", ""),
        ("scan:01.png", ""),
        ("<img src=x onerror=alert(1)>.jpg", ""),
        ("../../_secret.jpg", "path.traversal"),
        ("sub/../../secret.jpg", "path.traversal"),
        ("../../../../../../etc/passwd", "path.traversal"),
        ("..\\..\\x.jpg", "path.traversal"),
        ("sub\\..\\..\\x.jpg", "path.traversal"),
        ("C:\\Windows\\x.jpg", "path.traversal"),
        ("c:/x.jpg", "path.traversal"),
        ("C:\\", "path.traversal"),
        ("..", "path.traversal"),
        ("/etc/passwd", "path.absolute"),
        ("\\\\server\\share\\x.jpg", "path.absolute"),
        ("", "path.invalid"),
        ("a\0.jpg", "path.invalid"),
        ("a" * 100_000, "path.invalid"),
        ("a" * 256, "path.invalid"),
        ("é" * 128, "path.invalid"),
        ("\ud800.jpg", "path.invalid"),
        ("http://example.com/x.jpg", "path.url"),
        ("s3://bucket/x.jpg", "path.url"),
        ("file:///etc/passwd", "path.url"),
        ("data:image/png;base64,AAAA", "path.url"),
    ],
)
def test_names_are_judged_by_their_text(root, name, rule):
    assert name_fault(name) == rule
    if rule:
        assert rule in NAME_FAULTS
        assert refused(root, name) == rule


@pytest.mark.parametrize(("name", "content"), [("a.jpg", b"inside"), ("sub/b.jpg", b"below")])
def test_opens_what_lies_inside(root, name, content):
    with open_inside(root, name) as file:
        assert file.read() == content


def test_a_root_may_be_a_link_and_links_may_stay_inside(root):
    (root / "link.jpg").symlink_to("sub/b.jpg")
    (root.parent / "pictures_link").symlink_to(root)
    with open_inside(root.parent / "pictures_link", "link.jpg") as file:
        assert file.read() == b"below"


def test_no_other_folder_is_tried(root):
    assert refused(root, "b.jpg") == "image.missing"
    assert refused(root, "pictures/a.jpg") == "image.missing"
    assert refused(root.parent, "a.jpg") == "image.missing"
    assert refused(root, "a.jpg/b.jpg") == "image.missing"
    assert refused(root / "absent", "a.jpg") == "image.missing"


def test_missing_with_backslashes_gets_a_hint(root):
    with pytest.raises(RefusedError, match="backslashes"):
        open_inside(root, "sub\\b.jpg")


@pytest.mark.parametrize("target", ["../secret.jpg", "/etc/passwd", "../absent.jpg", ".."])
def test_links_that_leave_are_refused(root, target):
    (root / "link.jpg").symlink_to(target)
    assert refused(root, "link.jpg") == "path.symlink_escape"


def test_a_folder_that_links_outside_is_refused(root):
    (root / "out").symlink_to("..")
    assert refused(root, "out/secret.jpg") == "path.symlink_escape"


def test_a_sibling_with_the_same_start_is_outside(root):
    (root.parent / "pictures2").mkdir()
    (root.parent / "pictures2" / "x.jpg").write_bytes(b"x")
    (root / "link.jpg").symlink_to("../pictures2/x.jpg")
    assert refused(root, "link.jpg") == "path.symlink_escape"


def test_folders_and_loops_are_unreadable(root):
    (root / "x.jpg").symlink_to("y.jpg")
    (root / "y.jpg").symlink_to("x.jpg")
    assert refused(root, "x.jpg") == "image.unreadable"
    assert refused(root, "sub") == "image.unreadable"
    assert refused(root, ".") == "image.unreadable"


def test_pipes_sockets_and_devices_are_not_opened(root, monkeypatch):
    os.mkfifo(root / "pipe.jpg")
    (root / "zero.jpg").symlink_to("/dev/zero")
    monkeypatch.chdir(root)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.jpg")
        assert refused(root, "socket.jpg") == "image.not_regular"
    assert refused(root, "pipe.jpg") == "image.not_regular"
    assert refused(root, "zero.jpg") == "image.not_regular"


def test_open_regular_follows_no_link(root):
    (root / "link.jpg").symlink_to("a.jpg")
    with pytest.raises(RefusedError, match="symbolic link"):
        open_regular(root / "link.jpg")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission_is_unreadable(root):
    (root / "a.jpg").chmod(0)
    assert refused(root, "a.jpg") == "image.unreadable"


@pytest.mark.parametrize(
    "name", ["", ".a", " a", "a/b", "a\nb", "a\n", "\na", "é.png", "..", "a" * 202, "a\0", "a:b", "\ud800"]
)
def test_names_among_which_one_is_not_plain_are_looked_at(name):
    assert are_plain_names(["a.jpg", "b-1 (2)"]) is False  # brackets are not
    assert are_plain_names(["a.jpg", "b_1 2.x-", "a" * 201])
    for names in ([name], [name, "b.jpg"], ["b.jpg", name], ["a", name, "b"]):
        assert not are_plain_names(names)
