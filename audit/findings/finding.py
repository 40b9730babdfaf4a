"""A finding: one thing said about a dataset, with its place, its numbers and its identity.

Files name records by their ids; drawings and rates need table rows, and ids may be doubled. So a finding
keeps the rows that it was made from. They are positions in tables of this run, so no file holds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

EvidenceValue = int | float | str | bool | None | list[int] | list[float] | list[str]
Evidence = Mapping[str, EvidenceValue]


class Severity(StrEnum):
    """How bad a finding is.

    Examples
    --------
    >>> Severity("error").rank < Severity.INFO.rank
    True
    """

    ERROR = "error"
    """A model must not train on this: the record is broken or contradicts itself."""
    WARNING = "warning"
    """Most likely a labelling mistake: somebody should look."""
    INFO = "info"
    """Worth knowing; legal."""

    @property
    def rank(self) -> int:
        """Position in the order of reports: 0 is worst."""
        return ("error", "warning", "info").index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing said about a dataset.

    Ids are as in the file. A finding about the whole dataset has no image; a finding about an image
    has no annotations.
    """

    rule: str
    """Id of the rule, ``family.name``."""
    severity: Severity
    """The rule's, unless the rule grades its findings or the configuration says otherwise."""
    message: str
    """One sentence for a labeller, with the deciding number."""
    score: float = 1.0
    """0..1: how strong the evidence is; orders findings of one rule."""
    image_id: int | None = None
    """As in the file; None = about no image."""
    file_name: str | None = None
    """Of the image; None = about no image."""
    annotation_ids: tuple[int, ...] = ()
    """As in the file; of predictions their positions."""
    category_ids: tuple[int, ...] = ()
    """As in the file."""
    evidence: Evidence = field(default_factory=dict)
    """The numbers behind the finding, by name."""
    source: str = ""
    """Name of the file that the pointer points into."""
    pointer: str = ""
    """RFC 6901 JSON pointer of the record or field; empty for the whole document."""
    fingerprint: str = ""
    """Identity that survives a re-export with new ids; see `audit.findings.fingerprint`."""
    decision: str = ""
    """What somebody said of it: ``real``, ``fix``, ``fine``, ``unsure``; empty = nobody has."""
    note: str = ""
    """What they added in words."""
    image_row: int = -1
    """Row of the images table; -1 = about no (known) image."""
    instance_rows: tuple[int, ...] = ()
    """Rows of the instances table, in the order of ``annotation_ids``; never those of predictions that are
    compared with labels, so that what is wrong with a prediction is not held against a label."""
    prediction_rows: tuple[int, ...] = ()
    """Rows of the annotations of the predictions that labels are compared with."""

    @property
    def sort_key(self) -> tuple[int, str, int, tuple[int, ...], str, str, str, str]:
        """Order of findings in every output."""
        image_id = -1 if self.image_id is None else self.image_id
        return (
            self.severity.rank,
            self.rule,
            image_id,
            self.annotation_ids,
            self.source,
            self.pointer,
            self.message,
            self.fingerprint,
        )


def sort_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings by (severity, rule, image, annotations), the order of every output.

    Examples
    --------
    >>> low = Finding("mask.tiny", Severity.INFO, "2 px")
    >>> high = Finding("overlap.duplicate", Severity.ERROR, "same mask twice")
    >>> [f.rule for f in sort_findings([low, high])]
    ['overlap.duplicate', 'mask.tiny']
    >>> sort_findings([])
    ()
    """
    return tuple(sorted(findings, key=lambda finding: finding.sort_key))
