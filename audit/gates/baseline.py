"""Known findings: written once, recognised by fingerprint, and never allowed to grow unseen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from audit.findings.atomic_write import write_atomically
from audit.findings.document import read_document
from audit.findings.finding import Finding
from audit.findings.sanitize import encodable
from audit.gates.errors import GateError

SCHEMA_VERSION = 1
FILE_NAME = "maskaudit-baseline.json"


class Entry(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One known finding."""

    rule: str
    fingerprint: str
    file_name: str = ""
    """Of the image; empty for a finding about the dataset."""
    count: int = 1
    """How often it occurs: the same mask may be there twice."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Known findings, sorted by rule, file name, fingerprint.

    Examples
    --------
    >>> Baseline().total
    0
    """

    entries: tuple[Entry, ...] = ()

    @property
    def total(self) -> int:
        """Known findings, repeats counted."""
        return sum(e.count for e in self.entries)

    def by_rule(self) -> Mapping[str, int]:
        """Count the known findings of each rule."""
        count: Counter[str] = Counter()
        for e in self.entries:
            count[e.rule] += e.count
        return dict(sorted(count.items()))


@dataclass(frozen=True, slots=True)
class Match:
    """How the findings of a batch compare with a baseline."""

    known: tuple[bool, ...]
    """One a finding, in order."""
    stale: tuple[Entry, ...]
    """Entries, with how many of them, that the batch should show and does not: they were mended."""
    elsewhere: int
    """Known findings about images that are not in the batch."""


class _Document(msgspec.Struct):
    schema_version: int
    entries: list[Entry]
    tool: str = ""
    version: str = ""


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
    >>> make_baseline(twice).entries[0].count
    2
    >>> make_baseline([])
    Baseline(entries=())
    """
    count = Counter((f.rule, encodable(f.file_name or ""), f.fingerprint) for f in findings)
    return Baseline(tuple(Entry(rule, own, name, n) for (rule, name, own), n in sorted(count.items())))


def match(baseline: Baseline, findings: Sequence[Finding], file_names: Collection[str]) -> Match:
    """Recognise known findings.

    Parameters
    ----------
    baseline : Baseline
    findings : sequence of Finding
    file_names : collection of str
        Of the images of the batch.

    Returns
    -------
    Match
        Of several equal findings, as many are known as the baseline counts, the first ones.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> one = Finding("mask.tiny", Severity.INFO, "2 px", file_name="a.png", fingerprint="0a")
    >>> match(make_baseline([one]), [one, one], {"a.png"}).known
    (True, False)
    >>> match(make_baseline([one]), [], {"a.png"}).stale[0].rule
    'mask.tiny'
    >>> match(Baseline(), [], set())
    Match(known=(), stale=(), elsewhere=0)
    """
    left: Counter[tuple[str, str]] = Counter()
    for e in baseline.entries:
        left[e.rule, e.fingerprint] += e.count
    known = []
    for f in findings:
        key = (f.rule, f.fingerprint)
        known.append(left[key] > 0)
        left[key] -= known[-1]
    names = {encodable(name) for name in file_names}
    unseen = []
    for e in baseline.entries:
        rest = min(e.count, left[e.rule, e.fingerprint])
        left[e.rule, e.fingerprint] -= rest
        if rest:
            unseen.append(replaced(e, rest))
    stale = tuple(e for e in unseen if not e.file_name or e.file_name in names)
    return Match(tuple(known), stale, sum(e.count for e in unseen) - sum(e.count for e in stale))


def replaced(entry: Entry, count: int) -> Entry:
    """Return an entry that stands for another number of findings.

    Examples
    --------
    >>> replaced(Entry("mask.tiny", "0a"), 2).count
    2
    """
    return entry if entry.count == count else Entry(entry.rule, entry.fingerprint, entry.file_name, count)


def pruned(baseline: Baseline, stale: Iterable[Entry]) -> Baseline:
    """Leave out what was mended.

    Parameters
    ----------
    baseline : Baseline
    stale : iterable of Entry
        As `Match.stale`.

    Examples
    --------
    >>> old = Baseline((Entry("mask.tiny", "0a", "", 2),))
    >>> pruned(old, [Entry("mask.tiny", "0a")]).total
    1
    >>> pruned(Baseline(), [])
    Baseline(entries=())
    """
    gone = {(e.rule, e.fingerprint): e.count for e in stale}
    rest = (replaced(e, e.count - gone.get((e.rule, e.fingerprint), 0)) for e in baseline.entries)
    return Baseline(tuple(e for e in rest if e.count > 0))


@dataclass(frozen=True, slots=True)
class Growth:
    """A rule that has more findings than the baseline knows."""

    rule: str
    before: int
    now: int


def growth(baseline: Baseline, findings: Iterable[Finding], names: Collection[str]) -> tuple[Growth, ...]:
    """List the rules whose findings became more: what a ratchet refuses.

    Parameters
    ----------
    baseline : Baseline
    findings : iterable of Finding
        Of the batch, known or new.
    names : collection of str
        File names of the batch: entries about other images do not count.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> now = [Finding("mask.tiny", Severity.INFO, "2 px")]
    >>> growth(Baseline(), now, set())
    (Growth(rule='mask.tiny', before=0, now=1),)
    >>> growth(make_baseline(now), now, set())
    ()
    """
    known = {encodable(name) for name in names}
    here = tuple(e for e in baseline.entries if not e.file_name or e.file_name in known)
    before = Baseline(here).by_rule()
    count = Counter(f.rule for f in findings)
    return tuple(Growth(r, before.get(r, 0), n) for r, n in sorted(count.items()) if n > before.get(r, 0))


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
    document = read_document(path, _Document, SCHEMA_VERSION, "a baseline", GateError)
    for k, entry in enumerate(document.entries):
        if entry.count < 1:
            raise GateError(f"{path}: /entries/{k}/count: expected 1 or more, got {entry.count}")
    return Baseline(tuple(document.entries))


def write_baseline(baseline: Baseline, path: Path, version: str) -> None:
    r"""Write a baseline as JSON, one entry a line, so that version control shows what changed.

    Parameters
    ----------
    baseline : Baseline
    path : Path
        Written aside first: a failed run leaves the old file whole.
    version : str
        Of maskaudit.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_baseline(Baseline((Entry("mask.tiny", "0a"),)), Path(folder) / "b.json", "1")
    ...     read_baseline(Path(folder) / "b.json").entries[0].fingerprint
    '0a'
    >>> with TemporaryDirectory() as folder:
    ...     write_baseline(Baseline(), Path(folder) / "b.json", "1")
    ...     read_baseline(Path(folder) / "b.json")
    Baseline(entries=())
    """
    head = msgspec.json.encode({"schema_version": SCHEMA_VERSION, "tool": "maskaudit", "version": version})
    lines = b",\n".join(map(msgspec.json.encode, baseline.entries))
    write_atomically(path, head[:-1] + b',"entries":[\n' + lines + (b"\n" if lines else b"") + b"]}\n")
