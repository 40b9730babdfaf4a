"""What a rule is: a module with a manual page, options, a severity, and a pure function.

A rule file ``audit/detectors/<family>/<name>.py`` defines

- a module docstring: its manual page (title line; sections *What it finds*, *Why it matters*,
  *When it is wrong*, *Example*, *Reference*),
- ``SEVERITY``: what its findings weigh unless a hit or the configuration says otherwise,
- ``Options``: a frozen dataclass of :func:`option` fields,
- ``detect(measurements, options)``: yields a :class:`Hit` for everything it finds in the tables, or a
  :class:`HitTable` for many at once.

Nothing else has to be edited: the registry finds the file, and the path is the rule's id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.findings.finding import Evidence, Severity

if TYPE_CHECKING:
    from audit.findings.column_memory import Column
    from audit.findings.text_columns import Texts


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


@dataclass(frozen=True, slots=True)
class HitTable:
    """Many hits of a rule as columns, one row a hit: a tenth of the time of single ones.

    Examples
    --------
    >>> from audit.findings.text_columns import fill_template
    >>> width = np.array([3, 5])
    >>> table = HitTable(
    ...     message=fill_template("This mask is {width} px wide.", {"width": width}),
    ...     instances=np.array([7, 9]),
    ...     evidence={"width_px": width},
    ... )
    >>> [(hit.message, hit.instances, hit.evidence) for hit in table]
    [('This mask is 3 px wide.', (7,), {'width_px': 3}), ('This mask is 5 px wide.', (9,), {'width_px': 5})]
    """

    message: Texts
    """(n,) large_string: a sentence each, as `audit.findings.text_columns.fill_template` makes them."""
    instances: NDArray[np.int64]
    """(n,) rows of the instances table; (n, 2) where each hit is about a pair."""
    score: NDArray[np.float64] | None = None
    """(n,) 0..1; None = 1.0 each."""
    evidence: Mapping[str, Column] = field(default_factory=dict)
    """(n,) numbers, truth values or texts by name; NaN is written as null."""
    severity: NDArray[np.str_] | None = None
    """(n,) values of `Severity`, as ``np.where(is_clear, Severity.WARNING, Severity.INFO)`` gives them; an
    empty text, or None for all = the rule's own."""
    field: str = "segmentation"
    """The field of the annotation records that the pointers end on."""

    def __len__(self) -> int:
        return len(self.instances)

    def __iter__(self) -> Iterator[Hit]:
        """Yield the rows as single hits."""
        evidence_cells = [_list_cells(column) for column in self.evidence.values()]
        severities = [""] * len(self) if self.severity is None else self.severity.tolist()
        columns = (
            self.message.to_pylist(),
            [1.0] * len(self) if self.score is None else self.score.tolist(),
            map(tuple, np.atleast_2d(self.instances.T).T.tolist()),
            [Severity(name) if name else None for name in severities],
            zip(*evidence_cells, strict=True) if evidence_cells else [()] * len(self),
        )
        for message, score, instances, severity, cells in zip(*columns, strict=True):
            evidence = dict(zip(self.evidence, cells, strict=True))
            yield Hit(message, score, instances, evidence=evidence, severity=severity, field=self.field)


def list_hits(hits: Iterable[Hit | HitTable]) -> list[Hit]:
    """Return what a rule's ``detect`` yielded as single hits.

    Parameters
    ----------
    hits : iterable of Hit or HitTable

    Examples
    --------
    >>> [hit.message for hit in list_hits([Hit("one"), Hit("two")])]
    ['one', 'two']
    >>> list_hits([])
    []
    """
    return [single for hit in hits for single in ((hit,) if isinstance(hit, Hit) else hit)]


def _list_cells(column: Column) -> Sequence[Any]:
    """Return a column as Python's values; None for NaN, as files have it."""
    if not isinstance(column, np.ndarray):
        cells: list[Any] = column.to_pylist()
        return cells
    if column.dtype.kind == "f":
        return [None if value != value else value for value in column.tolist()]
    values: list[Any] = column.tolist()
    return values


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
