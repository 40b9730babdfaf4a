"""How touching objects are drawn, in numbers for a page: a curve, categories, images, batches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.findings.rates import wilson
from audit.measure.schema import Measurements
from audit.touching.evidence import candidates
from audit.touching.learned import MIN_SCORE, batches_of, contacts_of, known, merged, split

BINS = 12
"""Steps of the curve."""
WORST = 20
"""Images that are listed."""


@dataclass(frozen=True, slots=True)
class Step:
    """Contacts of about equal evidence."""

    low: float
    """Evidence (log likelihood ratio of several objects against one) from here on ..."""
    high: float
    """... to here."""
    as_one: int
    """Drawn as one annotation, and looked at closely."""
    as_two: int
    """Drawn as a touching pair."""
    odd_as_one: int
    """Of ``as_one``: named by `touching.merged`."""
    odd_as_two: int
    """Of ``as_two``: named by `touching.split`."""


@dataclass(frozen=True, slots=True)
class Share:
    """How a category, an image or a batch draws contacts."""

    name: str
    contacts: int
    """Touching pairs and annotations that seem to be several."""
    merged: int
    split: int
    odd_low: float
    """Share drawn against the habit: lower end of its 95 % Wilson interval, and so on."""
    odd_high: float
    reason: str = ""
    """Why nothing could be learned; empty where it was. Only for categories."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What a page about touching objects shows."""

    curve: tuple[Step, ...]
    categories: tuple[Share, ...]
    images: tuple[Share, ...]
    """The most inconsistent ones, worst first."""
    batches: tuple[Share, ...]


def overview(m: Measurements, min_score: float = MIN_SCORE) -> Overview:
    """Sum up how touching objects are drawn.

    Parameters
    ----------
    m : Measurements
        Scored.
    min_score : float
        Score from which on a contact is odd.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> overview(empty_measurements())
    Overview(curve=(), categories=(), images=(), batches=())
    """
    c = contacts_of(m, min_score)
    names = [str(name) for name in m.categories["name"]]
    reasons = dict(zip(m.conventions["category"].tolist(), m.conventions["reason"].tolist(), strict=True))
    pairs = dict(zip(m.conventions["category"].tolist(), m.conventions["pairs"].tolist(), strict=True))
    categories = []
    for k, pair_number in pairs.items():
        if k < 0 or pair_number == 0:
            continue
        if reasons[k]:
            categories.append(Share(names[k], pair_number, 0, 0, 0.0, 1.0, reasons[k]))
        else:
            categories.append(_share(names[k], c.category == k, c.merged, c.split))
    odd = np.bincount(c.image[c.merged | c.split], minlength=len(m.images))
    worst = np.lexsort((np.arange(len(odd)), -odd))[:WORST]
    files = m.images["file_name"].tolist()
    images = [_share(files[k], c.image == k, c.merged, c.split) for k in worst.tolist() if odd[k]]
    c = contacts_of(m, min_score, likely=True)
    batches = [
        _share(batch.name, np.r_[batch.images, False][c.image], c.merged, c.split) for batch in batches_of(m)
    ]
    return Overview(_curve(m, min_score), tuple(categories), tuple(images), tuple(batches))


def _share(name: str, mine: NDArray[np.bool_], merged: NDArray[np.bool_], split: NDArray[np.bool_]) -> Share:
    n, as_one, as_two = int(mine.sum()), int((mine & merged).sum()), int((mine & split).sum())
    low, high = wilson(np.array([as_one + as_two]), np.array([max(n, 1)]))
    return Share(name, n, as_one, as_two, float(low[0]), float(high[0]))


def _curve(m: Measurements, min_score: float) -> tuple[Step, ...]:
    """Count how contacts are drawn as a function of the evidence that they are several objects."""
    sure, pairs = known(m), candidates(m)
    one = sure & m.shapes["looked"].to_numpy()
    two = pairs.eligible & sure[pairs.a]
    if not (one.any() and two.any()):
        return ()
    evidence_one = m.shapes["several"].to_numpy()[one].astype(float)
    evidence_two = m.unions["several"].to_numpy()[two].astype(float)
    both = np.concatenate([evidence_one, evidence_two])
    low, high = np.percentile(both, (1, 99))
    edges = np.linspace(float(low), float(high), BINS + 1)
    counts = []
    for evidence, odd in (
        (evidence_one, merged(m, min_score)[one]),
        (evidence_two, split(m, min_score)[two]),
    ):
        place = np.clip(np.searchsorted(edges, evidence, side="right") - 1, 0, BINS - 1)
        counts += [np.bincount(place, minlength=BINS), np.bincount(place, weights=odd, minlength=BINS)]
    as_one, odd_one, as_two, odd_two = counts
    return tuple(
        Step(
            round(float(edges[k]), 4),
            round(float(edges[k + 1]), 4),
            int(as_one[k]),
            int(as_two[k]),
            int(odd_one[k]),
            int(odd_two[k]),
        )
        for k in range(BINS)
    )
