"""The same picture in two files that were given together.

What it finds
-------------
Images that repeat one of another input file (say, of training and of validation): with ``--images`` by
the bytes of the picture files; without by their annotations (same size, exactly the same masks and
categories, at least ``min_masks`` of them).

Why it matters
--------------
A model that is validated on pictures it was trained on looks better than it is.

When it is wrong
----------------
Where the files are meant to overlap: two versions of one dataset, or two labellers of one picture.

Example
-------
`a.png` of `val.json` is the same picture as `0017.png` of `train.json`, byte for byte.

Reference
---------
Kapoor and Narayanan, "Leakage and the reproducibility crisis in machine-learning-based science", 2023.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.detectors.base import Hit, option
from audit.detectors.picture_states import shown
from audit.detectors.same_pictures import same_pictures
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_masks: int = option(2, unit="count", help="equal masks that make two images one, without pictures")


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every image that repeats one of another input file."""
    names, source = m.images["file_name"].to_numpy(), m.images["source"].tolist()
    for same in same_pictures(m, o.min_masks):
        if same.same_source:
            continue
        file = m.sources[source[same.first]] if source[same.first] < len(m.sources) else ""
        other = str(names[same.first])
        yield Hit(
            f"The image {shown(str(names[same.row]))} is the same picture as "
            f"{shown(other)} of {shown(file)}, "
            f"{same.how}.",
            image=same.row,
            evidence={
                "first_file_name": other,
                "first_source": file,
                "by": same.by,
                "annotations": same.masks,
            },
        )
