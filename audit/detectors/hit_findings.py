"""From hits to findings: table positions become ids, pointers and fingerprints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.detectors.base import Hit, HitTable
from audit.detectors.hit_columns import (
    code_severities,
    look_up,
    look_up_numbers,
    number_distinct_rows,
    round_numbers,
)
from audit.detectors.hit_places import HitLocator
from audit.findings.arrow_arrays import build_numbers, repeat_text
from audit.findings.evidence_columns import make_evidence_columns, write_evidence_columns
from audit.findings.finding import Severity
from audit.findings.finding_table import FindingTable
from audit.findings.fingerprint import hash_finding, hash_mask_findings
from audit.findings.table_columns import join_lists
from audit.findings.text_columns import code_texts
from audit.measure.schema import Measurements

BATCH = 4096
"""Hits that are made findings together: looking up one row of a table costs as much as looking up many."""
ROWS_STORED = 1 << 16
"""Findings that go to disk together, where there are many."""
_SCORE_DECIMALS = 6

IntArray = NDArray[np.int64]
_COLUMNS = {
    "instances": ("image", "annotation_id", "source", "index", "category", "mask_hash"),
    "images": ("image_id", "file_name", "source", "index", "record_file"),
    "categories": ("category_id", "name", "source", "index"),
}
"""What findings need of the tables."""


def convert_hits(
    rule: str, severity: Severity, hits: Iterable[Hit | HitTable], measurements: Measurements
) -> FindingTable:
    """Turn hits into findings: positions become ids, pointers and fingerprints.

    Parameters
    ----------
    rule : str
        Rule id.
    severity : Severity
        For hits that bring none.
    hits : iterable of Hit or HitTable
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

    def convert(self, rule: str, severity: Severity, hits: Iterable[Hit | HitTable]) -> FindingTable:
        """Do as `convert_hits`.

        Parameters
        ----------
        rule : str
        severity : Severity
        hits : iterable of Hit or HitTable
        """
        tables: list[FindingTable] = []
        stored: list[FindingTable] = []
        for batch in _batch_hits(hits):
            if isinstance(batch, HitTable):
                tables.append(self._convert_table(rule, severity, batch))
            else:
                tables.append(self._convert_batch(rule, severity, batch))
            if sum(map(len, tables)) >= ROWS_STORED:
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

    @cached_property
    def _locator(self) -> HitLocator:
        return HitLocator(self._measurements, self._columns)

    def _convert_batch(self, rule: str, severity: Severity, hits: Sequence[Hit]) -> FindingTable:
        images, instances = self._columns["images"], self._columns["instances"]
        instance_rows = [hit.instances for hit in hits]
        lengths = np.fromiter(map(len, instance_rows), np.int64, len(hits))
        rows = np.fromiter(chain.from_iterable(instance_rows), np.int64)
        # -1 where a hit names no instance, which the appended member stands for.
        first_rows = np.r_[rows, -1][np.where(lengths > 0, np.cumsum(lengths) - lengths, -1)]
        image_rows = self._find_images(hits, first_rows)
        category_lengths, category_rows = self._find_categories(hits, lengths, rows)
        file_names = look_up(images["file_name"], image_rows)
        first_categories = [hit.categories[0] if hit.categories else -1 for hit in hits]
        sources, pointers = self._locator.locate(
            [hit.field for hit in hits], first_categories, first_rows, image_rows
        )
        category_ids = self._columns["categories"]["category_id"][category_rows]
        return FindingTable.build(
            {
                "severity": [hit.severity or severity for hit in hits],  # a text, as all of its kind
                "rule": repeat_text(rule, len(hits)),
                "message": [hit.message for hit in hits],
                "image_id": look_up(images["image_id"], image_rows),
                "file_name": file_names,
                "annotation_ids": join_lists(lengths, instances["annotation_id"][rows]),
                "category_ids": join_lists(category_lengths, category_ids),
                "score": [round(float(hit.score), _SCORE_DECIMALS) for hit in hits],
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

    def _convert_table(self, rule: str, severity: Severity, hits: HitTable) -> FindingTable:
        images, instances = self._columns["images"], self._columns["instances"]
        n_masks = hits.instances.reshape(len(hits), -1).shape[1]
        lengths, rows = np.full(len(hits), n_masks), np.ascontiguousarray(hits.instances, np.int64).ravel()
        first_rows = rows[::n_masks]
        image_rows = np.maximum(instances["image"][first_rows], -1).astype(np.int64)
        category_lengths, category_rows = self._list_distinct_categories(lengths, rows)
        category_ids = self._columns["categories"]["category_id"][category_rows]
        shown_images, image_codes = number_distinct_rows(image_rows)
        image_names = look_up(images["file_name"], shown_images)
        if self._locator.are_in_coco_files(first_rows):
            sources, pointers = self._locator.locate_rows(hits.field, first_rows)
        else:
            n_hits = len(hits)
            sources, pointers = self._locator.locate(
                [hits.field] * n_hits, [-1] * n_hits, first_rows, image_rows
            )
        mask_hash = instances["mask_hash"][rows].astype(np.uint64).reshape(-1, n_masks)
        score = np.ones(len(hits)) if hits.score is None else hits.score
        return FindingTable.build(
            {
                "severity": code_severities(hits.severity, severity, len(hits)),
                "rule": repeat_text(rule, len(hits)),
                "message": hits.message,
                "image_id": build_numbers(look_up_numbers(images["image_id"], image_rows), image_rows >= 0),
                "file_name": code_texts(image_codes, image_names, can_be_none=True),
                "annotation_ids": join_lists(lengths, instances["annotation_id"][rows]),
                "category_ids": join_lists(category_lengths, category_ids),
                "score": build_numbers(round_numbers(score, _SCORE_DECIMALS)),
                **write_evidence_columns(hits.evidence, len(hits)),
                "source": sources,
                "pointer": pointers,
                "fingerprint": hash_mask_findings(rule, image_codes, image_names, mask_hash),
                "image_row": image_rows,
                "instance_rows": join_lists(lengths, rows),
            },
            file_names=image_names,
        )

    def _find_images(self, hits: Sequence[Hit], first_rows: IntArray) -> IntArray:
        """Return the image of each hit: the one that it names, else its first instance's; -1 = none."""
        images_of_instances = look_up_numbers(self._columns["instances"]["image"], first_rows)
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
            return self._list_distinct_categories(lengths, rows)
        return self._list_categories(hits, rows)

    def _list_distinct_categories(self, lengths: IntArray, rows: IntArray) -> tuple[IntArray, IntArray]:
        """Do as `_find_categories` in the usual case, a mask or a pair: each of its categories once."""
        category_rows = self._columns["instances"]["category"][rows]
        is_second = np.zeros(len(rows) + 1, dtype=np.bool_)
        is_second[np.cumsum(lengths)[lengths == 2] - 1] = True
        is_repeated = is_second[:-1] & (category_rows == np.roll(category_rows, 1))
        is_counted = (category_rows >= 0) & ~is_repeated
        hit_of_row = np.repeat(np.arange(len(lengths)), lengths)
        return np.bincount(hit_of_row[is_counted], minlength=len(lengths)), category_rows[is_counted]

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


def _batch_hits(hits: Iterable[Hit | HitTable]) -> Iterator[list[Hit] | HitTable]:
    """Give single hits together, and tables of hits as they come; in order."""
    single_hits: list[Hit] = []
    for hit in hits:
        if single_hits and (isinstance(hit, HitTable) or len(single_hits) == BATCH):
            yield single_hits
            single_hits = []
        if isinstance(hit, Hit):
            single_hits.append(hit)
        elif len(hit):
            yield hit
    if single_hits:
        yield single_hits
