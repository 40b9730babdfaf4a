"""Known findings: written once, recognised by fingerprint, and never allowed to grow unseen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from audit.carriers import dataclass
from audit.findings.atomic_write import write_atomically
from audit.findings.document import read_document
from audit.findings.encode import encode_json
from audit.findings.finding import Finding
from audit.findings.sanitize import encodable
from audit.gates.errors import GateError

SCHEMA_VERSION = 1
FILE_NAME = "maskaudit-baseline.json"


class BaselineEntry(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One known finding."""

    rule: str
    fingerprint: str
    file_name: str = ""
    """Of the image; empty for a finding about the dataset."""
    count: int = 1
    """How often it occurs: the same mask may be there twice."""
    category_ids: tuple[int, ...] = ()
    """Where it is about categories alone: their ids, which stay when they are renamed."""


Baseline = tuple[BaselineEntry, ...]
"""Known findings, sorted by rule, file name, fingerprint."""


class BaselineFile(msgspec.Struct):
    """The JSON file."""

    schema_version: int
    entries: list[BaselineEntry]
    tool: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class BaselineMatch:
    """How the findings of a batch compare with a baseline."""

    known: tuple[bool, ...]
    """One a finding, in order."""
    stale: Baseline
    """Entries, with how many of them, that the batch should show and does not: they were mended."""
    n_absent: int
    """Known findings about images that are not in the batch."""


def make_baseline(findings: Iterable[Finding]) -> Baseline:
    """Take the findings of a scan as known.

    Parameters
    ----------
    findings : iterable of Finding
        Those that somebody decided to be fine may stay in: they do no harm.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> twice = [Finding("mask.tiny", Severity.INFO, "2 px", file_name="a.png", fingerprint="0a")] * 2
    >>> make_baseline(twice)[0].count
    2
    >>> make_baseline([])
    ()
    """
    counts = Counter(
        (f.rule, encodable(f.file_name or ""), f.fingerprint, identify_categories(f)) for f in findings
    )
    return tuple(
        BaselineEntry(rule, fingerprint, file_name, count, category_ids)
        for (rule, file_name, fingerprint, category_ids), count in sorted(counts.items())
    )


def identify_categories(finding: Finding) -> tuple[int, ...]:
    """Return the categories that a finding is about, if it is about no picture and no mask.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> identify_categories(Finding("dataset.unused_category", Severity.INFO, "", category_ids=(3,)))
    (3,)
    >>> identify_categories(Finding("mask.tiny", Severity.INFO, "", file_name="a.png", category_ids=(3,)))
    ()
    """
    return () if finding.file_name or finding.instance_rows else tuple(finding.category_ids)


def count_known(baseline: Iterable[BaselineEntry]) -> int:
    """Count known findings, repeats too.

    Examples
    --------
    >>> count_known([BaselineEntry("mask.tiny", "0a", count=2), BaselineEntry("mask.tiny", "0b")])
    3
    >>> count_known([])
    0
    """
    return sum(entry.count for entry in baseline)


def count_by_rule(baseline: Iterable[BaselineEntry]) -> Mapping[str, int]:
    """Count the known findings of each rule.

    Examples
    --------
    >>> count_by_rule([BaselineEntry("mask.tiny", "0a", count=2), BaselineEntry("bbox.differs", "0b")])
    {'bbox.differs': 1, 'mask.tiny': 2}
    >>> count_by_rule([])
    {}
    """
    counts: Counter[str] = Counter()
    for entry in baseline:
        counts[entry.rule] += entry.count
    return dict(sorted(counts.items()))


def match_baseline(
    baseline: Baseline,
    findings: Sequence[Finding],
    file_names: Collection[str],
    fingerprints: Sequence[str] | None = None,
) -> BaselineMatch:
    """Recognise known findings.

    Parameters
    ----------
    baseline : tuple of BaselineEntry
    findings : sequence of Finding
    file_names : collection of str
        Of the images of the batch.
    fingerprints : sequence of str, optional
        Under which the baseline would know each finding (`audit.gates.moved_names`); default: their own.

    Returns
    -------
    BaselineMatch
        Of several equal findings, as many are known as the baseline counts, the first ones.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> tiny = Finding("mask.tiny", Severity.INFO, "2 px", file_name="a.png", fingerprint="0a")
    >>> match_baseline(make_baseline([tiny]), [tiny, tiny], {"a.png"}).known
    (True, False)
    >>> match_baseline(make_baseline([tiny]), [], {"a.png"}).stale[0].rule
    'mask.tiny'
    >>> match_baseline((), [], set())
    BaselineMatch(known=(), stale=(), n_absent=0)
    """
    remaining: Counter[tuple[str, str]] = Counter()
    for entry in baseline:
        remaining[entry.rule, entry.fingerprint] += entry.count
    known = []
    traced = fingerprints if fingerprints is not None else (f.fingerprint for f in findings)
    for finding, fingerprint in zip(findings, traced, strict=True):
        key = (finding.rule, fingerprint)
        known.append(remaining[key] > 0)
        remaining[key] -= known[-1]
    # Two entries may differ in their file name alone, as after a hand edit: each takes what it can.
    unmatched = []
    for entry in baseline:
        count = min(entry.count, remaining[entry.rule, entry.fingerprint])
        remaining[entry.rule, entry.fingerprint] -= count
        if count:
            unmatched.append(_with_count(entry, count))
    stale = _entries_of_images(unmatched, file_names)
    return BaselineMatch(tuple(known), stale, count_known(unmatched) - count_known(stale))


