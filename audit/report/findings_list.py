"""The findings that the browser page can sort and filter: columns of small numbers, packed.

A hundred thousand findings are 40 MB as JSON. As columns that refer to lists of rules, files, categories
and sentences they are 10 MB, compressed 3 MB, and a browser unpacks them in a fifth of a second.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from audit.findings.finding import Finding
from audit.pipeline.result import ScanResult
from audit.report.scan_summary import split_title
from audit.report.text_format import format_category, shorten_text

Thing = TypeVar("Thing", str, tuple[str, str])

MAX_ROWS = 200_000
"""Findings that the page lists; the rest is in findings.csv."""
_IDS = 20
_LONGEST = 300
_NUMBER = re.compile(r"(\d[\d.,]*)")
_GAP = "\0"
"""Where a number stood in a sentence; a text made printable does not hold it."""


@dataclass(frozen=True, slots=True)
class ListedFinding:
    """One finding, in positions of the lists of a `FindingsList`."""

    severity: int
    """Rank: 0 is worst."""
    rule: int
    file: int
    """-1 = the finding is about no image."""
    place: int
    """Position among the findings on the image's page; -1 = not there."""
    source: int
    score: float
    ids: tuple[int, ...]
    categories: tuple[int, ...]
    message: str
    fingerprint: str
    decision: str
    note: str


@dataclass(frozen=True, slots=True)
class Carried:
    """An earlier decision about a finding that is not listed, kept for the next export."""

    fingerprint: str
    verdict: str
    rule: str
    note: str


@dataclass(frozen=True, slots=True)
class FindingsList:
    """The findings in the order of every output, as far as they are listed."""

    rules: tuple[tuple[str, str], ...]
    """(id, title)."""
    files: tuple[tuple[str, str], ...]
    """(file name, address of the image's page or empty)."""
    categories: tuple[str, ...]
    sources: tuple[str, ...]
    rows: tuple[ListedFinding, ...]
    total: int
    """Findings of the scan; those beyond ``rows`` are left out."""
    carried: tuple[Carried, ...] = ()
    """Sorted by fingerprint."""


def list_findings(
    result: ScanResult,
    pages: Mapping[int, str],
    on_page: int,
    max_rows: int = MAX_ROWS,
) -> FindingsList:
    """Choose the findings that are listed: all, or the strongest of every rule.

    Parameters
    ----------
    result : ScanResult
    pages : mapping
        Row of the images table to the address of its page.
    on_page : int
        Findings that an image's page shows.
    max_rows : int

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> list_findings(ScanResult("1.0", empty_measurements(), (), {}, {}), {}, 150).rows
    ()
    """
    findings = result.findings
    chosen = range(len(findings)) if len(findings) <= max_rows else _choose_strongest(findings, max_rows)
    rules = sorted({f.rule for f in findings})
    rule_at = {rule: k for k, rule in enumerate(rules)}
    table = result.measurements.categories
    name_of = {int(c): format_category(n) for c, n in zip(table["category_id"], table["name"], strict=True)}
    number = _number_within_images(findings)
    files: dict[tuple[str, str], int] = {}
    categories: dict[str, int] = {}
    sources: dict[str, int] = {}
    rows = []
    for n in chosen:
        f, image = findings[n], findings[n].image_row
        page = pages.get(image, "") if image >= 0 else ""
        rows.append(
            ListedFinding(
                severity=f.severity.rank,
                rule=rule_at[f.rule],
                file=_number_first_uses(files, (shorten_text(f.file_name), page))
                if f.file_name is not None
                else -1,
                place=number[n] if page and number[n] < on_page else -1,
                source=_number_first_uses(sources, shorten_text(f.source)),
                score=round(f.score, 3),
                ids=f.annotation_ids[:_IDS],
                categories=tuple(
                    _number_first_uses(categories, name_of.get(c, str(c))) for c in f.category_ids[:_IDS]
                ),
                message=shorten_text(f.message, _LONGEST),
                fingerprint=f.fingerprint,
                decision=f.decision,
                note=shorten_text(f.note, _LONGEST),
            )
        )
    titles = tuple((r, split_title(result.rules[r].title)[0] if r in result.rules else r) for r in rules)
    return FindingsList(
        rules=titles,
        files=tuple(files),
        categories=tuple(categories),
        sources=tuple(sources),
        rows=tuple(rows),
        total=len(findings),
        carried=_carry_decisions(result, rows),
    )


