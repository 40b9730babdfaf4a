"""Which images get a page: the worst of all, and some of every rule."""

from __future__ import annotations

from collections.abc import Sequence

from audit.findings.finding import Finding

MAX_PAGES = 200
OF_EACH_RULE = 5
"""Images that every rule may show, before the worst of all fill the rest."""


def order_worst_first(findings: Sequence[Finding]) -> list[int]:
    """Order the images with findings: most errors first, then most warnings, then most notes.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> bad, worse = Severity.INFO, Severity.ERROR
    >>> order_worst_first([Finding("mask.tiny", s, "2 px", image_row=k) for s, k in ((bad, 3), (worse, 7))])
    [7, 3]
    >>> order_worst_first([])
    []
    """
    counts: dict[int, list[int]] = {}
    for finding in findings:
        if finding.image_row >= 0:
            counts.setdefault(finding.image_row, [0, 0, 0])[finding.severity.rank] -= 1
    return sorted(counts, key=lambda image: (*counts[image], image))


def choose_images(findings: Sequence[Finding], max_images: int = MAX_PAGES) -> list[int]:
    """Choose the images that get a page, worst first.

    Half of the room at most goes to the rules in turn, to each the images of its strongest findings: a rule
    with few notes must be seen too where another has thousands of errors. The worst of all get the rest.

    Parameters
    ----------
    findings : sequence of Finding
    max_images : int

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> tiny = [Finding("mask.tiny", Severity.ERROR, "2 px", image_row=turn) for turn in range(5)]
    >>> choose_images([*tiny, Finding("mask.holes", Severity.INFO, "1 hole", image_row=5)], max_images=4)
    [0, 1, 2, 5]
    >>> choose_images([])
    []
    """
    order = order_worst_first(findings)
    if len(order) <= max_images:
        return order
    of_rule: dict[str, list[int]] = {}
    for number in sorted(range(len(findings)), key=lambda position: (-findings[position].score, position)):
        image, images = findings[number].image_row, of_rule.setdefault(findings[number].rule, [])
        if image >= 0 and image not in images and len(images) < OF_EACH_RULE:
            images.append(image)
    in_turn = [
        images[turn] for turn in range(OF_EACH_RULE) for images in of_rule.values() if turn < len(images)
    ]
    chosen = set(list(dict.fromkeys([*in_turn[: max_images // 2], *order]))[:max_images])
    return [image for image in order if image in chosen]
