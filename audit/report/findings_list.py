"""The findings that the browser page can sort and filter: columns of small numbers, packed.

A hundred thousand findings are 40 MB as JSON. As columns that refer to lists of rules, files, categories
and sentences they are 10 MB, compressed 3 MB, and a browser unpacks them in a fifth of a second.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import TypeVar

from audit.carriers import dataclass
from audit.findings.decisions import Decision
from audit.findings.finding import Finding
from audit.pipeline.result import ScanResult
from audit.report.finding_crops import CROPS_A_FILE
from audit.report.importance import weigh_findings
from audit.report.packed_text import compress_text
from audit.report.scan_summary import split_title
from audit.report.text_format import format_category, shorten_text

Item = TypeVar("Item", str, tuple[str, str])

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
    weight: float = 0.0
    """Importance of the rule times score: the order in which findings are shown."""
    crop: int = -1
    """Number of its crop; -1 = it has none."""
    link: str = ""
    """Its address in the labelling tool; empty = not known."""
    group: int = -1
    """Who or what made it, of `FindingsList.groups`; -1 = findings have no groups."""


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
    groups: tuple[str, ...] = ()
    """Annotators, batches ...; empty = there are none."""
    grouped_by: str = ""
    """What the groups are."""
    carried: tuple[tuple[str, Decision], ...] = ()
    """Earlier decisions about findings that are not listed, kept for the next export; by fingerprint."""
    signed: tuple[tuple[str, str, str], ...] = ()
    """Fingerprint, reviewer and date of the decisions about listed findings that have any of these."""


def list_findings(
    result: ScanResult,
    pages: Mapping[int, str],
    on_page: int,
    max_rows: int = MAX_ROWS,
    crops: Mapping[int, int] = {},
    links: Sequence[str] = (),
    groups: Sequence[str] = (),
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
    crops : mapping
        Position of a finding to the number of its crop.
    links : sequence of str
        Address of each finding in the labelling tool; empty = there are none.
    groups : sequence of str
        Annotator, batch ... of each finding; empty = there are none.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> list_findings(ScanResult("1.0", empty_measurements(), (), {}, {}), {}, 150).rows
    ()
    """
    findings = result.findings
    chosen = range(len(findings)) if len(findings) <= max_rows else _choose_strongest(findings, max_rows)
    weights = weigh_findings(findings, result.rules).round(4).tolist()
    titles = _title_rules(result)
    rule_number = {rule: position for position, (rule, _title) in enumerate(titles)}
    category_names = _name_categories(result)
    position_on_page = _number_within_images(findings)
    files: dict[tuple[str, str], int] = {}
    categories: dict[str, int] = {}
    sources: dict[str, int] = {}
    short_groups = [shorten_text(group) for group in groups]
    group_names = sorted(set(short_groups))
    group_number = {name: position for position, name in enumerate(group_names)}

    def list_finding(number: int) -> ListedFinding:
        finding, image = findings[number], findings[number].image_row
        address = pages.get(image, "") if image >= 0 else ""
        names = (category_names.get(number, str(number)) for number in finding.category_ids[:_IDS])
        return ListedFinding(
            severity=finding.severity.rank,
            rule=rule_number[finding.rule],
            file=-1
            if finding.file_name is None
            else _number_first_uses(files, (shorten_text(finding.file_name), address)),
            place=position_on_page[number] if address and position_on_page[number] < on_page else -1,
            source=_number_first_uses(sources, shorten_text(finding.source)),
            score=round(finding.score, 3),
            ids=finding.annotation_ids[:_IDS],
            categories=tuple(_number_first_uses(categories, name) for name in names),
            message=shorten_text(finding.message, _LONGEST),
            fingerprint=finding.fingerprint,
            decision=finding.decision,
            note=shorten_text(finding.note, _LONGEST),
            weight=weights[number],
            crop=crops.get(number, -1),
            link=links[number] if links else "",
            group=group_number[short_groups[number]] if groups else -1,
        )

    rows = [list_finding(number) for number in chosen]
    listed = {row.fingerprint for row in rows}
    return FindingsList(
        rules=titles,
        files=tuple(files),
        categories=tuple(categories),
        sources=tuple(sources),
        rows=tuple(rows),
        total=len(findings),
        groups=tuple(group_names),
        carried=tuple(pair for pair in sorted(result.decisions.items()) if pair[0] not in listed),
        signed=_list_signatures(result.decisions, listed),
    )


