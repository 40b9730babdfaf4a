"""Stray specks: a mask with tiny parts apart from its body.

What it finds
-------------
Masks of several parts whose smallest part has at most ``max_px`` pixels and at most ``max_share`` of
the mask. An object that is hidden behind a pole has several parts too, but large ones: it stays
silent. Crowd regions are left out.

A part far away from the body is a slip at any size below a tenth of the mask (`mask.scattered` begins there):
at least ``far_gap`` px away, and ``far_ratio`` times the size of the largest part, which is the side of a
square of as many pixels. Where another mask overlaps this one, or comes within 2 px, it may hide what lies
between, and the finding is an info.

A speck less than ``min_gap`` px away is an info: a ragged outline, which changes nothing. So is one of a
mask at most 2 px from the border of its image, beyond which the object may go on. A dataset that draws
objects in pieces (at least 1 % of all masks have several real parts close together) is one of photographs,
in which things hide others: there all is an info.

Where a polygon has fewer rings than its mask has parts, the outline is so thin at one place that its
pixels fall apart: an info, because nobody drew a speck. Only the smallest part of a mask is known,
so the number of specks is not said.

Why it matters
--------------
A slip of the brush far from the object stretches the bounding box, and with it the region that the
model has to look at. The specks themselves teach it to scatter pixels.

When it is wrong
----------------
A far away object behind a fence can truly show as a few pixels beside its body.

Example
-------
Annotation 17 has 2 parts: a body of 812 px and a speck of 3 px, 40 px away. Erase the speck.

Reference
---------
`skimage.morphology.remove_small_objects` removes such parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_table_or_aggregate
from audit.detectors.base import Hit, HitTable, option
from audit.detectors.cut_by_border import flag_cut_by_border
from audit.detectors.drawn_in_pieces import draws_pieces
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.findings.text_columns import code_texts, fill_template, format_numbers
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.2

_FAR_CAUSES = (
    "probably a slip",
    "a slip, or a piece of a hidden object",
    "the mask beside it may hide what lies between",
)
"""Of a part far away: as a rule, where objects are drawn in pieces, beside another mask."""
_SPECKS = (
    ("The outline is so thin that the mask falls into", ""),
    ("The mask has", ": something in front of it, or stray specks"),
    ("The mask has", ": probably a stray speck"),
)
"""How the sentence about a speck begins and ends: of a torn outline, among many parts, of two parts."""
_COLUMNS = (
    "area_px",
    "parts",
    "smallest_part_px",
    "largest_part_px",
    "small_part_gap_px",
    "rings",
    "iscrowd",
)


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_px: int = option(16, unit="px", help="most pixels of a speck")
    max_share: float = option(0.05, unit="share", help="most of the mask's pixels that a speck may have")
    min_gap: int = option(3, unit="px", help="least gap to a speck that is a warning")
    far_gap: int = option(8, unit="px", help="least gap to a small part far away")
    far_ratio: float = option(1.0, unit="factor", help="least such gap / size of the largest part")
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every mask whose smallest part is a speck.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : Options
        Of this rule.

    Yields
    ------
    Hit or HitTable
    """
    columns = {name: measurements.instances[name].to_numpy() for name in _COLUMNS}
    area_px, parts, smallest, far_px = (
        columns[name] for name in ("area_px", "parts", "smallest_part_px", "small_part_gap_px")
    )
    is_mask = (area_px > 0) & ~columns["iscrowd"]
    has_speck = (parts > 1) & (smallest <= options.max_px) & (smallest <= options.max_share * area_px)
    gap_per_size = far_px / np.sqrt(np.maximum(columns["largest_part_px"], 1))
    is_far = (far_px >= options.far_gap) & (gap_per_size >= options.far_ratio) & (parts > 1) & ~has_speck
    has_neighbour = np.zeros(len(area_px), dtype=np.bool_)
    for side in ("a", "b"):
        has_neighbour[measurements.pairs[side].to_numpy()] = True
    has_pieces = draws_pieces(measurements)
    # The farthest small part is the smallest wherever there are two, and of more all is an info.
    is_clear = (far_px >= options.min_gap) & ~flag_cut_by_border(measurements) & (not has_pieces)

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        is_far_here = is_far[rows]
        yield _report_far_parts(
            columns, rows[is_far_here], gap_per_size, has_neighbour, has_pieces=has_pieces
        )
        yield _report_specks(columns, rows[~is_far_here], is_clear)

    yield from report_table_or_aggregate(
        measurements,
        (has_speck | is_far) & is_mask,
        is_mask,
        options.once_above,
        "have stray specks",
        make_tables,
    )


def _report_far_parts(
    columns: Mapping[str, NDArray[Any]],
    rows: NDArray[np.int64],
    gap_per_size: NDArray[np.float64],
    has_neighbour: NDArray[np.bool_],
    *,
    has_pieces: bool,
) -> HitTable:
    """Report masks with a small part far away."""
    ratio, may_be_hidden = gap_per_size[rows], has_neighbour[rows]
    message = fill_template(
        "A small part of this mask lies {gap_px} px from the rest, {ratio} times the size of the largest "
        "part: {cause}.",
        {
            "gap_px": columns["small_part_gap_px"][rows],
            "ratio": format_numbers(ratio, ".1f"),
            "cause": code_texts(np.where(may_be_hidden, 2, int(has_pieces)), _FAR_CAUSES),
        },
    )
    names = ("parts", "smallest_part_px", "largest_part_px", "small_part_gap_px")
    evidence = {name: columns[name][rows] for name in names} | {"gap_per_size": ratio}
    severity = np.where(may_be_hidden | has_pieces, Severity.INFO, "")
    return HitTable(message, rows, ratio / (ratio + 1.0), evidence, severity)


def _report_specks(
    columns: Mapping[str, NDArray[Any]], rows: NDArray[np.int64], is_clear: NDArray[np.bool_]
) -> HitTable:
    """Report masks whose smallest part is a speck."""
    parts, speck_px, rings = (columns[name][rows] for name in ("parts", "smallest_part_px", "rings"))
    share = speck_px / columns["area_px"][rows]
    is_torn = (rings > 0) & (rings < parts)
    kinds = np.where(is_torn, 0, np.where(parts > 2, 1, 2))
    beginnings, causes = zip(*_SPECKS, strict=True)
    message = fill_template(
        "{beginning} {parts} parts{link} the smallest has {speck_px} px, {share} of the mask{cause}.",
        {
            "beginning": code_texts(kinds, beginnings),
            "parts": parts,
            "link": code_texts(is_torn.astype(np.int64), [", and", ":"]),
            "speck_px": speck_px,
            "share": code_texts(np.arange(len(rows)), [format_percent(part, 1) for part in share.tolist()]),
            "cause": code_texts(kinds, causes),
        },
    )
    evidence = {
        "parts": parts,
        "smallest_part_px": speck_px,
        "largest_part_px": columns["largest_part_px"][rows],
        "smallest_share": share,
    }
    # Several further parts are rather pieces that something in front of the object leaves to see.
    severity = np.where(is_clear[rows] & ~is_torn & (parts == 2), "", Severity.INFO)
    return HitTable(message, rows, 1.0 - share, evidence, severity)
