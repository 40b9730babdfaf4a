"""From hits to findings: table positions become ids, pointers and fingerprints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.dataset.record_places import WITHOUT_COCO_FIELDS, point_at_record
from audit.detectors.base import Hit
from audit.findings.arrow_arrays import repeat_text
from audit.findings.finding import Severity
from audit.findings.finding_table import FindingTable, join_lists, make_evidence_columns
from audit.findings.fingerprint import hash_finding
from audit.measure.schema import Measurements

BATCH = 4096
"""Hits that are made findings together: looking up one row of a table costs as much as looking up many."""
BATCHES_STORED = 16
"""Batches that go to disk together, where there are many."""

IntArray = NDArray[np.int64]
_COLUMNS = {
    "instances": ("image", "annotation_id", "source", "index", "category", "mask_hash"),
    "images": ("image_id", "file_name", "source", "index", "record_file"),
    "categories": ("category_id", "name", "source", "index"),
}
"""What findings need of the tables."""


def convert_hits(
    rule: str, severity: Severity, hits: Iterable[Hit], measurements: Measurements
) -> FindingTable:
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

    Returns
    -------
    FindingTable
        One row a hit, in the hits' order.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> hit = Hit("no category is used", evidence={"categories": 0})
    >>> [f.rule for f in convert_hits("dataset.empty", Severity.INFO, [hit], empty_measurements())]
    ['dataset.empty']
    >>> len(convert_hits("dataset.empty", Severity.INFO, [], empty_measurements()))
    0
    """
    return HitConverter(measurements).convert(rule, severity, hits)


