"""What a rule is: a module with a manual page, options, a severity, and a pure function.

A rule file ``audit/detectors/<family>/<name>.py`` defines

- a module docstring: its manual page (title line; sections *What it finds*, *Why it matters*,
  *When it is wrong*, *Example*, *Reference*),
- ``SEVERITY``: what its findings weigh unless a hit or the configuration says otherwise,
- ``Options``: a frozen dataclass of :func:`option` fields,
- ``detect(measurements, options)``: yields a :class:`Hit` for everything it finds in the tables.

Nothing else has to be edited: the registry finds the file, and the path is the rule's id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from audit.findings.finding import Evidence, Severity


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule found, in table positions; `hit_findings.convert_hits` makes it a finding."""

    message: str
    """One sentence for a labeller, with the deciding number."""
    score: float = 1.0
    """0..1: how strong the evidence is."""
    instances: tuple[int, ...] = ()
    """Rows of the instances table."""
    image: int | None = None
    """Row of the images table; not needed where instances are given."""
    categories: tuple[int, ...] = ()
    """Rows of the categories table; not needed where instances are given."""
    evidence: Evidence = field(default_factory=dict)
    severity: Severity | None = None
    """Where one rule grades its hits; None = the rule's own."""
    field: str = "segmentation"
    """The field of the annotation record that the pointer ends on; empty = the record itself."""
    identity: tuple[str, ...] = ()
    """What tells it from other hits on the same image where no instance does: hashes of masks."""


def option(default: Any, *, unit: str, help: str) -> Any:
    """Declare one option of a rule: its default, its unit and what it does.

    Parameters
    ----------
    default : int, float, bool, str or tuple
        Immutable.
    unit : str
        ``px``, ``share``, ``count``, ``IoU`` ...; ``-`` where there is none.
    help : str
        One phrase for the manual page.

    Examples
    --------
    >>> from dataclasses import dataclass, fields
    >>> @dataclass(frozen=True, slots=True)
    ... class Options:
    ...     min_iou: float = option(0.9, unit="IoU", help="least IoU of two duplicates")
    >>> fields(Options)[0].metadata["unit"]
    'IoU'
    """
    return field(default=default, metadata={"unit": unit, "help": help})
