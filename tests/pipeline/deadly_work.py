"""Work for worker processes, in a module that they can import."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from audit.measure.shard import measure_shard
from audit.pipeline.workers import _serve_calls


@dataclass(frozen=True)
class Numbers:
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    def take(self, positions: np.ndarray) -> Self:
        return type(self)(self.values[positions])


def total(numbers):
    return int(numbers.values.sum())


@dataclass(frozen=True)
class Counted(Numbers):
    folder: str
    """Where finished items leave a file."""


def hold_up_at_zero(numbers):
    """Answer 0 when 1 to 3 have been answered, and a moment later: time enough to ask for more than that."""
    done = Path(numbers.folder)
    if 0 in numbers.values:
        while len(list(done.iterdir())) < 3:
            time.sleep(0.01)
        time.sleep(0.5)
    elif numbers.values.max() <= 3:
        (done / str(numbers.values[0])).touch()
    return int(numbers.values.sum())


def die_on_seven(numbers):
    if 7 in numbers.values:
        os._exit(9)
    return numbers.values.tolist()


def die_on_five_with_seven(numbers):
    if {5, 7} <= set(numbers.values.tolist()):
        os._exit(9)
    return numbers.values.tolist()


def always_die(numbers):
    os._exit(9)


def fail(numbers):
    raise ValueError(f"no good: {numbers.values[0]}")


class StubbornError(Exception):
    """Can be taken apart, but not put together again."""

    def __init__(self, one, other):
        super().__init__(one + other)


def fail_stubbornly(numbers):
    raise StubbornError("cannot be put", " together")


def die_on_multiples_of_three(numbers):
    if (numbers.values % 3 == 0).any():
        os._exit(9)
    return numbers.values.tolist()


def measure_or_die(shard):
    """Measure, but die on the annotation in row 3 of the dataset."""
    if 3 in shard.rows:
        os._exit(9)
    return measure_shard(shard)


def die_at_once(channel):
    os.kill(os.getpid(), signal.SIGKILL)


def serve_from_the_second_start_on(channel):
    starts = Path(os.environ["STARTS"])
    (starts / str(os.getpid())).touch()
    if len(list(starts.iterdir())) == 1:
        die_at_once(channel)
    _serve_calls(channel)