class HitConverter:
    """Turns the hits of many rules into findings; the columns that it needs it looks up once."""

    def __init__(self, measurements: Measurements) -> None:
        self._measurements = measurements

    def convert(self, rule: str, severity: Severity, hits: Iterable[Hit]) -> FindingTable:
        """Do as `convert_hits`.

        Parameters
        ----------
        rule : str
        severity : Severity
        hits : iterable of Hit
        """
        remaining, tables, stored = iter(hits), [], []
        while batch := list(islice(remaining, BATCH)):
            tables.append(self._convert_batch(rule, severity, batch))
            if len(tables) == BATCHES_STORED:
                stored.append(FindingTable.concat(tables).store())
                tables = []
        # Piece by piece: a rule may have a third as many findings as there are annotations.
        return FindingTable.concat([*stored, FindingTable.concat(tables).store()])

    @cached_property
    def _columns(self) -> dict[str, dict[str, NDArray[Any]]]:
        """Give plain arrays: access to a row through pandas costs 100 times more."""
        return {
            table_name: {name: getattr(self._measurements, table_name)[name].to_numpy() for name in names}
            for table_name, names in _COLUMNS.items()
        }

    def _convert_batch(self, rule: str, severity: Severity, hits: Sequence[Hit]) -> FindingTable:
        images, instances = self._columns["images"], self._columns["instances"]
        instance_rows = [hit.instances for hit in hits]
        lengths = np.fromiter(map(len, instance_rows), np.int64, len(hits))
        rows = np.fromiter(chain.from_iterable(instance_rows), np.int64)
        # -1 where a hit names no instance, which the appended member stands for.
        first_rows = np.r_[rows, -1][np.where(lengths > 0, np.cumsum(lengths) - lengths, -1)]
        image_rows = self._find_images(hits, first_rows)
        category_lengths, category_rows = self._find_categories(hits, lengths, rows)
        file_names = _look_up(images["file_name"], image_rows)
        sources, pointers = self._locate(hits, first_rows, image_rows)
        category_ids = self._columns["categories"]["category_id"][category_rows]
        return FindingTable.build(
            {
                "severity": [hit.severity or severity for hit in hits],  # a text, as all of its kind
                "rule": repeat_text(rule, len(hits)),
                "message": [hit.message for hit in hits],
                "image_id": _look_up(images["image_id"], image_rows),
                "file_name": file_names,
                "annotation_ids": join_lists(lengths, instances["annotation_id"][rows]),
                "category_ids": join_lists(category_lengths, category_ids),
                "score": [round(float(hit.score), 6) for hit in hits],
                **make_evidence_columns([hit.evidence for hit in hits]),
                "source": sources,
                "pointer": pointers,
                "fingerprint": [
                    hash_finding(rule, name, parts)
                    for name, parts in zip(file_names, self._identify(hits, rows), strict=True)
                ],
                "image_row": image_rows,
                "instance_rows": join_lists(lengths, rows),
            }
        )

    def _find_images(self, hits: Sequence[Hit], first_rows: IntArray) -> IntArray:
        """Return the image of each hit: the one that it names, else its first instance's; -1 = none."""
        images_of_instances = _look_up_numbers(self._columns["instances"]["image"], first_rows)
        images = [hit.image for hit in hits]
        is_named = np.fromiter((image is not None for image in images), np.bool_, len(hits))
        if is_named.any():
            images_of_instances[is_named] = [image for image in images if image is not None]
        return np.maximum(images_of_instances, -1)

    def _find_categories(
        self, hits: Sequence[Hit], lengths: IntArray, rows: IntArray
    ) -> tuple[IntArray, IntArray]:
        """Return how many categories each hit has, and their rows: those it names, else its instances'."""
        if lengths.max() <= 2 and not any(hit.categories for hit in hits):
            # The usual case, a mask or a pair: each of its categories once.
            category_rows = self._columns["instances"]["category"][rows]
            is_second = np.zeros(len(rows) + 1, dtype=np.bool_)
            is_second[np.cumsum(lengths)[lengths == 2] - 1] = True
            is_repeated = is_second[:-1] & (category_rows == np.roll(category_rows, 1))
            is_counted = (category_rows >= 0) & ~is_repeated
            hit_of_row = np.repeat(np.arange(len(hits)), lengths)
            return np.bincount(hit_of_row[is_counted], minlength=len(hits)), category_rows[is_counted]
        return self._list_categories(hits, rows)

    def _list_categories(self, hits: Sequence[Hit], rows: IntArray) -> tuple[IntArray, IntArray]:
        remaining = iter(self._columns["instances"]["category"][rows].tolist())
        category_rows: list[Sequence[int]] = []
        for hit in hits:
            of_instances = list(islice(remaining, len(hit.instances)))
            if hit.categories:
                category_rows.append(hit.categories)
            elif len(set(of_instances)) == 1:
                category_rows.append(of_instances[:1] if of_instances[0] >= 0 else ())
            else:
                category_rows.append([row for row in dict.fromkeys(of_instances) if row >= 0])
        lengths = np.fromiter(map(len, category_rows), np.int64, len(hits))
        return lengths, np.fromiter(chain.from_iterable(category_rows), np.int64)

    def _locate(
        self, hits: Sequence[Hit], first_rows: IntArray, image_rows: IntArray
    ) -> tuple[list[str], list[str]]:
        """Return the name of the source and the JSON pointer of what each hit is about."""
        if self._are_in_coco_files(first_rows):
            return self._locate_coco(hits, first_rows)
        instances, images, categories = (
            self._columns[name] for name in ("instances", "images", "categories")
        )
        sources, pointers = [], []
        columns = (
            first_rows.tolist(),
            _look_up(instances["source"], first_rows),
            _look_up(instances["index"], first_rows),
            image_rows.tolist(),
        )
        for hit, first_row, source, index, image_row in zip(hits, *columns, strict=True):
            if first_row >= 0:
                pointer = self._point_at(source, "annotations", index, image_row)
                has_fields = self._format_of(source) not in WITHOUT_COCO_FIELDS
                if hit.field and pointer[:1] == "/" and has_fields:
                    pointer = f"{pointer}/{hit.field}"
            elif image_row >= 0:
                source = images["source"].item(image_row)
                pointer = self._point_at(source, "images", images["index"].item(image_row), image_row)
            elif hit.categories:
                source = categories["source"].item(hit.categories[0])
                pointer = f"/categories/{categories['index'].item(hit.categories[0])}"
            else:
                source, pointer = 0, ""
            names = self._measurements.sources
            sources.append(names[source] if 0 <= source < len(names) else "")
            pointers.append(pointer)
        return sources, pointers

    def _are_in_coco_files(self, first_rows: IntArray) -> bool:
        """Tell whether all hits are about annotations, and all of these stand in COCO files."""
        if (first_rows < 0).any() or set(self._measurements.formats) != {"coco"}:
            return False
        sources = self._columns["instances"]["source"][first_rows]
        return bool(sources.min() >= 0 and sources.max() < len(self._measurements.sources))

    def _locate_coco(self, hits: Sequence[Hit], first_rows: IntArray) -> tuple[list[str], list[str]]:
        """Do as `_locate` where all hits are about annotations of COCO files: their places are numbers."""
        instances, names = self._columns["instances"], self._measurements.sources
        sources = [names[source] for source in instances["source"][first_rows].tolist()]
        indices = instances["index"][first_rows].tolist()
        pointers = [
            f"/annotations/{index}/{hit.field}" if hit.field else f"/annotations/{index}"
            for hit, index in zip(hits, indices, strict=True)
        ]
        return sources, pointers

    def _point_at(self, source: int, entity: str, index: int, image_row: int) -> str:
        """Point at a record as its format does."""
        source_format = self._format_of(source)
        images = self._columns["images"]
        file_name, record_file = (
            (images["file_name"][image_row], images["record_file"][image_row])
            if image_row >= 0
            else (None, "")
        )
        names = self._measurements.sources
        source_name = names[source] if 0 <= source < len(names) else ""
        return point_at_record(source_format, entity, index, file_name, source_name, record_file)

    def _format_of(self, source: int) -> str:
        formats = self._measurements.formats
        return formats[source] if source < len(formats) else "coco"

    def _identify(self, hits: Sequence[Hit], rows: IntArray) -> Iterable[Sequence[str]]:
        """Give what the fingerprint of each hit is made of: its masks' hashes, else what it says itself."""
        digits = self._columns["instances"]["mask_hash"][rows].astype(">u8").tobytes().hex()
        hashes = (digits[start : start + 16] for start in range(0, len(digits), 16))
        for hit in hits:
            if hit.instances:
                yield list(islice(hashes, len(hit.instances)))
            elif hit.identity:
                yield hit.identity
            else:
                yield [str(self._columns["categories"]["name"][row]) for row in hit.categories]


def _look_up_numbers(column: IntArray, rows: IntArray) -> IntArray:
    """Look up some rows of a column; -1 for row -1."""
    numbers = np.full(len(rows), -1, dtype=np.int64)
    numbers[rows >= 0] = column[rows[rows >= 0]]
    return numbers


def _look_up(column: NDArray[Any], rows: IntArray) -> list[Any]:
    """Look up some rows of a column; None for row -1."""
    is_there = rows >= 0
    if is_there.all():
        values: list[Any] = column[rows].tolist()
        return values
    cells = np.full(len(rows), None, dtype=object)
    cells[is_there] = column[rows[is_there]]
    return list(cells)
