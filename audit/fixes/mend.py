"""Mending a file: pass after pass until nothing is left that a fix may change."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audit.findings.decisions import Verdict, apply_decisions
from audit.findings.finding import Finding, Severity
from audit.fixes.labels import Labels, Repair
from audit.fixes.plan import FindingKey, Plan, Selection, plan_repairs
from audit.fixes.proof import FixRefusedError, prove
from audit.fixes.registry import all_fixes
from audit.fixes.result import Done, FixResult
from audit.fixes.source_text import Edited, Patch, SourceText
from audit.fixes.tool_files import find_tool_format, mend_tool_file
from audit.pipeline.config import Config
from audit.pipeline.evaluate import COPIED, REDRAWN, evaluate_rules
from audit.pipeline.list_each import list_each
from audit.pipeline.measuring import ScanSource
from audit.pipeline.result import ScanResult
from audit.pipeline.run import resolve_config, scan
from audit.pipeline.stored import StoredMeasurements
from audit.pipeline.timer import Timer

MAX_PASSES = 20
_MAX_WITHDRAWALS = 5
_LIKE = {COPIED: REDRAWN, REDRAWN: COPIED}
"""Two equal masks are one or the other, by what else their records say."""


def mend(
    source: Path,
    *,
    images: Path | None = None,
    config: Config | str | Path | Mapping[str, Any] | None = None,
    selection: Selection | None = None,
    decisions: Path | None = None,
    workers: int | None = None,
    input_format: str | None = None,
) -> FixResult:
    """Mend a COCO file, or labels of an annotation tool, in memory.

    Parameters
    ----------
    source : Path
        It is read and never written.
    images : Path, optional
        The folder of the pictures, for what only they tell.
    config : Config, path or mapping, optional
        Which rules judge, and by which thresholds.
    selection : Selection, optional
        What is to be mended; left out, everything that is safe.
    decisions : Path, optional
        What people decided: nothing that is fine is touched; what is real, or was accepted as proposed, is
        mended even where the fix is not safe.
    workers : int, optional
        Threads that measure.
    input_format : str, optional
        Name of the format (`audit.loaders.formats.READERS`); left out, the content tells.

    Returns
    -------
    FixResult

    Raises
    ------
    UnreadableError
        If there are no labels to mend.
    FixRefusedError
        If the proof fails.
    """
    resolved = resolve_config(config, None, None)
    wanted = selection or Selection()

    def mend_text(text: bytes, withdrawn: Mapping[FindingKey, str]) -> FixResult:
        file = source.with_suffix(".json") if tool_format else source
        return _Mending(file, text, images, resolved, wanted, decisions, workers, withdrawn).run()

    tool_format = find_tool_format(source, input_format)
    if tool_format:
        pictures = images or (source if source.is_dir() else source.parent)

        def scan_labels(path: Path) -> ScanResult:
            # Users have no such source, so the signature of scan does not name it.
            labels: Any = ScanSource([path], pictures=pictures, input_format=tool_format)
            return scan(labels, images=images, config=resolved, decisions=decisions, workers=workers)

        return mend_tool_file(source, tool_format, mend_text, scan_labels, pictures)
    return mend_text(_read_file(source), {})


def _read_file(source: Path) -> bytes:
    from audit.loaders.json_file import BOM, read_json_file

    file = read_json_file(source)
    return BOM * file.has_bom + file.data


class _Mending:
    """The passes over one file."""

    def __init__(
        self,
        source: Path,
        original: bytes,
        images: Path | None,
        config: Config,
        selection: Selection,
        decisions: Path | None,
        workers: int | None,
        withdrawn: Mapping[FindingKey, str],
    ) -> None:
        self.source, self.original, self.selection = source, original, selection
        self.config, self.listing = (
            config,
            list_each(config, (rule for fix in all_fixes().values() for rule in fix.rules)),
        )
        self.scan_options: dict[str, Any] = {"images": images, "decisions": decisions, "workers": workers}
        self.withdrawn: dict[FindingKey, str] = dict(withdrawn)
        self.origin: dict[int, int] = {}
        self.n_decoded = 0

    def run(self) -> FixResult:
        first = labels = self.read(self.original)
        done: list[Done] = []
        patches: list[list[Patch]] = []
        known = self.keys(first)
        plan = plan_repairs(labels, self.selection, self.withdrawn)
        for pass_number in range(1, MAX_PASSES + 1):
            if not plan.repairs:
                break
            plan, edited, mended = self.make_pass(labels, plan, known)
            if not plan.repairs:
                break
            done += self.describe(labels, mended, plan, edited, pass_number)
            patches.insert(0, edited.patches)
            labels = mended
            plan = plan_repairs(labels, self.selection, self.withdrawn)
        return FixResult(
            source=str(self.source),
            original=self.original,
            corrected=labels.text.data,
            done=tuple(done),
            skipped=tuple(plan.skipped),
            patches=tuple(patches),
            before=first.result,
            after=labels.result,
            n_decoded=self.n_decoded,
            findings_new=tuple(self.find_new(labels, known)),
        )

    def read(self, data: bytes) -> Labels:
        """Scan a text from a file, as everybody else will read it."""
        with tempfile.TemporaryDirectory(prefix="maskaudit-") as folder:
            file = Path(folder) / self.source.name
            file.write_bytes(data)
            result = scan(file, config=self.config, **self.scan_options)
        return Labels(SourceText(str(self.source), data), result, self.list_findings(result))

    def list_findings(self, result: ScanResult) -> list[Finding]:
        """List the findings of a scan one by one, also those that a report says once."""
        stored = StoredMeasurements(result.measurements, result.reader_findings, result.sources)
        listed = apply_decisions(evaluate_rules(stored, self.listing, Timer()), result.decisions)
        # What a person found to be a habit, and fine, is not mended one by one.
        single = {(finding.rule, finding.fingerprint) for finding in result.findings}
        fine_habits = {
            finding.rule
            for finding in result.findings
            if finding.decision == Verdict.FINE and not finding.instance_rows and finding.image_id is None
        }
        return [
            finding
            for finding in listed
            if finding.rule not in fine_habits or (finding.rule, finding.fingerprint) in single
        ]

    def make_pass(
        self, labels: Labels, plan: Plan, known: set[tuple[str, frozenset[int]]]
    ) -> tuple[Plan, Edited, Labels]:
        """Make the repairs of a plan, and take back those that cause new findings."""
        for _ in range(_MAX_WITHDRAWALS):
            edited = labels.text.apply(plan.edits)
            mended = self.read(edited.data)
            origins = dict(self.origin)
            self.note_origins(labels, mended, plan, edited)
            worse = self.find_worse(labels, mended, plan, edited, known)
            if not worse:
                self.n_decoded += prove(labels, mended, edited, plan.repairs)
                return plan, edited, mended
            self.withdrawn |= worse
            self.origin = origins
            kept = [r for r in plan.repairs if (r.finding.rule, r.finding.fingerprint) not in worse]
            plan = Plan(kept, plan.skipped)
            if not kept:
                break
        edited = labels.text.apply([])
        return Plan([], plan.skipped), edited, labels

    def note_origins(self, labels: Labels, mended: Labels, plan: Plan, edited: Edited) -> None:
        """Remember from which annotation each new id comes."""
        for edit, old_id, new_id in _list_ids(labels, mended, plan, edited):
            if new_id is not None and new_id != old_id and edit.list_name == "annotations":
                self.origin[new_id] = self.origin.get(old_id, old_id)

    def keys(self, labels: Labels) -> set[tuple[str, frozenset[int]]]:
        """Identify findings by rule and annotations, which survive a change of pixels."""
        return {(finding.rule, self.sources_of(finding)) for finding in labels.findings}

    def sources_of(self, finding: Finding) -> frozenset[int]:
        return frozenset(self.origin.get(number, number) for number in finding.annotation_ids)

    def find_new(self, labels: Labels, known: set[tuple[str, frozenset[int]]]) -> list[Finding]:
        """Return warnings and errors that nothing in the original file corresponds to."""
        groups = [(rule, group) for rule, group in known if len(group) > 2]

        def is_known(finding: Finding) -> bool:
            rules, sources = {finding.rule, _LIKE.get(finding.rule, "")}, self.sources_of(finding)
            # What is left of a group, after some of its masks were mended, is not new.
            return any((rule, sources) in known for rule in rules) or any(
                rule in rules and sources <= group for rule, group in groups
            )

        return [
            finding
            for finding in labels.findings
            if finding.severity is not Severity.INFO and finding.annotation_ids and not is_known(finding)
        ]

    def find_worse(
        self,
        labels: Labels,
        mended: Labels,
        plan: Plan,
        edited: Edited,
        known: set[tuple[str, frozenset[int]]],
    ) -> dict[FindingKey, str]:
        """Find the unsafe repairs after which something is found that was not found before."""
        touched: dict[int, list[Repair]] = {}
        number = 0
        listed = _list_ids(labels, mended, plan, edited)
        for repair in plan.repairs:
            for _, _, new_id in listed[number : number + len(repair.edits)]:
                if new_id is not None and not all_fixes()[repair.fix].is_safe:
                    touched.setdefault(new_id, []).append(repair)
            number += len(repair.edits)
        worse: dict[FindingKey, str] = {}
        for finding in self.find_new(mended, known):
            for annotation_id in finding.annotation_ids:
                for repair in touched.get(annotation_id, []):
                    key = repair.finding.rule, repair.finding.fingerprint
                    worse[key] = f"afterwards {finding.rule} would be found: {finding.message}"
        return worse

    def describe(
        self, labels: Labels, mended: Labels, plan: Plan, edited: Edited, pass_number: int
    ) -> list[Done]:
        """Note what the repairs of a pass did."""
        listed = _list_ids(labels, mended, plan, edited)
        done, number = [], 0
        for repair in plan.repairs:
            part = listed[number : number + len(repair.edits)]
            number += len(repair.edits)
            old_ids = [old_id for edit, old_id, _ in part if not edit.is_new]
            new_ids = [new_id for _, _, new_id in part if new_id is not None]
            is_safe = all_fixes()[repair.fix].is_safe
            done.append(Done(repair, is_safe, pass_number, tuple(old_ids), tuple(new_ids)))
        return done


def _list_ids(
    labels: Labels, mended: Labels, plan: Plan, edited: Edited
) -> list[tuple[Any, int, int | None]]:
    """Return every edit with the id of its annotation before and after; None = it is gone."""
    before, after = (
        dict(zip(side.dataset.annotations.index.tolist(), side.dataset.annotations.id.tolist(), strict=True))
        for side in (labels, mended)
    )
    listed = []
    for number, edit in enumerate(plan.edits):
        position = (
            edited.new_positions[number] if edit.is_new else edited.positions[edit.list_name][edit.index]
        )
        listed.append((edit, before.get(edit.index, -1), after.get(position)))
    return listed


def hash_bytes(data: bytes) -> str:
    """Return the SHA-256 of some bytes, hexadecimal.

    Examples
    --------
    >>> hash_bytes(b"")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(data).hexdigest()


def refuse_same_file(source: Path, target: Path) -> None:
    """Refuse to write over what is read, under whatever name.

    Parameters
    ----------
    source, target : Path

    Raises
    ------
    FixRefusedError
        If they are one file, by a link or otherwise.

    Examples
    --------
    >>> refuse_same_file(Path("a.json"), Path("b.json"))
    """
    is_same = os.path.realpath(source) == os.path.realpath(target)
    if source.is_dir() and Path(os.path.realpath(source)) in Path(os.path.realpath(target)).parents:
        raise FixRefusedError(f"{target} lies in the folder that is mended: name one outside of it")
    if is_same or (target.exists() and source.exists() and source.samefile(target)):
        raise FixRefusedError(f"{target} is the file that is mended: nothing is mended in place")
