"""One image of a report: its masks as outlines and its findings in words, without any markup."""

from __future__ import annotations

from audit.carriers import dataclass
from audit.detectors.rule import Rule
from audit.report.finding_shapes import Box


@dataclass(frozen=True, slots=True)
class DrawnMask:
    """One mask on the page."""

    annotation_id: int
    category: str
    severity: str
    """Worst severity of its findings; empty where it has none."""
    path: str


@dataclass(frozen=True, slots=True)
class DrawnFinding:
    """One finding on the page."""

    severity: str
    rule: str
    title: str
    message: str
    evidence: tuple[tuple[str, str], ...]
    annotations: tuple[str, ...]
    masks: tuple[int, ...]
    """Positions in `ImagePage.masks`."""
    overlap: str
    """Path data of the pixels that its masks share."""
    proposal: str
    """Path data of what is proposed instead: a cut, or the outline of two masks as one."""
    declared: str
    """Path data of the declared boxes, where the finding is about them or there is no mask."""
    marks: str
    """Path data of rings around the evidence: small holes and specks."""
    predicted: str
    """Path data of the predictions that it is about."""
    zoom: Box | None
    """The part of the image to look at."""
    where: str
    pointer: str
    fingerprint: str
    decision: str
    """What somebody said of it; empty = nobody has."""
    note: str
    link: str = ""
    """Its address in the labelling tool; empty = not known."""


@dataclass(frozen=True, slots=True)
class ImagePage:
    """Everything on the page of one image."""

    row: int
    """Row of the images table."""
    name: str
    image_id: int
    width: int
    height: int
    masks: tuple[DrawnMask, ...]
    findings: tuple[DrawnFinding, ...]
    rules: tuple[Rule, ...]
    notes: tuple[str, ...]
    """What the page leaves out."""
    shift_px: float = 0.0
    """Pixels that the outlines are shifted by at most."""
    fine_layers: str = ""
    """Finer outlines for readers who zoom in, packed; empty where the page's are the finest."""
    fine_shift_px: float = 0.0
    predictions: tuple[tuple[str, str], ...] = ()
    """Path data and name of the predictions that the labels are compared with."""

    @property
    def stem(self) -> str:
        """Name of the page's files: the image's position in the input, so that links keep."""
        return f"{self.row + 1:06d}"

    def count(self, severity: str) -> int:
        """Count the shown findings of one severity."""
        return sum(finding.severity == severity for finding in self.findings)
