"""What a fix did: for the terminal, and as a list to read."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from audit.findings.finding import Finding
from audit.findings.number_format import format_count
from audit.findings.sanitize import printable
from audit.fixes.registry import all_fixes
from audit.fixes.result import FixResult
from audit.report.terminal_table import TerminalTable

_MOST_IDS = 8


def render_fix(result: FixResult) -> RenderableType:
    """Lay out what was mended, what was not, and what is left.

    Parameters
    ----------
    result : FixResult
    """
    parts: list[RenderableType] = []
    if result.done:
        table = TerminalTable(
            "fix", "", "findings", "what it did", text=("fix", "", "what it did"), folded="what it did"
        )
        for fix_name, count in Counter(done.repair.fix for done in result.done).items():
            fix = all_fixes()[fix_name]
            table.add_row(fix_name, "safe" if fix.is_safe else "unsafe", f"{count:,}", fix.title.rstrip("."))
        parts.append(table)
    if result.skipped:
        table = TerminalTable(
            "rule",
            "findings",
            "not fixed because",
            text=("rule", "not fixed because"),
            folded="not fixed because",
        )
        reasons = Counter((skipped.finding.rule, _shorten(skipped.reason)) for skipped in result.skipped)
        for (rule, reason), count in sorted(reasons.items()):
            table.add_row(rule, f"{count:,}", Text(printable(reason)))
        parts.append(table)
    return Group(*parts, *(Text(line) for line in summarize_fix(result)))


def _shorten(reason: str) -> str:
    """Leave out what differs from finding to finding."""
    text, would, _ = reason.partition(" would be found: ")
    return text + would.rstrip(": ")


def summarize_fix(result: FixResult) -> list[str]:
    """Say in a few lines what came of it.

    Parameters
    ----------
    result : FixResult
    """
    n_before, n_after = len(result.before.findings), len(result.after.findings)
    changed = {number for done in result.done for number in (*done.old_ids, *done.new_ids)}
    mended = f"{format_count(len(result.done), 'finding')} mended"
    if changed:
        mended += f" in {format_count(len(changed), 'annotation')}"
    skipped = f", {len(result.skipped):,} could not be" if result.skipped else ""
    findings = (
        f"{format_count(n_before, 'finding')} before, {n_after:,} after, {len(result.findings_new):,} new"
    )
    lines = [f"{mended}{skipped}; {findings}."]
    if len(result.done) + len(result.skipped) > n_before:
        lines.append("What a scan says once for many annotations counts here for each of them.")
    if result.done:
        drawn = format_count(result.n_decoded, "written mask")
        proven = f"; pycocotools drew {drawn} as meant" if result.n_decoded else ""
        lines.append(f"Proof: the corrected text was read again; nothing differs but what is listed{proven}.")
    n_left = len(result.remaining)
    lines.append(_count_left(result) if n_left else "No warning and no error is left.")
    return lines


def _count_left(result: FixResult) -> str:
    """Say how many errors and warnings are left."""
    counts = Counter(finding.severity.value for finding in result.remaining)
    parts = [format_count(counts[name], name) for name in ("error", "warning") if counts[name]]
    return f"{' and '.join(parts)} {'is' if len(result.remaining) == 1 else 'are'} left."


def write_change_list(result: FixResult, target: Path) -> str:
    """Write every change as Markdown, one line a finding.

    Parameters
    ----------
    result : FixResult
    target : Path
        Where the corrected file goes.
    """
    lines = [f"# What was changed in {printable(Path(result.source).name)}", ""]
    lines += [*summarize_fix(result), "", f"The corrected file is `{printable(target.name)}`.", ""]
    if result.done:
        lines += [
            "| finding | rule | picture | annotations | fix | what was done |",
            "|---|---|---|---|---|---|",
        ]
    for done in result.done:
        finding, kind = done.repair.finding, "" if done.is_safe else " (unsafe)"
        ids = _join_ids(dict.fromkeys((*done.old_ids, *done.new_ids)))
        lines.append(_row(finding, ids, done.repair.fix + kind, done.repair.action))
    if result.skipped:
        lines += ["", "## Not fixed", ""]
        lines += ["| finding | rule | picture | annotations | why not |", "|---|---|---|---|---|"]
    for skipped in result.skipped:
        ids = _join_ids(dict.fromkeys(skipped.finding.annotation_ids))
        lines.append(_row(skipped.finding, ids, skipped.reason))
    return "\n".join(lines) + "\n"


def _row(finding: Finding, *cells: str) -> str:
    first_cells = f"`{finding.fingerprint}`", f"`{finding.rule}`", finding.file_name or ""
    texts = (printable(cell).replace("|", "\\|").replace("<", "&lt;") for cell in (*first_cells, *cells))
    return f"| {' | '.join(texts)} |"


def _join_ids(ids: dict[int, None]) -> str:
    shown = ", ".join(str(number) for number in list(ids)[:_MOST_IDS])
    return f"{shown} and {len(ids) - _MOST_IDS} more" if len(ids) > _MOST_IDS else shown
