"""From hits to findings: table positions become ids, pointers and fingerprints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

import numpy as np

from audit.detectors.base import Hit
from audit.findings.finding import Finding, Severity
from audit.findings.fingerprint import hash_finding
from audit.measure.schema import Measurements

BATCH = 4096
"""Hits that are made findings together: looking up one row of a table costs as much as looking up many."""


def convert_hits(
    rule: str, severity: Severity, hits: Iterable[Hit], measurements: Measurements
) -> Iterator[Finding]:
    """Turn hits into findings: positions become ids, pointers and fingerprints.

    Parameters
    ----------
    rule : str
        Rule id.
    severity : Severity
        For hits that bring none.
    hits : iterable of Hit
        What the rule's ``detect`` yielded.
    measurements : Measurements
        The tables that the hits' positions refer to.

    Yields
    ------
    Finding
        One a hit, in the hits' order.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> hit = Hit("no category is used", evidence={"categories": 0})
    >>> [f.rule for f in convert_hits("dataset.empty", Severity.INFO, [hit], empty_measurements())]
    ['dataset.empty']
    >>> list(convert_hits("dataset.empty", Severity.INFO, [], empty_measurements()))
    []
    """
    columns = _TableColumns(measurements)
    remaining = iter(hits)
    while batch := list(islice(remaining, BATCH)):
        yield from columns.convert(rule, severity, batch)


class _InstanceRow(NamedTuple):
    """What findings need of a row of the instances table."""

    image: int
    annotation_id: int
    source: int
    list_index: int
    category: int
    mask_hash: int


_INSTANCE_COLUMNS = ("image", "annotation_id", "source", "index", "category", "mask_hash")
"""In the order of `_InstanceRow`."""


class _TableColumns:
    """The columns that findings need, as plain arrays: row access through pandas costs 100 times more."""

    def __init__(self, measurements: Measurements) -> None:
        self.instances = [measurements.instances[name].to_numpy() for name in _INSTANCE_COLUMNS]
        self.images: Mapping[str, Any] = {
            name: measurements.images[name].to_numpy()
            for name in ("image_id", "file_name", "source", "index")
        }
        self.categories: Mapping[str, Any] = {
            name: measurements.categories[name].to_numpy()
            for name in ("category_id", "name", "source", "index")
        }
        self.sources = measurements.sources
        self.formats = measurements.formats

    def convert(self, rule: str, severity: Severity, hits: Sequence[Hit]) -> Iterator[Finding]:
        """Turn some hits into findings: all their instances are looked up at once."""
        rows = np.fromiter(chain.from_iterable(hit.instances for hit in hits), np.int64)
        instances = map(_InstanceRow, *(column[rows].tolist() for column in self.instances))
        for hit in hits:
            yield self._convert_hit(rule, severity, hit, list(islice(instances, len(hit.instances))))

    def _convert_hit(
        self, rule: str, severity: Severity, hit: Hit, instances: Sequence[_InstanceRow]
    ) -> Finding:
        image, categories = -1 if hit.image is None else hit.image, hit.categories
        if instances:
            if hit.image is None:
                image = instances[0].image
            if not categories:
                categories = tuple(dict.fromkeys(i.category for i in instances if i.category >= 0))
        has_image = image >= 0
        file_name = self.images["file_name"].item(image) if has_image else None
        source, pointer = self._locate(hit, instances, image)
        return Finding(
            rule=rule,
            severity=hit.severity or severity,
            message=hit.message,
            score=round(float(hit.score), 6),
            image_id=self.images["image_id"].item(image) if has_image else None,
            file_name=file_name,
            annotation_ids=tuple([instance.annotation_id for instance in instances]),
            category_ids=tuple([self.categories["category_id"].item(row) for row in categories]),
            evidence=hit.evidence,
            source=self.sources[source] if 0 <= source < len(self.sources) else "",
            pointer=pointer,
            fingerprint=hash_finding(rule, file_name, self._fingerprint_parts(hit, instances, categories)),
            image_row=image if has_image else -1,
            instance_rows=hit.instances,
        )

    def _locate(self, hit: Hit, instances: Sequence[_InstanceRow], image: int) -> tuple[int, str]:
        """Return the source and the JSON pointer of what a hit is about."""
        if instances:
            first = instances[0]
            pointer = self._point_at(first.source, "annotations", first.list_index)
            return first.source, f"{pointer}/{hit.field}" if hit.field and pointer else pointer
        if image >= 0:
            source = self.images["source"].item(image)
            return source, self._point_at(source, "images", self.images["index"].item(image))
        if hit.categories:
            row = hit.categories[0]
            return self.categories["source"].item(row), f"/categories/{self.categories['index'].item(row)}"
        return 0, ""

    def _point_at(self, source: int, entity: str, index: int) -> str:
        """Point at a record: results are one list, and label images have no records."""
        source_format = self.formats[source] if source < len(self.formats) else "coco"
        if source_format == "label_images":
            return ""
        return f"/{index}" if source_format == "coco_results" else f"/{entity}/{index}"

    def _fingerprint_parts(
        self, hit: Hit, instances: Sequence[_InstanceRow], categories: tuple[int, ...]
    ) -> list[str]:
        if instances:
            return [f"{instance.mask_hash:016x}" for instance in instances]
        if hit.identity:
            return list(hit.identity)
        return [str(self.categories["name"][row]) for row in categories]