def _with_count(entry: BaselineEntry, count: int) -> BaselineEntry:
    """Return an entry that stands for another number of findings."""
    return msgspec.structs.replace(entry, count=count)


def _entries_of_images(entries: Iterable[BaselineEntry], file_names: Collection[str]) -> Baseline:
    """Keep what is about these images or about the dataset as a whole."""
    names = {encodable(name) for name in file_names}
    return tuple(entry for entry in entries if not entry.file_name or entry.file_name in names)


def prune_baseline(baseline: Baseline, stale: Iterable[BaselineEntry]) -> Baseline:
    """Leave out what was mended.

    Parameters
    ----------
    baseline : tuple of BaselineEntry
    stale : iterable of BaselineEntry
        As `BaselineMatch.stale`.

    Examples
    --------
    >>> old = (BaselineEntry("mask.tiny", "0a", "", 2),)
    >>> prune_baseline(old, [BaselineEntry("mask.tiny", "0a")])[0].count
    1
    >>> prune_baseline((), [])
    ()
    """
    mended = {(entry.rule, entry.fingerprint): entry.count for entry in stale}
    counts = [entry.count - mended.get((entry.rule, entry.fingerprint), 0) for entry in baseline]
    return tuple(
        _with_count(entry, count) for entry, count in zip(baseline, counts, strict=True) if count > 0
    )


def find_regressions(
    baseline: Baseline, findings: Iterable[Finding], file_names: Collection[str]
) -> tuple[tuple[str, int, int], ...]:
    """List the rules whose findings became more: what a ratchet refuses.

    Parameters
    ----------
    baseline : tuple of BaselineEntry
    findings : iterable of Finding
        Of the batch, known or new.
    file_names : collection of str
        Of the images of the batch: entries about other images do not count.

    Returns
    -------
    tuple of (str, int, int)
        Rule, findings that the baseline knows, findings now.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> findings = [Finding("mask.tiny", Severity.INFO, "2 px")]
    >>> find_regressions((), findings, set())
    (('mask.tiny', 0, 1),)
    >>> find_regressions(make_baseline(findings), findings, set())
    ()
    """
    before = count_by_rule(_entries_of_images(baseline, file_names))
    now = Counter(finding.rule for finding in findings)
    return tuple(
        (rule, before.get(rule, 0), count)
        for rule, count in sorted(now.items())
        if count > before.get(rule, 0)
    )


def read_baseline(path: Path) -> Baseline:
    """Read what `write_baseline` wrote.

    Raises
    ------
    GateError
        If the file cannot be read or is no baseline.

    Examples
    --------
    >>> try:
    ...     read_baseline(Path("no such file.json"))
    ... except GateError as error:
    ...     print(error)
    no such file.json: cannot be read: No such file or directory
    """
    document = read_document(path, BaselineFile, SCHEMA_VERSION, "a baseline", GateError)
    for number, entry in enumerate(document.entries):
        if entry.count < 1:
            raise GateError(f"{path}: /entries/{number}/count: expected 1 or more, got {entry.count}")
    return tuple(document.entries)


def write_baseline(baseline: Baseline, path: Path, version: str) -> None:
    r"""Write a baseline as JSON, one entry a line, so that version control shows what changed.

    Parameters
    ----------
    baseline : tuple of BaselineEntry
    path : Path
        A run that fails leaves the old file whole.
    version : str
        Of maskaudit.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_baseline((BaselineEntry("mask.tiny", "0a"),), Path(folder) / "b.json", "1")
    ...     read_baseline(Path(folder) / "b.json")[0].fingerprint
    '0a'
    >>> with TemporaryDirectory() as folder:
    ...     write_baseline((), Path(folder) / "b.json", "1")
    ...     read_baseline(Path(folder) / "b.json")
    ()
    """
    head = msgspec.json.encode({"schema_version": SCHEMA_VERSION, "tool": "maskaudit", "version": version})
    entries = b",\n".join(map(encode_json, baseline))
    entries += b"\n" if baseline else b""
    write_atomically(path, head[:-1] + b',"entries":[\n' + entries + b"]}\n")
