"""Known findings whose pictures moved to another folder, or whose categories got other names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from audit.diff.identical_masks import match_base_names
from audit.findings.finding import Finding
from audit.findings.fingerprint import hash_under_name
from audit.findings.sanitize import encodable
from audit.gates.baseline import Baseline, identify_categories
from audit.measure.schema import Measurements


def trace_file_names(baseline: Baseline, measurements: Measurements) -> Mapping[str, str]:
    """Find the pictures that the baseline knows under another folder, as `maskaudit diff` does.

    Parameters
    ----------
    baseline : tuple of BaselineEntry
    measurements : Measurements
        Of the batch.

    Returns
    -------
    mapping
        File name in the batch to that in the baseline. A base name that occurs twice tells nothing.

    Examples
    --------
    >>> from audit.gates.baseline import BaselineEntry
    >>> from audit.testing import measured, scene
    >>> known = (BaselineEntry("mask.tiny", "0a", "old/scene_1.png"),)
    >>> trace_file_names(known, measured(scene("a")))
    {'scene_1.png': 'old/scene_1.png'}
    >>> trace_file_names((), measured())
    {}
    """
    known_names = {entry.file_name for entry in baseline if entry.file_name}
    batch_names = set(map(encodable, measurements.images["file_name"].tolist()))
    return dict(match_base_names(known_names - batch_names, batch_names - known_names))


def trace_fingerprints(
    baseline: Baseline, findings: Sequence[Finding], measurements: Measurements
) -> tuple[str, ...]:
    """Say under which fingerprint the baseline would know each finding.

    A fingerprint holds the file name, so that of a moved picture is made again with the name that it had.
    What is said about a moved picture and no mask, and about categories alone, is known by rule and picture,
    or by rule and ids of categories, where the baseline has such a finding that the batch does not show.

    Parameters
    ----------
    baseline : tuple of BaselineEntry
    findings : sequence of Finding
    measurements : Measurements
        Of the batch.

    Returns
    -------
    tuple of str
        One a finding: its own fingerprint where nothing has moved.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> from audit.gates.baseline import BaselineEntry
    >>> from audit.testing import measured
    >>> known = (BaselineEntry("dataset.unused_category", "0a", category_ids=(3,)),)
    >>> renamed = Finding("dataset.unused_category", Severity.INFO, "", category_ids=(3,), fingerprint="0b")
    >>> trace_fingerprints(known, [renamed], measured())
    ('0a',)
    >>> trace_fingerprints((), [], measured())
    ()
    """
    old_names = trace_file_names(baseline, measurements)
    shown = {(finding.rule, finding.fingerprint) for finding in findings}
    gone_at: defaultdict[tuple[str, str, tuple[int, ...]], list[str]] = defaultdict(list)
    for entry in baseline:
        if (entry.rule, entry.fingerprint) not in shown:
            gone_at[entry.rule, entry.file_name, entry.category_ids] += [entry.fingerprint] * entry.count
    fingerprints = (finding.fingerprint for finding in findings)
    if not gone_at:
        return tuple(fingerprints)
    known = {(entry.rule, entry.fingerprint) for entry in baseline}
    waiting = {place: iter(gone) for place, gone in gone_at.items()}
    hashes = measurements.instances["mask_hash"].to_numpy()

    def trace() -> Iterator[str]:
        for finding in findings:
            old_name = old_names.get(encodable(finding.file_name or ""), "")
            if (finding.rule, finding.fingerprint) in known:
                yield finding.fingerprint
            elif old_name and finding.instance_rows:
                yield hash_under_name(finding, old_name, hashes)
            elif old_name or (not finding.file_name and finding.category_ids):
                place = (finding.rule, old_name, identify_categories(finding))
                yield next(waiting.get(place, iter(())), finding.fingerprint)
            else:
                yield finding.fingerprint

    return tuple(trace())