def _carry_decisions(result: ScanResult, rows: Sequence[ListedFinding]) -> tuple[Carried, ...]:
    listed = {row.fingerprint for row in rows}
    return tuple(
        Carried(print_, decision.verdict.value, decision.rule, decision.note)
        for print_, decision in sorted(result.decisions.items())
        if print_ not in listed
    )


def _number_first_uses(known: dict[Thing, int], thing: Thing) -> int:
    """Number things in the order of their first use."""
    return known.setdefault(thing, len(known))


def pack_findings(content: FindingsList) -> str:
    """Write a listing as the page's script reads it: JSON columns, compressed, base64.

    The same listing gives the same text.

    Examples
    --------
    >>> text = pack_findings(FindingsList((), (), (), (), (), 0))
    >>> sorted(json.loads(gzip.decompress(base64.b64decode(text))))[:3]
    ['carried', 'categories', 'cats']
    """
    rows = content.rows
    sentences, sentence, numbers = _split_numbers([r.message for r in rows])
    columns = {
        "severity": [r.severity for r in rows],
        "rule": [r.rule for r in rows],
        "file": [r.file for r in rows],
        "place": [r.place for r in rows],
        "source": [r.source for r in rows],
        "score": [r.score for r in rows],
        "ids": [r.ids for r in rows],
        "cats": [r.categories for r in rows],
        "sentence": sentence,
        "numbers": numbers,
        "print": [r.fingerprint for r in rows],
        "decision": [r.decision for r in rows],
        "note": [r.note for r in rows],
        "sentences": sentences,
        "rules": content.rules,
        "files": content.files,
        "categories": content.categories,
        "sources": content.sources,
        "total": content.total,
        "carried": [(c.fingerprint, c.verdict, c.rule, c.note) for c in content.carried],
    }
    return compress_text(json.dumps(columns, separators=(",", ":"), ensure_ascii=True))


def compress_text(text: str) -> str:
    """Compress a text so that a page can hold it and its script can unpack it: gzip, then base64.

    Examples
    --------
    >>> gzip.decompress(base64.b64decode(compress_text("nucleus"))).decode()
    'nucleus'
    """
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()


def _split_numbers(messages: Sequence[str]) -> tuple[list[str], list[int], list[str]]:
    """Take the numbers out of messages: most of them differ in nothing else."""
    known: dict[str, int] = {}
    sentence, numbers = [], []
    for message in messages:
        parts = _NUMBER.split(message)
        sentence.append(_number_first_uses(known, _GAP.join(parts[0::2])))
        numbers.append(" ".join(parts[1::2]))
    return list(known), sentence, numbers


def _number_within_images(findings: Sequence[Finding]) -> list[int]:
    """Number the findings of each image, as its page does."""
    seen: dict[int, int] = {}
    positions = []
    for finding in findings:
        positions.append(seen.get(finding.image_row, 0))
        seen[finding.image_row] = positions[-1] + 1
    return positions


def _choose_strongest(findings: Sequence[Finding], most: int) -> list[int]:
    """Take the strongest findings of every rule in turn, until there are enough; in order."""
    seen: dict[str, int] = {}
    place = [0] * len(findings)
    for number in sorted(range(len(findings)), key=lambda n: (-findings[n].score, n)):
        rule = findings[number].rule
        place[number] = seen.get(rule, 0)
        seen[rule] = place[number] + 1
    return sorted(sorted(range(len(findings)), key=lambda n: (place[n], n))[:most])
