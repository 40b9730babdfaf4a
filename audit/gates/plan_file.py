"""The plan of a sample on disk: what is to be reviewed, and by which rule it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from audit.findings.atomic_write import write_atomically
from audit.findings.document import read_document
from audit.findings.encode import encode_json
from audit.findings.finding import Finding, Severity
from audit.findings.fingerprint import hash_finding
from audit.gates.errors import GateError
from audit.gates.sampling import Plan
from audit.measure.schema import Measurements

SCHEMA_VERSION = 1
FILE_NAME = "plan.json"
REVIEW_RULE = "sample.image"
"""Id of the finding that stands for a drawn image in the report."""
REVIEW_MANUAL = """An image of the sample: is everything in it labelled right?

What it finds
-------------
Nothing by itself: the image was drawn at random, for a person to look at.

Why it matters
--------------
The share of wrong images in the sample says how good the whole batch is. Objects that nobody labelled are
seen only this way.

When it is wrong
----------------
Decide *real* if anything in the image is labelled wrongly or not at all, *fine* if all is right.

Example
-------
59 images without one mistake show, with 95 % confidence, that fewer than 5 % of the batch are wrong.

Reference
---------
Schilling and Neubauer, "Acceptance sampling in quality control"."""


@dataclass(frozen=True, slots=True)
class SampledImage:
    """One image of the sample."""

    image_id: int
    file_name: str
    fingerprint: str
    """Under which a decision about the whole image is kept."""
    stratum: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A plan with the images that were drawn for it."""

    plan: Plan
    seed: int
    """That the images were drawn with."""
    images: tuple[SampledImage, ...]
    schema_version: int = SCHEMA_VERSION


def make_sample(
    plan: Plan, seed: int, measurements: Measurements, rows: list[int], strata: tuple[str, ...]
) -> Sample:
    """Describe a drawn sample.

    Parameters
    ----------
    plan : Plan
    seed : int
        That the images were drawn with.
    measurements : Measurements
    rows : list of int
        Rows of the images table.
    strata : tuple of str
        The stratum of every image of the batch.

    Examples
    --------
    >>> from audit.testing import measured, scene
    >>> make_sample(Plan(1, 0), 0, measured(scene("a")), [0], ("thing",)).images[0].file_name
    'scene_1.png'
    >>> make_sample(Plan(0, 0), 0, measured(), [], ()).images
    ()
    """
    names, ids = (measurements.images[column].tolist() for column in ("file_name", "image_id"))
    images = (
        SampledImage(ids[row], names[row], hash_finding(REVIEW_RULE, names[row], []), strata[row])
        for row in rows
    )
    return Sample(plan, seed, tuple(images))


def review_findings(sample: Sample, image_rows: Sequence[int]) -> tuple[Finding, ...]:
    """Make the findings that ask a reviewer about the drawn images.

    Parameters
    ----------
    sample : Sample
    image_rows : sequence of int
        Rows of the images table, one a drawn image.

    Examples
    --------
    >>> image = SampledImage(7, "a.png", "0a", "cell, 3 annotations")
    >>> review_findings(Sample(Plan(1, 0), 0, (image,)), [4])[0].image_id
    7
    >>> review_findings(Sample(Plan(0, 0), 0, ()), [])
    ()
    """
    return tuple(
        Finding(
            REVIEW_RULE,
            Severity.INFO,
            "Look at the whole image: is every object labelled, and labelled right?",
            image_id=image.image_id,
            file_name=image.file_name,
            evidence={"stratum": image.stratum},
            fingerprint=image.fingerprint,
            image_row=row,
        )
        for image, row in zip(sample.images, image_rows, strict=True)
    )


def write_sample(sample: Sample, path: Path) -> None:
    """Write a sample as JSON.

    Parameters
    ----------
    sample : Sample
    path : Path
        A run that fails leaves an earlier file whole.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_sample(Sample(Plan(0, 0), 3, ()), Path(folder) / "plan.json")
    ...     read_sample(Path(folder) / "plan.json").seed
    3
    """
    content = {"schema_version": SCHEMA_VERSION, "tool": "maskaudit", **asdict(sample)}
    write_atomically(path, msgspec.json.format(encode_json(content), indent=1) + b"\n")


def read_sample(path: Path) -> Sample:
    """Read what `write_sample` wrote.

    Raises
    ------
    GateError
        If the file cannot be read or is no plan.

    Examples
    --------
    >>> try:
    ...     read_sample(Path("no such file.json"))
    ... except GateError as error:
    ...     print(error)
    no such file.json: cannot be read: No such file or directory
    """
    return read_document(path, Sample, SCHEMA_VERSION, "a sampling plan", GateError)
