"""Which images get a page: those that matter most, and some of every rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from audit.detectors.rule import Rule
from audit.findings.finding import Finding
from audit.pipeline.result import ScanResult
from audit.report.importance import order_by_weight, weigh_findings, weigh_images

MAX_PAGES = 200
OF_EACH_RULE = 5
"""Images that every rule may show, before the weightiest of all fill the rest."""


def order_worst_first(
    findings: Sequence[Finding], rules: Mapping[str, Rule] = {}, pictureless: Collection[int] = ()
) -> list[int]:
    """Order the images with findings by their weight; those without a picture come last.

    Parameters
    ----------
    findings : sequence of Finding
    rules : mapping
        Id to rule, for the importance of each.
    pictureless : collection of int
        Rows of images whose picture is not there while others are.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> bad, worse = Severity.INFO, Severity.ERROR
    >>> said = [Finding("mask.tiny", s, "2 px", image_row=k) for s, k in ((bad, 3), (worse, 7))]
    >>> order_worst_first(said)
    [7, 3]
    >>> order_worst_first(said, pictureless={7})
    [3, 7]
    >>> order_worst_first([])
    []
    """
    weights = weigh_images(findings, weigh_findings(findings, rules))
    return sorted(weights, key=lambda image: (image in pictureless, -weights[image], image))


def choose_images(
    findings: Sequence[Finding],
    max_images: int = MAX_PAGES,
    rules: Mapping[str, Rule] = {},
    pictureless: Collection[int] = (),
) -> list[int]:
    """Choose the images that get a page, worst first.

    Half of the room at most goes to the rules in turn, to each the images of its strongest findings: a rule
    with few notes must be seen too where another has thousands of errors. The worst of all get the rest.

    Parameters
    ----------
    findings : sequence of Finding
    max_images : int
    rules : mapping
        Id to rule, for the importance of each.
    pictureless : collection of int
        Rows of images whose picture is not there while others are.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> tiny = [Finding("mask.tiny", Severity.ERROR, "2 px", image_row=turn) for turn in range(5)]
    >>> choose_images([*tiny, Finding("mask.holes", Severity.INFO, "1 hole", image_row=5)], max_images=4)
    [0, 1, 2, 5]
    >>> choose_images([])
    []
    """
    order = order_worst_first(findings, rules, pictureless)
    if len(order) <= max_images:
        return order
    of_rule: dict[str, list[int]] = {}
    for number in order_by_weight(weigh_findings(findings, rules)).tolist():
        image, images = findings[number].image_row, of_rule.setdefault(findings[number].rule, [])
        if image >= 0 and image not in images and len(images) < OF_EACH_RULE:
            images.append(image)
    in_turn = [
        images[turn] for turn in range(OF_EACH_RULE) for images in of_rule.values() if turn < len(images)
    ]
    chosen = set(list(dict.fromkeys([*in_turn[: max_images // 2], *order]))[:max_images])
    return [image for image in order if image in chosen]


def find_pictureless(result: ScanResult) -> frozenset[int]:
    """Find the images whose picture is not there; none where no picture was looked for.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> find_pictureless(ScanResult("1.0", empty_measurements(), (), {}, {}))
    frozenset()
    """
    if result.image_root is None:
        return frozenset()
    has_picture = result.measurements.images["picture_width"].to_numpy() > 0
    return frozenset(np.flatnonzero(~has_picture).tolist())
