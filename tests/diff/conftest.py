"""Versions drawn as text, scanned by the overlap rules."""

from collections.abc import Callable

import pytest

from audit.pipeline.config import Config
from audit.pipeline.evaluate import evaluate_rules
from audit.pipeline.result import ScanResult
from audit.pipeline.stored import StoredMeasurements
from audit.pipeline.timer import Timer
from audit.testing import Scene, dataset, measured


@pytest.fixture(scope="session")
def version() -> Callable[..., ScanResult]:
    def scan(*scenes: Scene) -> ScanResult:
        m, data = measured(*scenes), dataset(*scenes)
        findings = evaluate_rules(
            StoredMeasurements(m, (), data.sources), Config(select=("overlap",)), Timer()
        )
        return ScanResult("1.0", m, findings, {}, {}, dataset=data, sources=data.sources)

    return scan
