"""How long each step of a scan took."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from time import perf_counter

from audit.carriers import dataclass

_logger = logging.getLogger("maskaudit.pipeline")


@dataclass(frozen=True, slots=True)
class Timer:
    """Wall time by step.

    Examples
    --------
    >>> timer = Timer()
    >>> with timer.step("read"):
    ...     pass
    >>> first_time = timer.seconds["read"]
    >>> with timer.step("read"):  # a step may be done twice: its times add up
    ...     pass
    >>> list(timer.seconds), timer.seconds["read"] >= first_time
    (['read'], True)
    >>> Timer().seconds
    {}
    """

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time what happens inside, also if it fails."""
        start = perf_counter()
        try:
            yield
        finally:
            seconds = perf_counter() - start
            self.seconds[name] = self.seconds.get(name, 0.0) + seconds
            _logger.debug("%s: %.3f s", name, seconds)
