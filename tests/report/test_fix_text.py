"""What a fix says in the end."""

from types import SimpleNamespace

import pytest

from audit.report.fix_text import summarize_fix


@pytest.mark.parametrize(("n_skipped", "is_explained"), [(1, False), (2, True)])
def test_more_repairs_than_findings_are_explained(n_skipped, is_explained):
    result = SimpleNamespace(
        before=SimpleNamespace(findings=["overlap.sliver"]),
        after=SimpleNamespace(findings=["overlap.sliver"]),
        done=[],
        skipped=["one pair"] * n_skipped,
        remaining=[],
        findings_new=[],
    )
    said = "\n".join(summarize_fix(result))
    assert ("What a scan says once for many annotations" in said) is is_explained
