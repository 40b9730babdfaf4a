"""What a reader noticed, collected while it reads and turned into findings when all ids are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from audit.dataset.model import Dataset, IntArray
from audit.findings.finding import Evidence, Finding
from audit.findings.fingerprint import hash_finding
from audit.loaders.loaded import RULE_TITLE, UNRATED

LEAST_HABIT = 20
"""Records with one defect from which on it may be said once."""
HABIT_SHARE = 0.3
"""Share of a list's records above which a defect is a habit of the file."""
MOST_ALIKE = 20
"""Defects of one rule in one record that are said one by one; a list may have a million of them."""
_EXAMPLES = 5
_MADE_UP = -(2**53)
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
    >>> log = DefectLog("a.json")
    >>> log.add("bbox.type", "annotations", 3, "/bbox", "bbox is null", None)
    >>> log.defects[0].rule
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
    alike: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    """How often each rule was broken by each record."""

    def make_up_id(self, entity: str, index: int) -> int:
        """Give a record without a usable id one of its own.

        Examples
        --------
        >>> DefectLog("a.json").make_up_id("images", 0)
        -9007199254740992
        """
        self.made_up.add((entity, index))
        return _MADE_UP - index

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
        self.alike[key] += 1
        if entity and self.alike[key] > MOST_ALIKE:
            return
        known: Evidence = evidence  # type: ignore[assignment]
        self.defects.append(Defect(rule, entity, int(index), field, message, str(value)[:500], known))

    def unsaid(self) -> Iterator[Defect]:
        """Yield one defect for all those of a record and rule that were not noted one by one."""
        for (rule, entity, index), number in self.alike.items():
            if entity and number > MOST_ALIKE:
                more = number - MOST_ALIKE
                message = f"{more:,} more faults like those before"
                yield Defect(rule, entity, index, "", message, f"{more} more", {"more": more})


def findings(log: DefectLog, dataset: Dataset, records: Mapping[str, int]) -> Iterator[Finding]:
    """Turn the defects of one source into findings.

    A defect that most records of a list share is said once (`LEAST_HABIT`, `HABIT_SHARE`).

    Parameters
    ----------
    log : DefectLog
    dataset : Dataset
        Of this source alone.
    records : mapping
        Records in each list of the file.

    Yields
    ------
    Finding

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> log = DefectLog("a.json")
    >>> log.add("schema.type", "annotations", 0, "", "is null, not an object", None)
    >>> [f.pointer for f in findings(log, empty_dataset(), {"annotations": 1})]
    ['/annotations/0']
    >>> list(findings(DefectLog("a.json"), empty_dataset(), {}))
    []
    """
    places = _Places(dataset, log)
    groups: dict[tuple[str, str], list[Defect]] = {}
    for defect in (*log.defects, *log.unsaid()):
        groups.setdefault((defect.rule, defect.entity), []).append(defect)
    doubles: Counter[tuple[str, str | None, str]] = Counter()
    for (rule, entity), group in groups.items():
        of, guilty = records.get(entity, 0), len({d.index for d in group})
        if guilty >= LEAST_HABIT and guilty > HABIT_SHARE * of:
            yield places.habit(rule, entity, group, guilty, of)
            continue
        for defect in group:
            yield places.finding(defect, doubles)


class _Places:
    """Finds the rows, ids and file names of records."""

    def __init__(self, dataset: Dataset, log: DefectLog) -> None:
        self.dataset, self.log = dataset, log
        self.index: Mapping[str, IntArray] = {
            "images": dataset.images.index,
            "annotations": dataset.annotations.index,
            "categories": dataset.categories.index,
        }

    def finding(self, defect: Defect, doubles: Counter[tuple[str, str | None, str]]) -> Finding:
        row = self._row(defect.entity, defect.index)
        image_id, file_name, annotations, categories = self._ids(defect.entity, row)
        image_row, annotation_rows = self._rows(defect.entity, row)
        key = (defect.rule, file_name, f"{defect.field}={defect.identity}")
        number = doubles[key]
        doubles[key] += 1
        parts = [key[2], *([f"#{number}"] if number else [])]
        what = self._name(defect, annotations, categories, image_id)
        return Finding(
            rule=defect.rule,
            severity=UNRATED,
            message=f"{what}{defect.message}.",
            image_id=image_id,
            file_name=file_name,
            annotation_ids=annotations,
            category_ids=categories,
            evidence=defect.evidence,
            source=self.log.source,
            pointer=self._pointer(defect),
            fingerprint=hash_finding(defect.rule, file_name, parts),
            image_row=image_row,
            instance_rows=annotation_rows,
        )

    def habit(self, rule: str, entity: str, group: Sequence[Defect], guilty: int, of: int) -> Finding:
        rows = [self._row(entity, d.index) for d in group[:_EXAMPLES]]
        ids = getattr(self.dataset, entity).id
        return Finding(
            rule=rule,
            severity=UNRATED,
            message=f"{RULE_TITLE}{guilty:,} of {of:,} {entity}, said once as a habit of the file.",
            evidence={
                "records": guilty,
                "of": of,
                "share": round(guilty / of, 6),
                "example_ids": [int(ids[row]) for row in rows if row >= 0],
                "example": group[0].message,
                "example_pointer": self._pointer(group[0]),
            },
            source=self.log.source,
            pointer=self.log.prefix.format(entity=entity),
            fingerprint=hash_finding(rule, None, [entity, "habit"]),
        )

    def _row(self, entity: str, index: int) -> int:
        """Return the row of a record; -1 where it has none."""
        if not entity:
            return -1
        known = self.index[entity]
        row = int(np.searchsorted(known, index))
        return row if row < len(known) and known[row] == index else -1

    def _rows(self, entity: str, row: int) -> tuple[int, tuple[int, ...]]:
        """Return the rows of the image and of the annotations that a record is about."""
        if row >= 0 and entity == "images":
            return row, ()
        if row >= 0 and entity == "annotations":
            return int(self.dataset.annotations.image[row]), (row,)
        return -1, ()

    def _ids(self, entity: str, row: int) -> tuple[int | None, str | None, tuple[int, ...], tuple[int, ...]]:
        data = self.dataset
        if row < 0:
            return None, None, (), ()
        if entity == "images":
            return int(data.images.id[row]), data.images.file_name[row], (), ()
        if entity == "categories":
            return None, None, (), (int(data.categories.id[row]),)
        image, category = int(data.annotations.image[row]), int(data.annotations.category[row])
        return (
            int(data.images.id[image]) if image >= 0 else None,
            data.images.file_name[image] if image >= 0 else None,
            (int(data.annotations.id[row]),),
            (int(data.categories.id[category]),) if category >= 0 else (),
        )

    def _name(
        self, defect: Defect, annotations: Sequence[int], categories: Sequence[int], image_id: int | None
    ) -> str:
        """Begin the sentence: which record it is about."""
        if not defect.entity:
            return ""
        kind = {"images": "Image", "annotations": "Annotation", "categories": "Category"}[defect.entity]
        if defect.entity == "annotations" and not self.log.prefix:
            return f"Result {defect.index}: "
        ids = {"images": (image_id,), "annotations": annotations, "categories": categories}[defect.entity]
        if not ids or ids[0] is None or (defect.entity, defect.index) in self.log.made_up:
            return f"{kind} number {defect.index} of the list: "
        return f"{kind} {ids[0]}: "

    def _pointer(self, defect: Defect) -> str:
        if not defect.entity:
            return defect.field
        return f"{self.log.prefix.format(entity=defect.entity)}/{defect.index}{defect.field}"
