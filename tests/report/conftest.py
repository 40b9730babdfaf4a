from collections.abc import Callable

import pytest

from audit.dataset.model import Dataset
from audit.detectors.base import to_findings
from audit.detectors.registry import rules
from audit.engine.result import RuleInfo, ScanResult
from audit.findings.finding import Finding, in_order
from audit.measure.schema import Measurements
from audit.testing import Scene, dataset, measured

ON = ("overlap.duplicate", "overlap.contained", "overlap.partial")
Scan = Callable[..., ScanResult]


def judged(m: Measurements, on: tuple[str, ...]) -> list[Finding]:
    found: list[Finding] = []
    for rule in (rules()[name] for name in on):
        found += to_findings(rule.id, rule.severity, rule.detect(m, rule.options()), m)
    return found


@pytest.fixture
def scanned() -> Scan:
    """Scan drawn scenes with three rules; further findings can be added."""

    def scan(
        *scenes: Scene, more: tuple[Finding, ...] = (), data: Dataset | None = None, **fields
    ) -> ScanResult:
        m = measured(*scenes)
        info = {r: RuleInfo(r, rules()[r].severity, rules()[r].title, rules()[r].manual) for r in ON}
        given = {
            "dataset": dataset(*scenes) if data is None else data,
            "effective_config": {"select": list(ON)},
        }
        findings = in_order([*judged(m, ON), *more])
        return ScanResult("1.0", m, findings, info, **(given | fields))

    return scan
