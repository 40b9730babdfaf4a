"""Labels from pipes, and what only looks like a file."""

import os
import socket
import sys
import threading

import pytest

from audit.loaders import pipes
from audit.loaders.json_file import read_json_file
from audit.loaders.loaded import UnreadableError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


@pytest.mark.parametrize("size", [2, 200_000])  # more than a pipe holds
def test_what_is_written_into_a_pipe_is_read(tmp_path, size):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"[" + b" " * (size - 2) + b"]",))
    writer.start()
    assert read_json_file(path).size_bytes == size
    writer.join()


def test_a_writer_that_takes_its_time_is_waited_for(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(path, os.O_WRONLY)
    assert pipes._read_beginning(reader) == b""
    os.close(writer)
    os.close(reader)


def test_a_pipe_that_nobody_writes_to_and_a_socket_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(pipes, "WRITER_WAIT_S", 0.0)
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(UnreadableError, match="nobody writes into this pipe"):
        read_json_file(path)
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        with pytest.raises(UnreadableError, match="this is a socket"):
            read_json_file(tmp_path / "socket")
