"""Streams: a pipe is written whole, and a reader that leaves is no error."""

import errno
import os
import threading
import time

import pytest

from audit.findings import stream_file
from audit.findings.stream_file import append_text, write_stream

CONTENT = bytes(range(256)) * 2_000
"""More than a pipe holds."""


@pytest.fixture
def pipe(tmp_path):
    """A pipe that nobody reads yet."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_a_reader_that_comes_later_gets_all(pipe, monkeypatch):
    """What starts beside the command may be the slower one."""
    readers, read = [], []
    monkeypatch.setattr(stream_file.time, "sleep", lambda seconds: readers or readers.append(start_reader()))

    def start_reader():
        reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
        reader.start()
        return reader

    write_stream(pipe, CONTENT)
    readers[0].join()
    assert read == [CONTENT]


def test_a_reader_that_leaves_is_no_error(pipe):
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    writer = threading.Thread(target=write_stream, args=(pipe, CONTENT))
    writer.start()
    while not _read_some(reader):
        time.sleep(0.001)
    os.close(reader)
    writer.join()


def _read_some(reader):
    try:
        return os.read(reader, 10)
    except BlockingIOError:
        return b""


def test_without_a_reader_it_is_given_up(pipe, monkeypatch):
    monkeypatch.setattr(stream_file, "READER_WAIT_S", 0)
    with pytest.raises(OSError, match="nobody reads this pipe") as raised:
        write_stream(pipe, b"x")
    assert (raised.value.errno, raised.value.filename) == (errno.ENXIO, str(pipe))


def test_a_page_is_added_to_as_utf_8(tmp_path):
    page = tmp_path / "page.md"
    append_text(page, "Zellkörper \ud800\n")
    append_text(page, "")
    assert page.read_bytes() == "Zellkörper \\ud800\n".encode()
