"""Batches drawn as text, scanned by all rules."""

from collections.abc import Callable

import pytest

from audit.engine.catalogue import catalogue
from audit.engine.clock import Clock
from audit.engine.config import Config
from audit.engine.judging import judge
from audit.engine.result import ScanResult
from audit.engine.stored import Stored
from audit.findings.decisions import Decision, marked
from audit.findings.reviews import reviews
from audit.testing import Scene, dataset, measured

Batch = Callable[..., ScanResult]


@pytest.fixture(scope="session")
def batch() -> Batch:
    """Scan drawn scenes; decisions by fingerprint can be given."""

    def scan(*scenes: Scene, decisions: dict[str, Decision] | None = None, select=("overlap",)) -> ScanResult:
        m = measured(*scenes)
        config = Config(select=select)
        data = dataset(*scenes)
        findings = tuple(marked(judge(Stored(m, (), data.sources), config, Clock()), decisions or {}))
        rules = {rule: info for rule, info in catalogue().items() if config.is_on(rule)}
        return ScanResult(
            "1.0", m, findings, rules, {}, dataset=data, sources=data.sources, reviews=reviews(findings)
        )

    return scan
