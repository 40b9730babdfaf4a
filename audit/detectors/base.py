"""What a rule is: a module with a manual page, options, a severity, and a pure function.

A rule file ``audit/detectors/<family>/<name>.py`` defines

- a module docstring: its manual page (title line; sections *What it finds*, *Why it matters*,
  *When it is wrong*, *Example*, *Reference*),
- ``SEVERITY``: what its findings weigh unless a hit or the configuration says otherwise,
- ``Options``: a frozen dataclass of :func:`option` fields,
- ``detect(m, o)``: yields a :class:`Hit` for everything it finds in the tables ``m``.

Nothing else has to be edited: the registry finds the file, and the path is the rule's id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, NamedTuple

import numpy as np

from audit.findings.finding import Evidence, Finding, Severity
from audit.findings.fingerprint import hash_finding
from audit.measure.schema import Measurements

_BATCH = 4096
"""Hits that are made findings together."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule found, in table positions; `to_findings` makes it a finding."""

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


def to_findings(rule: str, severity: Severity, hits: Iterable[Hit], m: Measurements) -> Iterator[Finding]:
    """Turn hits into findings: positions become ids, pointers and fingerprints.

    Parameters
    ----------
    rule : str
        Rule id.
    severity : Severity
        For hits that bring none.
    hits : iterable of Hit
        What the rule's ``detect`` yielded.
    m : Measurements
        The tables that the hits' positions refer to.

    Yields
    ------
    Finding
        One a hit, in the hits' order.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> hit = Hit("no category is used", evidence={"categories": 0})
    >>> [f.rule for f in to_findings("dataset.empty", Severity.INFO, [hit], empty_measurements())]
    ['dataset.empty']
    >>> list(to_findings("dataset.empty", Severity.INFO, [], empty_measurements()))
    []
    """
    columns = _Columns(m)
    waiting = iter(hits)
    while batch := list(islice(waiting, _BATCH)):
        yield from columns.findings(rule, severity, batch)


class _Instance(NamedTuple):
    """What findings need of a row of the instances table."""

    image: int
    annotation_id: int
    source: int
    place: int
    category: int
    mask_hash: int


_COLUMNS = ("image", "annotation_id", "source", "index", "category", "mask_hash")


class _Columns:
    """The columns that findings need, as plain arrays: row access through pandas costs 100 times more."""

    def __init__(self, m: Measurements) -> None:
        self.instances = [m.instances[name].to_numpy() for name in _COLUMNS]
        self.images: Mapping[str, Any] = {
            name: m.images[name].to_numpy() for name in ("image_id", "file_name", "source", "index")
        }
        self.categories: Mapping[str, Any] = {
            name: m.categories[name].to_numpy() for name in ("category_id", "name", "source", "index")
        }
        self.sources = m.sources
        self.formats = m.formats

    def findings(self, rule: str, severity: Severity, hits: Sequence[Hit]) -> Iterator[Finding]:
        """Turn some hits into findings: all their instances are looked up at once."""
        rows = np.fromiter(chain.from_iterable(hit.instances for hit in hits), np.int64)
        instances = map(_Instance, *(column[rows].tolist() for column in self.instances))
        for hit in hits:
            yield self._finding(rule, severity, hit, list(islice(instances, len(hit.instances))))

    def _finding(self, rule: str, severity: Severity, hit: Hit, instances: Sequence[_Instance]) -> Finding:
        image, categories = hit.image, hit.categories
        if instances:
            if image is None:
                image = instances[0].image
            if not categories:
                categories = tuple(dict.fromkeys(i.category for i in instances if i.category >= 0))
        known_image = image is not None and image >= 0
        file_name = self.images["file_name"].item(image) if known_image else None
        source, pointer = self._place(hit, instances, image if known_image else None)
        return Finding(
            rule=rule,
            severity=hit.severity or severity,
            message=hit.message,
            score=round(float(hit.score), 6),
            image_id=self.images["image_id"].item(image) if known_image else None,
            file_name=file_name,
            annotation_ids=tuple([i.annotation_id for i in instances]),
            category_ids=tuple([self.categories["category_id"].item(c) for c in categories]),
            evidence=hit.evidence,
            source=self.sources[source] if 0 <= source < len(self.sources) else "",
            pointer=pointer,
            fingerprint=hash_finding(rule, file_name, self._identity(hit, instances, categories)),
            image_row=image if image is not None and image >= 0 else -1,
            instance_rows=hit.instances,
        )

    def _place(self, hit: Hit, instances: Sequence[_Instance], image: int | None) -> tuple[int, str]:
        if instances:
            first = instances[0]
            pointer = self._record(first.source, "annotations", first.place)
            return first.source, f"{pointer}/{hit.field}" if hit.field and pointer else pointer
        if image is not None:
            source = self.images["source"].item(image)
            return source, self._record(source, "images", self.images["index"].item(image))
        if hit.categories:
            row = hit.categories[0]
            return self.categories["source"].item(row), f"/categories/{self.categories['index'].item(row)}"
        return 0, ""

    def _record(self, source: int, entity: str, index: int) -> str:
        """Point at a record: results are one list, and label images have no records."""
        kind = self.formats[source] if source < len(self.formats) else "coco"
        if kind == "label_images":
            return ""
        return f"/{index}" if kind == "coco_results" else f"/{entity}/{index}"

    def _identity(self, hit: Hit, instances: Sequence[_Instance], categories: tuple[int, ...]) -> list[str]:
        if instances:
            return [f"{i.mask_hash:016x}" for i in instances]
        if hit.identity:
            return list(hit.identity)
        return [str(self.categories["name"][c]) for c in categories]
