"""Lets the tests of this folder import the corpus of broken files beside them."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

LIMIT_S = 900
"""No test on the corpus needs more than some seconds on a free machine; a hang shall be a failure, not a stuck run."""


@pytest.fixture(autouse=True)
def bounded_time() -> Iterator[None]:
    """Stop a test that hangs, where the system can."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError(f"took more than {LIMIT_S} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
