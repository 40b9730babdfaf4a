"""The plan of a sample on disk: what is to be reviewed, and by which rule it is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import msgspec

from audit.carriers import dataclass
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


MAX_IMAGES = 10**9
"""A plan for more is a mistake, and far more could not be computed with."""


@dataclass(frozen=True, slots=True)
class SampledImage:
    """One image of the sample."""

    image_id: int
    file_name: str
    fingerprint: str
    """Under which a decision about the whole image is kept."""
    stratum: str
    masks: str = ""
    """Hash of what was labelled in it when it was drawn."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A plan with the images that were drawn for it."""

    plan: Plan
    seed: int
    """That the images were drawn with."""
    images: tuple[SampledImage, ...]
    batch: str = ""
    """Hash of the file names of the batch that the images were drawn from; empty = not known."""
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class Batch:
    """What a plan must know of a batch: a review says nothing about another one."""

    file_names: tuple[str, ...]
    masks: Mapping[str, str]
    """File name to a hash of the masks and categories in the image."""

    @property
    def fingerprint(self) -> str:
        """Hash of its file names, whatever their order."""
        return hash_finding("sample.batch", None, self.file_names)


def describe_batch(measurements: Measurements) -> Batch:
    """Say what a plan must know of a batch.

    Parameters
    ----------
    measurements : Measurements

    Examples
    --------
    >>> from audit.testing import measured, scene
    >>> first, moved = (describe_batch(measured(scene(drawing))) for drawing in ("a..", ".a."))
    >>> first.fingerprint == moved.fingerprint, first.masks == moved.masks
    (True, False)
    >>> describe_batch(measured()).masks
    {}
    """
    names = measurements.images["file_name"].tolist()
    labels: dict[str, list[str]] = {name: [] for name in names}
    columns = ("image", "category_id", "mask_hash")
    image_rows, categories, hashes = (measurements.instances[name].tolist() for name in columns)
    for row, category, mask_hash in zip(image_rows, categories, hashes, strict=True):
        if row >= 0:
            labels[names[row]].append(f"{category} {mask_hash}")
    return Batch(tuple(names), {name: hash_finding(REVIEW_RULE, name, of) for name, of in labels.items()})


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
    batch, ids = describe_batch(measurements), measurements.images["image_id"].tolist()
    names = batch.file_names
    images = (
        SampledImage(
            ids[row],
            names[row],
            hash_finding(REVIEW_RULE, names[row], []),
            strata[row],
            batch.masks[names[row]],
        )
        for row in rows
    )
    return Sample(plan, seed, tuple(images), batch.fingerprint)


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
    sample = read_document(path, Sample, SCHEMA_VERSION, "a sampling plan", GateError)
    plan = sample.plan
    lot = MAX_IMAGES if plan.lot is None else plan.lot
    if not 0 <= plan.accept <= plan.size <= lot <= MAX_IMAGES:
        raise GateError(f"{path}: not a sampling plan: no batch has such numbers of images")
    return sample
