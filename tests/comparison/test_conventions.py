"""Where annotators draw now one object, now several: from findings, scores and forms."""

from dataclasses import replace

import numpy as np
import pytest
from pictures import picture

from audit.comparison.conventions import collect_conventions
from audit.comparison.measuring import measure_comparison
from audit.findings.finding import Finding, Severity
from audit.measure.schema import CONVENTIONS, table
from audit.testing import compared, measured

LABELS = picture(a=(5, 5, 25, 25), b=(5, 25, 25, 45), c=(35, 70, 55, 90))


def conventions_of(findings=(), labels=LABELS, **columns):
    """Collect conventions of labels with other columns of the instances and the pairs table."""
    tables, measurements = measure_comparison(*compared((labels, picture()))), measured(labels)
    pairs = {name: columns.pop(name) for name in ("split_score", "gap_px") if name in columns}
    learned = columns.pop("conventions", measurements.conventions)
    measurements = replace(
        measurements,
        instances=measurements.instances.assign(**columns),
        pairs=measurements.pairs.assign(**pairs),
        conventions=learned,
    )
    return collect_conventions(tables, np.arange(len(tables.labels)), measurements, findings)


def finding(rule, *rows):
    return Finding(
        rule,
        Severity.WARNING,
        "",
        image_id=1,
        annotation_ids=tuple(row + 1 for row in rows),
        instance_rows=rows,
    )


def test_labels_that_touching_rules_name_are_doubtful():
    merged = conventions_of([finding("touching.merged", 2)])
    assert (merged.merged.tolist(), merged.split.tolist()) == ([False, False, True], [False] * 3)
    split = conventions_of([finding("touching.split", 0, 1)])
    assert (split.merged.tolist(), split.split.tolist()) == ([False] * 3, [True, True, False])
    either = conventions_of([finding("touching.inconsistent", 1)])
    assert either.merged.tolist() == either.split.tolist() == [False, True, False]
    assert not conventions_of([finding("mask.tiny", 0)]).merged.any()


@pytest.mark.parametrize(("score", "doubtful"), [(0.5, True), (0.499, False), (np.nan, False)])
def test_a_likely_score_makes_labels_doubtful(score, doubtful):
    known = conventions_of(merge_score=[np.nan, score, 0.1], split_score=[np.nan])
    assert known.merged.tolist() == [False, doubtful, False]
    known = conventions_of(merge_score=[np.nan] * 3, split_score=[score])
    assert known.split.tolist() == [doubtful, doubtful, False]


@pytest.mark.parametrize(("gap", "touching"), [(0, True), (1, True), (2, False)])
def test_a_gap_of_a_pixel_still_touches(gap, touching):
    assert conventions_of(gap_px=[gap]).touching.tolist() == [touching, touching, False]


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_form_decides_with_even_odds_about_what_predictions_take_apart(share):
    """A likelihood ratio of 1.5 beside the share that is merged at all: the form speaks for several objects."""
    odds = 1.5 * share / (1 - share)
    limit = odds / (1 + odds)
    line = {name: [0] for name in CONVENTIONS} | {"learned": [True], "reason": [""], "merged_share": [share]}
    learned = table(CONVENTIONS, line)
    scores = [limit + 1e-6, limit - 1e-6, np.nan]
    assert conventions_of(merge_score=scores, conventions=learned).merged.tolist() == [True, False, False]
    assert not conventions_of(merge_score=scores, conventions=learned.assign(learned=False)).merged.any()


@pytest.mark.parametrize(("n_flagged", "mixed"), [(4, False), (5, True), (6, True)])
def test_a_category_is_mixed_where_a_fifth_of_its_touching_labels_is_surely_flagged(n_flagged, mixed):
    # Wilson's lower bounds of 4 and 5 in 10 are 0.168 and 0.237.
    names = "abcdefghij"
    row = picture(**{name: (5, 5 + 10 * k, 25, 15 + 10 * k) for k, name in enumerate(names)})
    found = [finding("touching.split", *range(n_flagged))]
    assert conventions_of(found, labels=row).mixed.tolist() == [mixed]
    assert conventions_of([], labels=row).mixed.tolist() == [False]


def test_labels_that_touch_none_mix_no_category():
    alone = picture(**{name: (5, 5 + 20 * k, 25, 15 + 20 * k) for k, name in enumerate("abcde")})
    found = [finding("touching.merged", 0, 1, 2, 3, 4)]
    assert conventions_of(found, labels=alone).mixed.tolist() == [False]
