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

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from audit.findings.finding import Evidence, Finding, Severity
from audit.findings.fingerprint import fingerprint
from audit.measure.schema import Measurements


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
    for hit in hits:
        yield columns.finding(rule, severity, hit)


class _Columns:
    """The columns that findings need, as plain arrays: row access through pandas costs 100 times more."""

    def __init__(self, m: Measurements) -> None:
        self.instances: Mapping[str, Any] = {
            name: m.instances[name].to_numpy()
            for name in ("image", "annotation_id", "source", "index", "category", "mask_hash")
        }
        self.images: Mapping[str, Any] = {
            name: m.images[name].to_numpy() for name in ("image_id", "file_name", "source", "index")
        }
        self.categories: Mapping[str, Any] = {
            name: m.categories[name].to_numpy() for name in ("category_id", "name", "source", "index")
        }
        self.sources = m.sources
        self.formats = m.formats

    def finding(self, rule: str, severity: Severity, hit: Hit) -> Finding:
        rows = hit.instances
        image = hit.image
        categories = hit.categories
        if rows:
            if image is None:
                image = int(self.instances["image"][rows[0]])
            if not categories:
                known = dict.fromkeys(int(self.instances["category"][r]) for r in rows)
                categories = tuple(c for c in known if c >= 0)
        known_image = image is not None and image >= 0
        file_name = str(self.images["file_name"][image]) if known_image else None
        source, pointer = self._place(hit, image if known_image else None)
        return Finding(
            rule=rule,
            severity=hit.severity or severity,
            message=hit.message,
            score=round(float(hit.score), 6),
            image_id=int(self.images["image_id"][image]) if known_image else None,
            file_name=file_name,
            annotation_ids=tuple(int(self.instances["annotation_id"][r]) for r in rows),
            category_ids=tuple(int(self.categories["category_id"][c]) for c in categories),
            evidence=hit.evidence,
            source=self.sources[source] if 0 <= source < len(self.sources) else "",
            pointer=pointer,
            fingerprint=fingerprint(rule, file_name, self._identity(hit, categories)),
        )

    def _place(self, hit: Hit, image: int | None) -> tuple[int, str]:
        if hit.instances:
            row = hit.instances[0]
            source = int(self.instances["source"][row])
            pointer = self._record(source, "annotations", int(self.instances["index"][row]))
            return source, f"{pointer}/{hit.field}" if hit.field and pointer else pointer
        if image is not None:
            source = int(self.images["source"][image])
            return source, self._record(source, "images", int(self.images["index"][image]))
        if hit.categories:
            row = hit.categories[0]
            return int(self.categories["source"][row]), f"/categories/{int(self.categories['index'][row])}"
        return 0, ""

    def _record(self, source: int, entity: str, index: int) -> str:
        """Point at a record: results are one list, and label images have no records."""
        kind = self.formats[source] if source < len(self.formats) else "coco"
        return {"coco_results": f"/{index}", "label_images": ""}.get(kind, f"/{entity}/{index}")

    def _identity(self, hit: Hit, categories: tuple[int, ...]) -> list[str]:
        if hit.instances:
            return [f"{int(self.instances['mask_hash'][r]):016x}" for r in hit.instances]
        if hit.identity:
            return list(hit.identity)
        return [str(self.categories["name"][c]) for c in categories]
