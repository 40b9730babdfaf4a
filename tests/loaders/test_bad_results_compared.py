"""Broken and odd results files: a comparison says what a scan says, and never crashes."""

import pytest
from corpus import CASES, ERROR

from audit.cli.main import main
from audit.loaders.loaded import UnreadableError
from audit.pipeline.compare import compare
from audit.pipeline.run import scan

RESULTS = [case for case in CASES if case.id.startswith("R") and case.id != "R22"]
"""But for one with 20,000 detections, which belongs to the benchmarks."""


def of(error: bool) -> pytest.MarkDecorator:
    chosen = [pytest.param(c, id=c.name) for c in RESULTS if (c.expected == ERROR) is error]
    return pytest.mark.parametrize("case", chosen)


@of(error=True)
def test_refused(case, tmp_path):
    built = case.build(tmp_path)
    with pytest.raises(UnreadableError) as caught:
        compare(built.path, built.predictions)
    assert caught.value.rule == case.rule


@of(error=False)
def test_compared(case, tmp_path):
    built = case.build(tmp_path)
    if built.predictions is None:
        pytest.skip("a case of the labels")
    found = compare(built.path, built.predictions)
    theirs = scan(built.path, predictions=built.predictions)
    said = {(f.rule, f.pointer) for f in found.scan.findings}
    assert {(f.rule, f.pointer) for f in theirs.reader_findings} <= said
    # What a scan says under the rule of the table, a comparison says with the same pointers.
    assert {f.pointer for f in theirs.findings if f.rule == case.rule} == {
        pointer for rule, pointer in said if rule == case.rule
    }
    assert not case.rule or case.rule in {rule for rule, _ in said}
    given = ["compare", str(built.path), str(built.predictions), "--out", str(tmp_path / "out")]
    assert main([*given, "--quiet", "--no-html"]) == 0


def test_boxes_of_results_are_judged_and_replaced_by_the_masks(tmp_path):
    """Negative, and far too wide: each is reported, and what NMS did is judged by the masks' boxes."""
    for case in RESULTS:
        if case.id not in ("R20", "R21"):
            continue
        built = case.build(tmp_path)
        found = compare(built.path, built.predictions, what_ifs=False)
        (of_box,) = [f for f in found.scan.findings if f.rule == case.rule]
        assert (of_box.prediction_rows, of_box.instance_rows) == ((2,), ())
        trusted = found.comparison.tables.predictions.trusted_box
        assert (trusted[:, 2:] >= 0).all()
        assert case.id == "R21" or trusted.max() < 100  # R21 has no mask whose box could stand in
