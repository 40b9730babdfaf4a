"""What all tests share: the real datasets, Hypothesis' settings, and a word on what could not run."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import is_hypothesis_test, settings
from scipy import ndimage

from audit.dataset.shard import split_shards
from audit.detectors.registry import all_rules
from audit.findings.decisions import Decision, apply_decisions
from audit.findings.reviews import count_reviews
from audit.measure.schema import Measurements
from audit.measure.shard import measure_shard
from audit.measure.tables import merge_shards
from audit.pipeline.config import Config
from audit.pipeline.evaluate import evaluate_rules
from audit.pipeline.result import ScanResult
from audit.pipeline.stored import StoredMeasurements
from audit.pipeline.timer import Timer
from audit.testing import Scene, dataset, measured
from audit.touching.learn import score_touching

Batch = Callable[..., ScanResult]
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# No deadline: machines are shared. `make test` and CI draw the same examples every time; `make random` draws new ones.
settings.register_profile("maskaudit", deadline=None, max_examples=50, derandomize=True)
settings.register_profile("random", deadline=None, max_examples=300)
settings.load_profile("maskaudit")


@pytest.fixture(scope="session")
def ci_commands() -> Callable[[str], list[str]]:
    """Return a function that lists the lines of a log which a CI system would obey."""
    # As the runners read: GitHub trims the line, all others look for their mark anywhere in it.
    colour, mark = re.compile(r"\x1b\[[\d;]*m"), re.compile(r"##\w*\[|section_(start|end):\d")

    def obeyed(log: str) -> list[str]:
        lines = re.split(r"[\r\n]", log)
        return [line for line in lines if colour.sub("", line).strip().startswith("::") or mark.search(line)]

    return obeyed


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real datasets; use with ``@pytest.mark.shared``."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real datasets are not here (../shared/data)")
    return SHARED_DATA


# Tracing lines doubles what a test costs. Random examples, real data and pages in a browser tread the lines that
# plain tests tread, many times over: coverage is that of the plain tests.
UNTRACED = ("slow", "browser", "shared")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        marked = any(item.get_closest_marker(name) for name in UNTRACED)
        if marked or is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.no_cover)
        if item.get_closest_marker("shared") and not SHARED_DATA.is_dir():
            item.add_marker(pytest.mark.skip(reason="the real datasets are not here (../shared/data)"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say last, and loudly, which checks this machine could not make."""
    skipped: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        skipped[reason] = skipped.get(reason, 0) + 1
    if not skipped:
        return
    terminalreporter.section("NOT CHECKED on this machine", sep="!", red=True, bold=True)
    for reason, tests in sorted(skipped.items()):
        terminalreporter.line(f"{tests} test{'s' if tests > 1 else ''}: {reason}", red=True)


SIDE = 160


def ellipse(x: float, y: float, a: float, b: float, turn: float = 0.0) -> np.ndarray:
    rows, columns = np.ogrid[:SIDE, :SIDE]
    c, s = np.cos(turn), np.sin(turn)
    u, v = c * (columns - x) + s * (rows - y), c * (rows - y) - s * (columns - x)
    return (u / a) ** 2 + (v / b) ** 2 <= 1


def closed(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Unite two masks as an annotator would: without the slits at both ends of the seam."""
    near = [ndimage.binary_dilation(mask, np.ones((3, 3))) for mask in (one, other)]
    return one | other | (near[0] & near[1])


def draw(seed: int, merged: int, split: int, folder: str = "") -> Scene:
    """Nine places: three touching pairs (of which some merged), six singles (of which some split)."""
    rng = np.random.default_rng(seed)
    masks, name = {}, iter("abcdefghijklmnopqrstuvwxyz")
    for k in range(9):
        x, y = 28 + 52 * (k % 3), 28 + 52 * (k // 3)
        turn, size = rng.uniform(0, np.pi), rng.uniform(7.0, 9.0)
        if k < 3:
            dx, dy = 0.95 * size * np.cos(turn), 0.95 * size * np.sin(turn)
            one, other = ellipse(x - dx, y - dy, size, size * 0.9), ellipse(x + dx, y + dy, size, size * 0.9)
            if k < merged:
                masks["M" + str(k)] = closed(one & ~other, other)
            else:
                masks[next(name)], masks[next(name)] = one & ~other, other
        else:
            mask = ellipse(x, y, size * 1.1, size, turn)
            if k - 3 < split:
                half = np.broadcast_to(np.arange(SIDE) < x + rng.uniform(-2, 2), mask.shape)
                masks["S" + str(k)], masks["T" + str(k)] = mask & half, mask & ~half
            else:
                masks[next(name)] = mask
    return Scene(SIDE, SIDE, masks, file_name=f"{folder}{seed}.png")


@pytest.fixture(scope="session")
def cells() -> Callable[..., Measurements]:
    """Measure images of cells, some of them drawn with errors: {image: (merged, split)}."""

    def make(
        images: int = 24, wrong: dict[int, tuple[int, int]] | None = None, folder=lambda k: ""
    ) -> Measurements:
        errors = wrong or {}
        data = dataset(*(draw(k, *errors.get(k, (0, 0)), folder(k)) for k in range(images)))
        return score_touching(merge_shards(data, [measure_shard(shard) for shard in split_shards(data)]))

    return make


@pytest.fixture(scope="session")
def clean(cells: Callable[..., Measurements]) -> Measurements:
    return cells()


@pytest.fixture(scope="session")
def wrong(cells: Callable[..., Measurements]) -> Measurements:
    """One merge in each of images 3, 7 and 9, one split in image 5."""
    return cells(80, {3: (1, 0), 7: (1, 0), 9: (1, 0), 5: (0, 1)})


@pytest.fixture(scope="session")
def batches(cells: Callable[..., Measurements]) -> Measurements:
    """Two folders; the second draws most contacts as one."""
    return cells(60, dict.fromkeys(range(45, 60), (2, 0)), lambda k: "second/" if k >= 45 else "first/")


@pytest.fixture(scope="session")
def draw_cells() -> Callable[..., Scene]:
    return draw


@pytest.fixture(scope="session")
def batch() -> Batch:
    """Scan drawn scenes; decisions by fingerprint can be given."""

    def scan(*scenes: Scene, decisions: dict[str, Decision] | None = None, select=("overlap",)) -> ScanResult:
        m = measured(*scenes)
        config = Config(select=select)
        data = dataset(*scenes)
        findings = tuple(
            apply_decisions(
                evaluate_rules(StoredMeasurements(m, (), data.sources), config, Timer()), decisions or {}
            )
        )
        rules = {rule: info for rule, info in all_rules().items() if config.is_on(rule)}
        return ScanResult(
            "1.0", m, findings, rules, {}, dataset=data, sources=data.sources, reviews=count_reviews(findings)
        )

    return scan
