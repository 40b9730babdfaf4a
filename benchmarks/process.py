"""Run a command and say what it took: wall time, and CPU time and memory of all its processes.

Linux only as far as worker processes are concerned: elsewhere they are not counted.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_EVERY_S = 0.1
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Usage:
    """What one run of a command took."""

    wall_s: float
    cpu_s: float
    """User plus system time, workers included."""
    peak_mb: float
    """The most memory at one time, of all processes together; what they share counts once."""
    printed: str
    failed: str = ""
    """The last line of an error message; empty = it went well."""


def measure(command: Sequence[str], folder: Path | None = None) -> Usage:
    """Run a command in a folder and wait until it and all that it started have ended."""
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=stdout, stderr=stderr, start_new_session=True)
        with _Sampler(process.pid) as sampler:
            _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        usages = [usage, *_orphans(process.pid)]
        stdout.seek(0)
        stderr.seek(0)
        failed = ""
        if process.returncode != 0:
            failed = (stderr.read().strip().splitlines() or [f"exit code {process.returncode}"])[-1][:160]
        to_mb = 1024 if sys.platform == "linux" else 1024**2
        largest = max(u.ru_maxrss for u in usages) / to_mb
        cpu = sum(u.ru_utime + u.ru_stime for u in usages)
        return Usage(wall, cpu, max(largest, sampler.peak_mb), stdout.read(), failed)


def adopt_orphans() -> None:
    """Make processes whose parent has ended children of this one, so that their time can be counted."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _orphans(session: int) -> Iterator[object]:
    """Wait for what a command left behind: fork servers end a moment after it, and took its workers' time."""
    while _members(session):
        try:
            yield os.wait4(-1, 0)[2]
        except ChildProcessError:
            return


def _members(session: int) -> list[int]:
    """List the processes of a session."""
    children = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(fields[3]) == session:
            children.append(int(place.parent.name))
    return children


class _Sampler:
    """Adds up the memory of all processes of a session, again and again, while more than one runs."""

    def __init__(self, session: int) -> None:
        self.session, self.peak_mb = session, 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> _Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(_EVERY_S):
            members = _members(self.session)
            if len(members) > 1:  # of a single process the kernel itself knows the peak
                self.peak_mb = max(self.peak_mb, sum(map(_share_mb, members)))


def _share_mb(process: int) -> float:
    """Return the memory of a process in MB, what it shares with others divided among them."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
