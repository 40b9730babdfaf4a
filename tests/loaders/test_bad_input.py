"""Every broken, hostile or odd file gets what it must get, and the sound records beside it too."""

from dataclasses import dataclass

import pytest
from corpus import ACCEPT, CASES, ERROR, FINDING, Built, Case
from corpus.base import BODY_COUNTS, SOUND_COUNTS, VICTIM, dumps, sound, written
from corpus.compare import (
    above_info,
    entity_and_index,
    is_at,
    is_untouched,
    plain,
    record_of,
    resolve,
    said,
    sound_images,
    sound_instances,
    sound_pairs,
)
from corpus.images import pictures
from corpus.results import sound_results

from audit.cli.main import main
from audit.loaders.loaded import UnreadableError
from audit.pipeline.outputs import write_scan_files
from audit.pipeline.result import ScanResult
from audit.pipeline.run import scan

GROUPS = {"Z": 1, "A": 26, "B": 16, "C": 23, "D": 25, "E": 41, "F": 40, "G": 35, "H": 17, "R": 32}


BODY_PX = sum(BODY_COUNTS[1::2])


def audited(built: Built) -> ScanResult:
    return scan(built.path, images=built.images, predictions=built.predictions)


def of(expected: str) -> pytest.MarkDecorator:
    cases = [pytest.param(case, id=case.name) for case in CASES if case.expected == expected]
    return pytest.mark.parametrize("case", cases)


@dataclass(frozen=True)
class Sound:
    """Audits of the sound dataset: alone, with pictures, with results."""

    alone: ScanResult
    with_pictures: ScanResult
    with_results: ScanResult

    def like(self, built: Built) -> ScanResult:
        if built.predictions is not None:
            return self.with_results
        return self.alone if built.images is None else self.with_pictures


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    folder = tmp_path_factory.mktemp("sound")
    path = written(folder, dumps(sound())).path
    results = written(folder, dumps(sound_results()), "results.json").path
    return Sound(scan(path), scan(path, images=pictures(folder)), scan(path, predictions=results))


def test_the_corpus_is_whole():
    ids = {case.id for case in CASES}
    assert {group: sum(i.startswith(group) for i in ids) for group in GROUPS} == GROUPS
    assert len({case.name for case in CASES}) == len(CASES)


def test_variants_get_what_their_case_gets():
    first = {}
    for case in CASES:
        assert first.setdefault(case.id, (case.expected, case.rule)) == (case.expected, case.rule), case.name
        assert case.rule or case.expected == ACCEPT


def test_the_sound_dataset_is_sound(base):
    for result in (base.alone, base.with_pictures, base.with_results):
        assert above_info(result.findings) == []
    assert len(sound_instances(base.alone)) == 6
    assert all(row["segmentation"] != "0" for row in sound_instances(base.alone).values())
    assert [(p["annotation_id_a"], p["annotation_id_b"]) for p in sound_pairs(base.alone)] == [
        ("900901", "900907")
    ]


def survivors_are_unchanged(case: Case, built: Built, result: ScanResult, base: Sound) -> None:
    """Everything about the sound records is as in the audit of the sound dataset."""
    if not case.survivors:
        return
    expected = base.like(built)
    assert sound_instances(result) == sound_instances(expected)
    assert sound_images(result) == sound_images(expected)
    assert sound_pairs(result) == sound_pairs(expected)
    assert said(result.findings, but=case.rule) == said(expected.findings, but=case.rule)


@of(ERROR)
def test_refused(case, tmp_path):
    built = case.build(tmp_path)
    with pytest.raises(UnreadableError) as caught:
        audited(built)
    error = caught.value
    assert error.rule == case.rule
    guilty = built.predictions or built.path
    assert error.where and error.what and error.remedy
    assert str(error).startswith(f"{guilty}: {error.where}: ")
    assert str(error).isprintable()


@of(ERROR)
def test_refused_by_the_command(case, tmp_path, capsys):
    built = case.build(tmp_path)
    guilty = built.predictions or built.path
    out = tmp_path / "report"
    given = ["--predictions", str(built.predictions)] if built.predictions else []
    assert main(["scan", str(built.path), "--out", str(out), "--quiet", *given]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert message.startswith("maskaudit: ")
    assert str(guilty) in message
    assert case.rule in message
    assert "Traceback" not in message
    assert not out.exists()


@of(FINDING)
def test_found(case, tmp_path, base):
    built = case.build(tmp_path)
    result = audited(built)
    guilty = built.predictions or built.path
    found = [f for f in result.findings if f.rule == case.rule]
    assert found, f"not found; said: {sorted({f.rule for f in above_info(result.findings)})}"
    for f in found:
        assert f.source == str(guilty)
        assert f.message.endswith(".")
        assert "\n" not in f.message
        resolve(plain(guilty), f.pointer)
    for place in case.places:
        assert any(is_at(f.pointer, place) for f in found), (place, [f.pointer for f in found])
    survivors_are_unchanged(case, built, result, base)
    write_scan_files(result, tmp_path)
    only_the_guilty_are_named(case, built, result)


def only_the_guilty_are_named(case: Case, built: Built, result: ScanResult) -> None:
    """Nothing above info is said about records that nothing is wrong with."""
    alternatives = [(place,) if isinstance(place, str) else place for place in case.places]
    named = {record_of(one) for places in alternatives for one in places}
    for f in above_info(result.findings):
        resolve(plain(built.predictions or built.path), f.pointer)
        if case.survivors and record_of(f.pointer) not in named:
            assert f.pointer, f
            assert not is_untouched(*entity_and_index(f.pointer)), f


@of(ACCEPT)
def test_accepted(case, tmp_path, base):
    built = case.build(tmp_path)
    result = audited(built)
    assert above_info(result.findings) == []
    if case.rule:
        assert case.rule in {f.rule for f in result.findings}
    survivors_are_unchanged(case, built, result, base)
    write_scan_files(result, tmp_path)
    if case.survivors:
        rows = result.measurements.instances
        victim = rows[rows["index"] == VICTIM].iloc[0]
        assert victim["segmentation"] != 0
        assert victim["image"] >= 0
        assert victim["category"] >= 0
        assert victim["area_px"] == (BODY_PX if built.predictions else victim["declared_area"])
        assert len(rows) == SOUND_COUNTS["annotations"]


def test_large_ids_stay_exact(tmp_path):
    (case,) = (case for case in CASES if case.id == "C19")
    assert 2**53 + 1 in audited(case.build(tmp_path)).measurements.instances["annotation_id"].tolist()


SHOWN = ("H", "A20", "A21", "G29", "G30")
"""Cases whose texts a report shows."""


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.name) for case in CASES if case.id.startswith(SHOWN)]
)
def test_text_is_harmless_in_a_report(case, tmp_path, capsys):
    document = plain(case.build(tmp_path).path)
    document["annotations"].append(document["annotations"][VICTIM] | {"id": 900908})  # something to show
    path, out = written(tmp_path, dumps(document)).path, tmp_path / "report"
    assert main(["scan", str(path), "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert all(letter.isprintable() or letter == "\n" for letter in printed)
    pages = [page.read_text() for page in out.rglob("*.html")]
    assert len(pages) > 1
    for page in pages:
        assert not case.payload or case.payload not in page
        assert not {"\u2028", "\u202e", "\x1b", "\0"} & set(page)
    for line in (out / "findings.csv").read_text().splitlines():
        assert not any(cell.strip('"').startswith(("=", "+", "@")) for cell in line.split(","))
