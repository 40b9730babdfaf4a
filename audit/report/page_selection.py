"""Which images get a page: the worst of all, and some of every rule."""

from __future__ import annotations

from collections.abc import Sequence

from audit.findings.finding import Finding
from audit.pipeline.row_lookup import Place

MAX_PAGES = 200
OF_EACH_RULE = 5
"""Images that every rule may show, before the worst of all fill the rest."""


def worst_first(findings: Sequence[Finding], at: Sequence[Place]) -> list[int]:
    """Order the images with findings: most errors first, then most warnings, then most notes.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> said = [Finding("mask.tiny", s, "2 px") for s in (Severity.INFO, Severity.ERROR)]
    >>> worst_first(said, [Place(3, ()), Place(7, ())])
    [7, 3]
    >>> worst_first([], [])
    []
    """
    count: dict[int, list[int]] = {}
    for finding, place in zip(findings, at, strict=True):
        if place.image >= 0:
            count.setdefault(place.image, [0, 0, 0])[finding.severity.rank] -= 1
    return sorted(count, key=lambda image: (*count[image], image))


def chosen_images(findings: Sequence[Finding], at: Sequence[Place], most: int = MAX_PAGES) -> list[int]:
    """Choose the images that get a page, worst first.

    Half of the room at most goes to the rules in turn, to each the images of its strongest findings: a rule
    with few notes must be seen too where another has thousands of errors. The worst of all get the rest.

    Parameters
    ----------
    findings : sequence of Finding
    at : sequence of Place
    most : int

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> tiny, hole = Finding("mask.tiny", Severity.ERROR, "2 px"), Finding("mask.holes", Severity.INFO, "1")
    >>> said = [tiny] * 5 + [hole]
    >>> chosen_images(said, [Place(k, ()) for k in range(6)], most=4)
    [0, 1, 2, 5]
    >>> chosen_images([], [])
    []
    """
    order = worst_first(findings, at)
    if len(order) <= most:
        return order
    of_rule: dict[str, list[int]] = {}
    for number in sorted(range(len(findings)), key=lambda n: (-findings[n].score, n)):
        images = of_rule.setdefault(findings[number].rule, [])
        if at[number].image >= 0 and at[number].image not in images and len(images) < OF_EACH_RULE:
            images.append(at[number].image)
    in_turn = [images[k] for k in range(OF_EACH_RULE) for images in of_rule.values() if k < len(images)]
    chosen = set(list(dict.fromkeys([*in_turn[: most // 2], *order]))[:most])
    return [image for image in order if image in chosen]
