"""Which rows of the measurement tables each finding is about: findings speak in ids, drawings need rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from audit.findings.finding import Finding
from audit.measure.schema import Measurements


@dataclass(frozen=True, slots=True)
class Place:
    """Where one finding points, in table rows."""

    image: int
    """Row of images; -1 = no (known) image."""
    instances: tuple[int, ...]
    """Rows of instances, in the order of the finding's annotation ids."""


def places(findings: Sequence[Finding], m: Measurements) -> tuple[Place, ...]:
    """Look up the table rows of findings.

    The pointer decides first, because it is exact where ids are doubled; the ids of the same image
    give the rest.

    Parameters
    ----------
    findings : sequence of Finding
    m : Measurements
        The tables that the findings were judged from.

    Returns
    -------
    tuple of Place
        One a finding.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> from audit.measure.schema import empty_measurements
    >>> places([Finding("dataset.empty", Severity.INFO, "nothing")], empty_measurements())
    (Place(image=-1, instances=()),)
    >>> places([], empty_measurements())
    ()
    """
    lookup = _Lookup(findings, m)
    return tuple(lookup.place(f) for f in findings)


class _Lookup:
    """Dictionaries over only those rows that some finding names."""

    def __init__(self, findings: Sequence[Finding], m: Measurements) -> None:
        self.source = {name: at for at, name in reversed(list(enumerate(m.sources)))}
        pointed = [_pointed(f.pointer) for f in findings]
        self.instance_at = _rows_at(m.instances, {at for kind, at in pointed if kind == "annotations"})
        self.image_at = _rows_at(m.images, {at for kind, at in pointed if kind == "images"})
        ids = np.array(sorted({i for f in findings for i in f.annotation_ids}), dtype=np.int64)
        named = np.flatnonzero(np.isin(m.instances["annotation_id"].to_numpy(), ids))
        self.instances: dict[tuple[int, int], list[int]] = {}
        keys = m.instances[["image_id", "annotation_id"]].to_numpy()[named].tolist()
        for (image, annotation), row in zip(keys, named.tolist(), strict=True):
            self.instances.setdefault((image, annotation), []).append(row)
        self.images: dict[int, int] = {}
        for row, image in reversed(list(enumerate(m.images["image_id"].tolist()))):
            self.images[image] = row
        self.image_of: Any = m.instances["image"].to_numpy()
        self.id_of: Any = m.instances["annotation_id"].to_numpy()

    def place(self, finding: Finding) -> Place:
        kind, index = _pointed(finding.pointer)
        key = (self.source.get(finding.source, -1), index)
        first = self.instance_at.get(key, -1) if kind == "annotations" else -1
        rows = self._instances(finding, first)
        image = int(self.image_of[rows[0]]) if rows else -1
        if image < 0 and kind == "images":
            image = self.image_at.get(key, -1)
        if image < 0 and finding.image_id is not None:
            image = self.images.get(finding.image_id, -1)
        return Place(image, rows)

    def _instances(self, finding: Finding, first: int) -> tuple[int, ...]:
        """Give every id a row of its own, the pointed-at row to the id that it bears."""
        if not finding.annotation_ids:
            return (first,) if first >= 0 else ()
        image = -1 if finding.image_id is None else finding.image_id
        rows: list[int] = []
        for annotation in finding.annotation_ids:
            if first >= 0 and first not in rows and int(self.id_of[first]) == annotation:
                rows.append(first)
                continue
            known = self.instances.get((image, annotation), [])
            rows.extend([row for row in known if row not in rows and row != first][:1])
        return tuple(rows)


def _pointed(pointer: str) -> tuple[str, int]:
    """Return the list and the position that a JSON pointer leads into; a bare list holds annotations."""
    parts = pointer.split("/")[1:3]
    if parts and parts[0].isdecimal():
        return "annotations", int(parts[0])
    if len(parts) == 2 and parts[1].isdecimal():
        return parts[0], int(parts[1])
    return "", -1


def _rows_at(table: pd.DataFrame, indices: set[int]) -> dict[tuple[int, int], int]:
    """Map (source, index in the file) to the row, for the indices asked for."""
    index = table["index"].to_numpy()
    rows = np.flatnonzero(np.isin(index, np.array(sorted(indices), dtype=np.int64)))
    places = zip(table["source"].to_numpy()[rows].tolist(), index[rows].tolist(), strict=True)
    return dict(zip(places, rows.tolist(), strict=True))
