"""What a scan returns: everything that reports, gates and exports need, and nothing they must ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

from audit.carriers import dataclass
from audit.dataset.model import Dataset, RecordOffsets, Source
from audit.detectors.rule import Rule
from audit.findings.decisions import Decision
from audit.findings.finding import Finding
from audit.findings.reviews import RuleReview
from audit.measure.schema import Measurements


@dataclass(frozen=True, slots=True)
class ScanResult:
    """A finished scan."""

    version: str
    """Of maskaudit."""
    measurements: Measurements
    findings: Sequence[Finding]
    """In the order of every output: a `FindingTable`, or, in tests, objects."""
    rules: Mapping[str, Rule]
    """The rules that were on, by id."""
    effective_config: Mapping[str, object]
    """What was in force: plain nested values, sorted keys."""
    dataset: Dataset | None = None
    """None where the scan judged stored measurements or kept no masks: then none can be drawn."""
    predictions: Dataset | None = None
    """What the labels were compared with; None where a scan looked at labels alone."""
    image_root: Path | None = None
    """Where the pictures lie; None where none were given."""
    not_checked: tuple[str, ...] = field(default=())
    """What the scan did not look at, and why, one sentence each."""
    sources: tuple[Source, ...] = field(default=())
    """The input files, also where the scan judged stored measurements."""
    reader_findings: tuple[Finding, ...] = field(default=())
    """All that reading and measuring reported, before rules were selected: stored for judging again."""
    reviews: tuple[RuleReview, ...] = field(default=())
    """How the rules did in the eyes of those who decided about their findings."""
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    """What was decided before, by fingerprint, also about findings that are hidden or gone."""
    hidden: int = 0
    """Findings left out because somebody decided that they are fine."""
    sampled_images: tuple[int, ...] | None = None
    """Rows of the images that the findings are of, where a sample was drawn; None = of all."""
    n_not_new: int = 0
    """Findings left out because a gate does not count them: known, waived or dismissed."""
    notice: str = ""
    """What a reader must know first, where the findings are not all there are: a sentence or two."""
    workers: int = 1
    """Processes that measured."""
    partition_size: int | None = None
    """Annotations a part of the measurement tables; None = they are one file each."""
    record_offsets: Mapping[str, RecordOffsets] = field(default_factory=dict)
    """Where records begin in the input files, by source; empty where stored measurements were judged."""
    config_file: str = ""
    """Where the configuration was read from; empty = defaults."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Wall time by step (``read``, ``measure``, ``rule overlap.duplicate`` ...); differs from run to run."""
