from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.findings.finding import Finding, Severity
from audit.gates.baseline import (
    BaselineEntry,
    count_known,
    find_regressions,
    make_baseline,
    match_baseline,
    prune_baseline,
    read_baseline,
    write_baseline,
)
from audit.gates.errors import GateError


def finding(fingerprint, rule="mask.tiny", name="a.png"):
    return Finding(rule, Severity.INFO, "2 px", file_name=name, fingerprint=fingerprint)


def test_counts_repeats():
    known = make_baseline([finding("0a"), finding("0a"), finding("0b")])
    assert [(e.fingerprint, e.count) for e in known] == [("0a", 2), ("0b", 1)]
    assert count_known(known) == 3
    found = match_baseline(known, [finding("0a")] * 3 + [finding("0c")], {"a.png"})
    assert found.known == (True, True, False, False)
    assert found.stale == (BaselineEntry("mask.tiny", "0b", "a.png"),)


def test_one_fingerprint_under_two_rules_is_two_findings():
    known = make_baseline([finding("0a")])
    assert match_baseline(known, [finding("0a", rule="mask.holes")], {"a.png"}).known == (False,)


def test_what_is_mended_is_stale_only_where_the_batch_has_the_image():
    known = make_baseline([finding("0a"), finding("0b", name="b.png"), finding("0c", name=None)])
    found = match_baseline(known, [], {"a.png"})
    assert [e.fingerprint for e in found.stale] == ["0c", "0a"]
    assert found.n_absent == 1
    assert prune_baseline(known, found.stale) == (BaselineEntry("mask.tiny", "0b", "b.png"),)


def test_a_ratchet_refuses_growth_by_rule():
    known = make_baseline([finding("0a"), finding("0b"), finding("0c", rule="mask.holes")])
    swapped = [finding("0d"), finding("0e")]
    assert find_regressions(known, swapped, {"a.png"}) == ()
    (grown,) = find_regressions(known, [*swapped, finding("0f")], {"a.png"})
    assert grown == ("mask.tiny", 2, 3)


def test_a_ratchet_counts_only_the_images_of_the_batch():
    known = make_baseline([finding("0a", name="other.png")])
    (grown,) = find_regressions(known, [finding("0b")], {"a.png"})
    assert grown == ("mask.tiny", 0, 1)


NAMES = st.sampled_from(["a.png", "b.png", None, "\ud800.png"])
FINDINGS = st.lists(
    st.builds(finding, st.sampled_from(["0a", "0b", "0c"]), st.sampled_from(["r.a", "r.b"]), NAMES),
    max_size=20,
)


@given(FINDINGS, st.randoms())
def test_what_was_written_is_known_in_any_order(tmp_path_factory, findings, random):
    file = tmp_path_factory.mktemp("b") / "baseline.json"
    write_baseline(make_baseline(findings), file, "1.0")
    shuffled = [replace(f, image_id=k, annotation_ids=(k,)) for k, f in enumerate(findings)]
    random.shuffle(shuffled)
    found = match_baseline(read_baseline(file), shuffled, {"a.png", "b.png", "\ud800.png"})
    assert all(found.known)
    assert found.stale == ()
    assert found.n_absent == 0


def test_the_same_findings_give_the_same_bytes(tmp_path):
    for name, findings in (("a", [finding("0a"), finding("0b")]), ("b", [finding("0b"), finding("0a")])):
        write_baseline(make_baseline(findings), tmp_path / name, "1.0")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_text().count("\n") == 4, "one entry a line, for version control"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not a baseline"),
        ("[]", "not a baseline"),
        ('{"schema_version": 2, "entries": []}', "schema_version is 2, expected 1"),
        ('{"schema_version": 1, "entries": [{"rule": 3}]}', "not a baseline"),
        (
            '{"schema_version": 1, "entries": [{"rule": "a", "fingerprint": "b", "count": 0}]}',
            "expected 1 or more",
        ),
    ],
)
def test_another_file_is_refused(tmp_path, text, said):
    file = tmp_path / "b.json"
    file.write_text(text)
    with pytest.raises(GateError, match=said):
        read_baseline(file)


def test_an_empty_baseline_knows_nothing(tmp_path):
    write_baseline((), tmp_path / "b.json", "1.0")
    assert read_baseline(tmp_path / "b.json") == ()
    assert match_baseline((), [finding("0a")], set()).known == (False,)


def test_entries_that_differ_in_the_image_alone_take_what_they_can():
    known = (BaselineEntry("mask.tiny", "0a", "a.png"), BaselineEntry("mask.tiny", "0a", "b.png"))
    assert match_baseline(known, [], {"a.png", "b.png"}).stale == known
    found = match_baseline(known, [finding("0a")], {"a.png", "b.png"})
    assert (found.known, found.stale) == ((True,), known[:1])
