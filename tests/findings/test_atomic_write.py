"""Files appear together or not at all."""

import os

import pytest

from audit.findings.atomic_write import move_into_place, staged_folder, write_atomically


def test_files_come_when_the_block_has_ended(tmp_path):
    out = tmp_path / "report"
    with staged_folder(out) as folder:
        (folder / "a.txt").write_text("1")
        (folder / "below").mkdir()
        (folder / "below" / "b.txt").write_text("2")
        assert not (out / "a.txt").exists()
    assert (out / "a.txt").read_text() == "1"
    assert (out / "below" / "b.txt").read_text() == "2"
    assert sorted(path.name for path in out.iterdir()) == ["a.txt", "below"]


def test_a_failure_leaves_all_as_it_was(tmp_path):
    out = tmp_path / "report"
    out.mkdir()
    (out / "a.txt").write_text("old")
    with pytest.raises(RuntimeError), staged_folder(out) as folder:
        (folder / "a.txt").write_text("new")
        raise RuntimeError
    assert [(path.name, path.read_text()) for path in out.iterdir()] == [("a.txt", "old")]


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "report").write_text("")
    with pytest.raises(OSError), staged_folder(tmp_path / "report"):
        pytest.fail("must not be reached")


def test_what_stands_beside_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with staged_folder(tmp_path) as folder:
        (folder / "a.txt").write_text("1")
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_nothing_is_moved_where_a_file_is_missing(tmp_path):
    with staged_folder(tmp_path / "from") as folder:
        (folder / "a.txt").write_text("1")
    with pytest.raises(FileNotFoundError):
        move_into_place(tmp_path / "from", tmp_path, ["a.txt", "b.txt"])
    assert [path.name for path in tmp_path.iterdir()] == ["from"]


def test_one_file_replaces_another_and_leaves_no_trace(tmp_path):
    path = tmp_path / "new" / "a.json"
    for data in (b"1", b"2"):
        write_atomically(path, data)
        assert path.read_bytes() == data
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_cannot_be_written_leaves_the_earlier_one(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    write_atomically(path, b"old")

    def fail(_file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("audit.findings.atomic_write.os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_no_file_comes_where_one_of_many_cannot_be_written(tmp_path, monkeypatch):
    n_synced = 0

    def fail_late(_file):
        nonlocal n_synced
        n_synced += 1
        if n_synced == 9:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("audit.findings.atomic_write.os.fsync", fail_late)
    with pytest.raises(OSError, match="No space"), staged_folder(tmp_path) as folder:
        for number in range(12):
            (folder / f"{number}.txt").write_text("new")
    assert n_synced >= 9
    assert list(tmp_path.iterdir()) == []


def test_files_are_written_where_no_thread_is_to_be_had(tmp_path, monkeypatch):
    def fail(_thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", fail)
    with staged_folder(tmp_path) as folder:
        for name in "abc":
            (folder / name).write_text(name)
    assert sorted(path.read_text() for path in tmp_path.iterdir()) == ["a", "b", "c"]


def test_a_table_in_parts_is_replaced_as_a_whole(tmp_path):
    def write(*names):
        with staged_folder(tmp_path) as folder:
            for name in names:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(name)
        return sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())

    three_parts = [f"m/a.parquet/part-{k}" for k in range(3)]
    for names in (["m/a.parquet"], three_parts, three_parts[:2], ["m/a.parquet"]):
        assert write(*names) == names
    (tmp_path / "kept.json").mkdir()
    with pytest.raises(OSError):
        write("kept.json")
    assert (tmp_path / "kept.json").is_dir()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX files")
def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path):
    """Else ``--junit /dev/null``, run by root, would make a file of the device that all programs use."""
    link = tmp_path / "link.xml"
    link.symlink_to(os.devnull)
    write_atomically(link, b"<a/>")
    assert link.is_symlink() and link.is_char_device()
    pipe = tmp_path / "pipe.xml"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(pipe, b"<a/>")
    assert os.read(reader, 99) == b"<a/>"
    os.close(reader)
    assert pipe.is_fifo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.xml", "pipe.xml"]