def _title_rules(result: ScanResult) -> tuple[tuple[str, str], ...]:
    """Name the rules that found something, each with its title, by id."""
    return tuple(
        (rule, split_title(result.rules[rule].title)[0] if rule in result.rules else rule)
        for rule in sorted({finding.rule for finding in result.findings})
    )


def _name_categories(result: ScanResult) -> dict[int, str]:
    """Return the name of every category by its id."""
    table = result.measurements.categories
    return {
        int(category_id): format_category(name)
        for category_id, name in zip(table["category_id"], table["name"], strict=True)
    }


def _list_signatures(
    decisions: Mapping[str, Decision], fingerprints: Collection[str]
) -> tuple[tuple[str, str, str], ...]:
    """Return fingerprint, reviewer and date of the decisions about some findings that have any of these."""
    return tuple(
        (fingerprint, decision.reviewer, decision.date)
        for fingerprint, decision in sorted(decisions.items())
        if fingerprint in fingerprints and (decision.reviewer or decision.date)
    )


def _number_first_uses(numbers: dict[Item, int], item: Item) -> int:
    """Number items in the order of their first use."""
    return numbers.setdefault(item, len(numbers))


def pack_findings(content: FindingsList) -> str:
    """Write a listing as the page's script reads it: JSON columns, compressed, base64.

    The same listing gives the same text.

    Examples
    --------
    >>> import base64, gzip
    >>> text = pack_findings(FindingsList((), (), (), (), (), 0))
    >>> sorted(json.loads(gzip.decompress(base64.b64decode(text))))[:3]
    ['carried', 'categories', 'cats']
    """
    rows = content.rows
    sentences, sentence, numbers = _split_numbers([row.message for row in rows])
    columns = {
        "severity": [row.severity for row in rows],
        "rule": [row.rule for row in rows],
        "file": [row.file for row in rows],
        "place": [row.place for row in rows],
        "source": [row.source for row in rows],
        "score": [row.score for row in rows],
        "ids": [row.ids for row in rows],
        "cats": [row.categories for row in rows],
        "sentence": sentence,
        "numbers": numbers,
        "print": [row.fingerprint for row in rows],
        "decision": [row.decision for row in rows],
        "note": [row.note for row in rows],
        "weight": [row.weight for row in rows],
        "crop": [row.crop for row in rows],
        "link": [row.link for row in rows] if any(row.link for row in rows) else [],
        "group": [row.group for row in rows],
        "groups": content.groups,
        "cropsAFile": CROPS_A_FILE,
        "sentences": sentences,
        "rules": content.rules,
        "files": content.files,
        "categories": content.categories,
        "sources": content.sources,
        "total": content.total,
        "carried": [(fingerprint, asdict(decision)) for fingerprint, decision in content.carried],
        "signed": {fingerprint: signature for fingerprint, *signature in content.signed},
    }
    return compress_text(json.dumps(columns, separators=(",", ":"), ensure_ascii=True))


def _split_numbers(messages: Sequence[str]) -> tuple[list[str], list[int], list[str]]:
    """Take the numbers out of messages: most of them differ in nothing else."""
    sentences: dict[str, int] = {}
    sentence, numbers = [], []
    for message in messages:
        parts = _NUMBER.split(message)
        sentence.append(_number_first_uses(sentences, _GAP.join(parts[0::2])))
        numbers.append(" ".join(parts[1::2]))
    return list(sentences), sentence, numbers


def _number_within_images(findings: Sequence[Finding]) -> list[int]:
    """Number the findings of each image, as its page does."""
    count_by_image: dict[int, int] = {}
    positions = []
    for finding in findings:
        positions.append(count_by_image.get(finding.image_row, 0))
        count_by_image[finding.image_row] = positions[-1] + 1
    return positions


def _choose_strongest(findings: Sequence[Finding], max_rows: int) -> list[int]:
    """Take the strongest findings of every rule in turn, until there are enough; in order."""
    count_by_rule: dict[str, int] = {}
    rank_within_rule = [0] * len(findings)
    for number in sorted(range(len(findings)), key=lambda position: (-findings[position].score, position)):
        rule = findings[number].rule
        rank_within_rule[number] = count_by_rule.get(rule, 0)
        count_by_rule[rule] = rank_within_rule[number] + 1
    return sorted(
        sorted(range(len(findings)), key=lambda position: (rank_within_rule[position], position))[:max_rows]
    )
