"""What a reader noticed, collected while it reads and turned into findings when all ids are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

import numpy as np

from audit.carriers import dataclass
from audit.dataset.model import Dataset, IntArray
from audit.findings.finding import Evidence, Finding
from audit.findings.fingerprint import hash_finding
from audit.loaders.loaded import RULE_TITLE, UNRATED

MIN_AGGREGATED = 20
"""Records with one defect from which on it may become one finding."""
MIN_AGGREGATED_SHARE = 0.3
"""Share of a list's records above which a defect is how the file is written, and one finding."""
MAX_REPEATS = 20
"""Defects of one rule in one record that are noted one by one; a list may have a million of them."""
_N_EXAMPLES = 5
_FIRST_MADE_UP_ID = -(2**53)
"""Ids from here on downwards are made up for records without one."""


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that is wrong with one record, or with the file (then ``entity`` is empty)."""

    rule: str
    entity: str
    """``images``, ``annotations``, ``categories`` or empty."""
    index: int
    """Position in that list."""
    field: str
    """JSON pointer below the record."""
    message: str
    identity: str
    """What stands there: for the fingerprint, and for doubles of one defect."""
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class DefectLog:
    """The defects of one source, in the order in which they were noticed.

    Examples
    --------
    >>> defect_log = DefectLog("a.json")
    >>> defect_log.add("bbox.type", "annotations", 3, "/bbox", "bbox is null", None)
    >>> defect_log.defects[0].rule
    'bbox.type'
    >>> DefectLog("a.json").defects
    []
    """

    source: str
    prefix: str = "/{entity}"
    """Where a record's pointer starts; empty for results files, which are one list."""
    defects: list[Defect] = field(default_factory=list)
    made_up: set[tuple[str, int]] = field(default_factory=set)
    """Records (list and position) whose id is none of the file's."""
    repeats: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    """How often each rule was broken by each record."""

    def make_up_id(self, entity: str, index: int) -> int:
        """Give a record without a usable id one that no record has.

        Parameters
        ----------
        entity : str
        index : int
            Position of the record in its list.

        Examples
        --------
        >>> DefectLog("a.json").make_up_id("images", 0)
        -9007199254740992
        """
        self.made_up.add((entity, index))
        return _FIRST_MADE_UP_ID - index

    def add(
        self, rule: str, entity: str, index: int, field: str, message: str, value: object, **evidence: object
    ) -> None:
        """Note a defect.

        Parameters
        ----------
        rule : str
            Rule id, such as ``bbox.type``.
        entity : str
            ``images``, ``annotations``, ``categories``; empty for the file.
        index : int
            Position of the record in its list.
        field : str
            JSON pointer below the record: ``/bbox/2``; empty = the record.
        message : str
            What is wrong, as the end of a sentence that begins with the record.
        value : object
            What stands there, for the fingerprint.
        **evidence
            Numbers and texts behind it.
        """
        key = (rule, entity, int(index))
        self.repeats[key] += 1
        if entity and self.repeats[key] > MAX_REPEATS:
            return
        # A value may be megabytes long; its beginning tells it from others well enough.
        identity = str(value)[:500]
        defect = Defect(rule, entity, int(index), field, message, identity, evidence)  # type: ignore[arg-type]
        self.defects.append(defect)

    def sum_up_repeats(self) -> Iterator[Defect]:
        """Yield one defect for all those of a record and rule that were not noted one by one."""
        for (rule, entity, index), n_defects in self.repeats.items():
            if entity and n_defects > MAX_REPEATS:
                n_left_out = n_defects - MAX_REPEATS
                message = f"{n_left_out:,} more faults like those before"
                yield Defect(rule, entity, index, "", message, f"{n_left_out} more", {"more": n_left_out})


def build_findings(
    defect_log: DefectLog, dataset: Dataset, list_lengths: Mapping[str, int]
) -> Iterator[Finding]:
    """Turn the defects of one source into findings.

    A defect that many records of a list share is one finding (`MIN_AGGREGATED`, `MIN_AGGREGATED_SHARE`).

    Parameters
    ----------
    defect_log : DefectLog
    dataset : Dataset
        Of this source alone.
    list_lengths : mapping
        Records in each list of the file.

    Yields
    ------
    Finding

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> defect_log = DefectLog("a.json")
    >>> defect_log.add("schema.type", "annotations", 0, "", "is null, not an object", None)
    >>> [f.pointer for f in build_findings(defect_log, empty_dataset(), {"annotations": 1})]
    ['/annotations/0']
    >>> list(build_findings(DefectLog("a.json"), empty_dataset(), {}))
    []
    """
    builder = _FindingBuilder(dataset, defect_log)
    groups: dict[tuple[str, str], list[Defect]] = {}
    for defect in (*defect_log.defects, *defect_log.sum_up_repeats()):
        groups.setdefault((defect.rule, defect.entity), []).append(defect)
    n_seen: Counter[tuple[str, str | None, str]] = Counter()
    for (_, entity), group in groups.items():
        n_total, n_records = list_lengths.get(entity, 0), len({defect.index for defect in group})
        if n_records >= MIN_AGGREGATED and n_records > MIN_AGGREGATED_SHARE * n_total:
            yield builder.build_aggregate(entity, group, n_records, n_total)
            continue
        for defect in group:
            yield builder.build(defect, n_seen)


