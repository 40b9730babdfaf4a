"""How far raters agree: sentences and tables for the terminal and the page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from audit.agreement.joint import JointAgreement
from audit.findings.sanitize import printable
from audit.report.page_templates import PageTemplates
from audit.report.terminal_table import TerminalTable

ACCEPTABLE = 0.8
TENTATIVE = 0.667
"""Krippendorff: rely on data from .800 on, draw tentative conclusions from .667 on."""
SHOWN_CATEGORIES = 15
"""Rows of the terminal's table of categories; files have all."""
SHOWN_PAIRS = 15

RATER_COLUMNS = ("rater", "pictures", "objects", "vitality", "AP", "labels alike")
CATEGORY_COLUMNS = ("category", "objects", "unanimous", "alpha")
PAIR_COLUMNS = ("raters", "pictures", "matched", "F1", "mean IoU", "splits", "merges", "alpha")


def summarize_agreement(agreement: JointAgreement) -> tuple[str, ...]:
    """Say in sentences how far raters agree.

    Parameters
    ----------
    agreement : JointAgreement

    Examples
    --------
    >>> from audit.agreement.joint import measure_agreement
    >>> from audit.agreement.raters import RaterPanel
    >>> summarize_agreement(measure_agreement(RaterPanel((), (), ())))
    ('No two raters labelled one picture: nothing to compare.',)
    """
    if not agreement.n_pictures:
        return ("No two raters labelled one picture: nothing to compare.",)
    counts = f"{_count(agreement.n_objects, 'object')} in {_count(agreement.n_pictures, 'picture')}"
    sentences = [f"{_count(len(agreement.raters), 'rater')} drew {counts}, each counted once."]
    if math.isnan(agreement.alpha):
        sentences.append("They agree about every object, and there is one category: alpha is not defined.")
    else:
        known = not math.isnan(agreement.low)
        interval = f" (95 %: {_number(agreement.low)} to {_number(agreement.high)})" if known else ""
        sentences.append(
            f"Krippendorff's alpha of all, a missing object counted: {_number(agreement.alpha)}{interval}, "
            f"{_judge_alpha(agreement.alpha)}."
        )
        if agreement.alpha < TENTATIVE and _is_nearly_one_value(agreement):
            sentences.append(
                "Nearly every object is drawn by all and has one category, so that chance would agree as "
                "often: alpha says little here. Go by F1 and mean IoU below."
            )
    if not math.isnan(agreement.ceiling):
        sentences.append(
            f"One rater's labels, judged by another's, reach a mask AP of {agreement.ceiling:.3f}: models "
            "above that cannot be told apart by such labels."
        )
    schools = sorted({rater.cluster for rater in agreement.raters})
    if len(schools) > 1:
        members = [
            ", ".join(rater.name for rater in agreement.raters if rater.cluster == number)
            for number in schools
        ]
        sentences.append(f"There are {len(schools)} ways of labelling: {'; '.join(members)}.")
    if agreement.n_left_out:
        masks = _count(agreement.n_left_out, "mask")
        sentences.append(f"{masks} in heaps too large to be told apart were left out.")
    return tuple(sentences)


def _judge_alpha(alpha: float) -> str:
    if alpha >= ACCEPTABLE:
        return "good (0.80 and more)"
    return "tentative (0.67 to 0.80)" if alpha >= TENTATIVE else "too low to rely on (below 0.67)"


def _is_nearly_one_value(agreement: JointAgreement) -> bool:
    """Tell whether all but one object in twenty have one category, and all raters say so."""
    most = max((record.n_unanimous for record in agreement.categories), default=0)
    return most >= 0.95 * agreement.n_objects


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _number(value: float, digits: int = 2, sign: str = "") -> str:
    return (
        "–" if math.isnan(value) else f"{round(value, digits) + 0.0:{sign}.{digits}f}"
    )  # + 0.0: never -0.00


def agreement_tables(agreement: JointAgreement) -> tuple[tuple[Sequence[str], list[tuple[str, ...]]], ...]:
    """Lay out the tables of raters, of categories and of pairs of raters: columns and rows of each.

    Parameters
    ----------
    agreement : JointAgreement
    """
    raters: list[tuple[str, ...]] = [
        (
            rater.name, f"{rater.n_pictures:,}", f"{rater.n_instances:,}", _number(rater.vitality, 3, "+"),
            _number(rater.ceiling, 3), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcd"[rater.cluster],
        )
        for rater in agreement.raters
    ]  # fmt: skip
    categories: list[tuple[str, ...]] = [
        (
            record.name, f"{record.n_objects:,}", f"{100 * record.n_unanimous / record.n_objects:.0f} %",
            _number(record.alpha),
        )
        for record in agreement.categories
    ]  # fmt: skip
    pairs: list[tuple[str, ...]] = [
        (
            f"{pair.annotator_a}, {pair.annotator_b}", f"{pair.n_images:,}", f"{pair.n_matched:,}",
            _number(pair.f1), _number(pair.mean_iou), f"{pair.n_splits:,}", f"{pair.n_merges:,}",
            _number(pair.alpha),
        )
        for pair in agreement.pairs
    ]  # fmt: skip
    # Where all label alike, the column says nothing.
    if all(rater.cluster == 0 for rater in agreement.raters):
        raters = [row[:-1] for row in raters]
    return (
        (RATER_COLUMNS[: len(raters[0])] if raters else RATER_COLUMNS, raters),
        (CATEGORY_COLUMNS, categories),
        (PAIR_COLUMNS, pairs),
    )


def render_agreement(agreement: JointAgreement) -> RenderableType:
    """Lay out an agreement for the terminal.

    Parameters
    ----------
    agreement : JointAgreement
    """
    return Group(*_terminal_parts(agreement))


def _terminal_parts(agreement: JointAgreement) -> Iterator[RenderableType]:
    for sentence in summarize_agreement(agreement):
        yield Text(printable(sentence))
    if not agreement.n_pictures:
        return
    limits = len(agreement.raters), SHOWN_CATEGORIES, SHOWN_PAIRS
    for (columns, rows), limit in zip(agreement_tables(agreement), limits, strict=True):
        table = TerminalTable(*columns, text=("labels alike",), folded=columns[0])
        for row in rows[:limit]:
            table.add_row(*(Text(printable(cell)) for cell in row))
        yield table
        if len(rows) > limit:
            yield Text(f"{len(rows) - limit:,} more: --out DIR writes all.")


def render_agreement_page(agreement: JointAgreement, version: str) -> bytes:
    """Write the page of an agreement as one file.

    Parameters
    ----------
    agreement : JointAgreement
    version : str

    Examples
    --------
    >>> from audit.agreement.joint import measure_agreement
    >>> from audit.agreement.raters import RaterPanel
    >>> b"nothing to compare" in render_agreement_page(measure_agreement(RaterPanel((), (), ())), "1")
    True
    """
    titles = "Raters", "Categories, the hardest first", "Every two raters"
    tables = [
        (title, columns, rows)
        for title, (columns, rows) in zip(titles, agreement_tables(agreement), strict=True)
        if rows
    ]
    return PageTemplates().single(
        "agreement.html.j2", sentences=summarize_agreement(agreement), tables=tables, version=version
    )
