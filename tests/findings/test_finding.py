"""Findings and their order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.findings.finding import Finding, Severity, sort_findings


def test_severities_in_order():
    assert sorted(Severity, key=lambda s: s.rank) == [Severity.ERROR, Severity.WARNING, Severity.INFO]
    with pytest.raises(ValueError, match="fatal"):
        Severity("fatal")


def test_sorted_by_severity_rule_image_annotations():
    wanted = [
        Finding("b", Severity.ERROR, "m"),
        Finding("b", Severity.ERROR, "m", image_id=0),
        Finding("b", Severity.ERROR, "m", image_id=2, annotation_ids=(3,)),
        Finding("b", Severity.ERROR, "m", image_id=10, annotation_ids=(1,)),
        Finding("b", Severity.ERROR, "m", image_id=10, annotation_ids=(1, 2)),
        Finding("a", Severity.WARNING, "m", pointer="/a"),
        Finding("a", Severity.WARNING, "m", pointer="/b"),
        Finding("a", Severity.INFO, "m"),
    ]
    assert sort_findings(reversed(wanted)) == tuple(wanted)


found = st.builds(
    Finding,
    rule=st.sampled_from(["a.b", "c.d"]),
    severity=st.sampled_from(list(Severity)),
    message=st.text(max_size=3),
    image_id=st.none() | st.integers(-3, 3),
    annotation_ids=st.lists(st.integers(-2, 2), max_size=2).map(tuple),
    pointer=st.sampled_from(["", "/a", "/b"]),
)


@given(st.lists(found, max_size=8), st.randoms())
def test_the_order_does_not_depend_on_the_order_before(findings, random):
    shuffled = list(findings)
    random.shuffle(shuffled)
    assert sort_findings(shuffled) == sort_findings(findings)