class _FindingBuilder:
    """Finds the rows, ids and file names of records."""

    def __init__(self, dataset: Dataset, defect_log: DefectLog) -> None:
        self.dataset, self.log = dataset, defect_log
        self.index: Mapping[str, IntArray] = {
            "images": dataset.images.index,
            "annotations": dataset.annotations.index,
            "categories": dataset.categories.index,
        }

    def build(self, defect: Defect, n_seen: Counter[tuple[str, str | None, str]]) -> Finding:
        row = self._find_row(defect.entity, defect.index)
        image_id, file_name, annotation_ids, category_ids = self._find_ids(defect.entity, row)
        image_row, annotation_rows = self._find_rows(defect.entity, row)
        identity = (defect.rule, file_name, f"{defect.field}={defect.identity}")
        earlier = n_seen[identity]
        n_seen[identity] += 1
        contents = [identity[2], *([f"#{earlier}"] if earlier else [])]
        subject = self._name_record(defect, annotation_ids, category_ids, image_id)
        return Finding(
            rule=defect.rule,
            severity=UNRATED,
            message=f"{subject}{defect.message}.",
            image_id=image_id,
            file_name=file_name,
            annotation_ids=annotation_ids,
            category_ids=category_ids,
            evidence=defect.evidence,
            source=self.log.source,
            pointer=self._make_pointer(defect),
            fingerprint=hash_finding(defect.rule, file_name, contents),
            image_row=image_row,
            instance_rows=annotation_rows,
        )

    def build_aggregate(self, entity: str, group: Sequence[Defect], n_records: int, n_total: int) -> Finding:
        rule = group[0].rule
        rows = [self._find_row(entity, defect.index) for defect in group[:_N_EXAMPLES]]
        ids = getattr(self.dataset, entity).id
        return Finding(
            rule=rule,
            severity=UNRATED,
            message=f"{RULE_TITLE}{n_records:,} of {n_total:,} {entity}, said once as a habit of the file; "
            f"the first: {group[0].message}.",
            evidence={
                "records": n_records,
                "of": n_total,
                "share": round(n_records / n_total, 6),
                "example_ids": [int(ids[row]) for row in rows if row >= 0],
                "example": group[0].message,
                "example_pointer": self._make_pointer(group[0]),
            },
            source=self.log.source,
            pointer=self.log.prefix.format(entity=entity),
            fingerprint=hash_finding(rule, None, [entity, "habit"]),
        )

    def _find_row(self, entity: str, index: int) -> int:
        """Return the row of a record; -1 where it has none."""
        if not entity:
            return -1
        positions = self.index[entity]
        row = int(np.searchsorted(positions, index))
        return row if row < len(positions) and positions[row] == index else -1

    def _find_rows(self, entity: str, row: int) -> tuple[int, tuple[int, ...]]:
        """Return the rows of the image and of the annotations that a record is about."""
        if row >= 0 and entity == "images":
            return row, ()
        if row >= 0 and entity == "annotations":
            return int(self.dataset.annotations.image[row]), (row,)
        return -1, ()

    def _find_ids(
        self, entity: str, row: int
    ) -> tuple[int | None, str | None, tuple[int, ...], tuple[int, ...]]:
        dataset = self.dataset
        if row < 0:
            return None, None, (), ()
        if entity == "images":
            return int(dataset.images.id[row]), dataset.images.file_name[row], (), ()
        if entity == "categories":
            return None, None, (), (int(dataset.categories.id[row]),)
        image, category = int(dataset.annotations.image[row]), int(dataset.annotations.category[row])
        return (
            int(dataset.images.id[image]) if image >= 0 else None,
            dataset.images.file_name[image] if image >= 0 else None,
            (int(dataset.annotations.id[row]),),
            (int(dataset.categories.id[category]),) if category >= 0 else (),
        )

    def _name_record(
        self, defect: Defect, annotation_ids: Sequence[int], category_ids: Sequence[int], image_id: int | None
    ) -> str:
        """Begin the sentence: which record it is about."""
        if not defect.entity:
            return ""
        label = {"images": "Image", "annotations": "Annotation", "categories": "Category"}[defect.entity]
        if defect.entity == "annotations" and not self.log.prefix:
            return f"Result {defect.index}: "
        record_ids = {"images": (image_id,), "annotations": annotation_ids, "categories": category_ids}[
            defect.entity
        ]
        if not record_ids or record_ids[0] is None or (defect.entity, defect.index) in self.log.made_up:
            return f"{label} number {defect.index} of the list: "
        return f"{label} {record_ids[0]}: "

    def _make_pointer(self, defect: Defect) -> str:
        if not defect.entity:
            return defect.field
        return f"{self.log.prefix.format(entity=defect.entity)}/{defect.index}{defect.field}"
