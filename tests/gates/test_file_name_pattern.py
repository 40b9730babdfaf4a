"""A pattern of the user's finds groups, and never holds the gate up."""

import signal
import threading

import pytest

from audit.gates import file_name_pattern
from audit.gates.errors import GateError
from audit.gates.file_name_pattern import match_file_names


def test_the_first_brackets_name_the_group():
    assert match_file_names(r"^(\w+?)_(\d+)", ["anna_1.png", "b.png", "x/berta_2.png"]) == ["anna", "", ""]
    assert match_file_names("a|(b)", ["a", "b"]) == ["", "b"]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [("(", "not a regular expression"), ("a", "in brackets"), ("(z)", "matches no file name")],
)
def test_what_cannot_group_is_refused(pattern, message):
    with pytest.raises(GateError, match=message):
        match_file_names(pattern, ["a.png"])


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers")
def test_a_pattern_that_never_ends_is_given_up(monkeypatch):
    monkeypatch.setattr(file_name_pattern, "MAX_SECONDS", 0.05)
    handler = signal.getsignal(signal.SIGALRM)
    with pytest.raises(GateError, match=r"gave up after 0\.05 s; a repetition inside a repetition"):
        match_file_names("(a+)+b", ["a" * 60])
    assert signal.getsignal(signal.SIGALRM) is handler
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_other_threads_match_too():
    groups = []
    thread = threading.Thread(target=lambda: groups.extend(match_file_names("(a)", ["a"])))
    thread.start()
    thread.join()
    assert groups == ["a"]
