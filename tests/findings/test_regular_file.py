"""Files that may never end, or are far too large, are refused before they fill the memory."""

import os
import sys
import threading
from pathlib import Path

import pytest

from audit.findings.regular_file import MAX_BYTES, read_regular_file, read_regular_text

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


@pytest.mark.parametrize("content", [b"", b"a", b"x" * 3_000_000])
def test_a_regular_file_is_read_whole(tmp_path, content):
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(content)
    link.symlink_to(file)
    assert read_regular_file(file) == read_regular_file(link) == content


@posix
@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", "pipe", "pipe with a writer", "link"])
def test_what_may_never_end_is_refused_at_once(tmp_path, name):
    path = tmp_path / name
    if name.startswith("pipe"):
        os.mkfifo(path)
    if name.endswith("writer"):
        threading.Thread(target=lambda: os.close(os.open(path, os.O_WRONLY)), daemon=True).start()
    if name == "link":
        path.symlink_to("/dev/zero")
    with pytest.raises(OSError, match="not a regular file") as caught:
        read_regular_file(path)
    assert caught.value.filename == str(path)
    assert caught.value.strerror in ("a pipe, not a regular file", "a device, not a regular file")


def test_a_limit_is_a_limit(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    assert read_regular_file(file, 5) == b"12345"
    with pytest.raises(OSError, match="larger than"):
        read_regular_file(file, 4)


def test_a_sparse_file_costs_no_memory(tmp_path):
    with (tmp_path / "file").open("wb") as file:
        file.truncate(MAX_BYTES * 64)
    with pytest.raises(OSError, match="larger than 512 MiB"):
        read_regular_file(tmp_path / "file")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux's /proc")
def test_a_file_that_declares_no_size_is_read_and_limited():
    assert read_regular_file(Path("/proc/self/status")).startswith(b"Name:")
    with pytest.raises(OSError, match="larger than"):
        read_regular_file(Path("/proc/self/status"), 9)


def test_text_keeps_line_ends_and_loses_the_mark(tmp_path):
    (tmp_path / "file").write_bytes("\ufeffa\r\nb".encode())
    assert read_regular_text(tmp_path / "file", "utf-8-sig") == "a\r\nb"
