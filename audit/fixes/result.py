"""What mending a file gives: the corrected file, what was done, and what was left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from audit.carriers import dataclass
from audit.findings.decisions import Verdict
from audit.findings.finding import Finding, Severity
from audit.fixes.labels import Repair
from audit.fixes.plan import Skipped
from audit.fixes.source_text import Patch
from audit.pipeline.result import ScanResult


@dataclass(frozen=True, slots=True)
class Done:
    """A repair that was made."""

    repair: Repair
    is_safe: bool
    pass_number: int
    """From 1 on."""
    old_ids: tuple[int, ...]
    """Annotations that it changed or removed; ids as they were before the pass."""
    new_ids: tuple[int, ...]
    """What they are now, and what it added."""


@dataclass(frozen=True, slots=True)
class FixResult:
    """A corrected file, and how it came about."""

    source: str
    """The file, as the user named it."""
    original: bytes
    corrected: bytes
    done: Sequence[Done]
    skipped: Sequence[Skipped]
    """Findings with a fix that are still there."""
    patches: Sequence[Sequence[Patch]]
    """The way back, one list a pass, the last pass first."""
    before: ScanResult
    after: ScanResult
    n_decoded: int
    """Masks that pycocotools decoded for the proof."""
    findings_new: Sequence[Finding] = field(default=())
    """Findings of the corrected file that the original has not, nor anything they come from."""

    @property
    def is_changed(self) -> bool:
        """Whether anything was mended."""
        return self.original != self.corrected

    @property
    def remaining(self) -> list[Finding]:
        """Findings that are left and should be looked at: warnings and errors nobody found to be fine."""
        return [
            finding
            for finding in self.after.findings
            if finding.severity is not Severity.INFO and finding.decision != Verdict.FINE
        ]
