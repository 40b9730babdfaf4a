"""What every rule promises: its manual page, its options, its test file, and how it behaves."""

import re
from copy import deepcopy
from dataclasses import MISSING, FrozenInstanceError, fields, replace
from functools import cache
from pathlib import Path
from string import ascii_letters

import numpy as np
import pytest

import audit.detectors
from audit.dataset.picture_limits import MAX_PIXELS
from audit.detectors.base import Hit, list_hits
from audit.detectors.hit_findings import convert_hits
from audit.detectors.registry import all_rules, dataset_rules, rule_problems
from audit.detectors.rule import Judges
from audit.findings.finding import Severity
from audit.geometry import guard
from audit.measure.schema import UNLABELLED, Measurements, empty_measurements, table
from audit.testing import Scene, drawn, measured, scene

PACKAGE = Path(audit.detectors.__path__[0])
SECTIONS = ["What it finds", "Why it matters", "When it is wrong", "Example", "Reference"]
PLAIN = (int, float, str, bool, type(None))
RULES = pytest.mark.parametrize("rule", dataset_rules().values(), ids=lambda rule: rule.id)
DETECTING = pytest.mark.parametrize(
    "rule", [rule for rule in all_rules().values() if rule.detect], ids=lambda rule: rule.id
)
ALL_RULES = pytest.mark.parametrize("rule", all_rules().values(), ids=lambda rule: rule.id)
REPORTED = pytest.mark.parametrize(
    "rule",
    [r for r in all_rules().values() if r.judges in (Judges.FILES, Judges.RUN)],
    ids=lambda rule: rule.id,
)

SQUARE = [(2, 2), (22, 2), (22, 22), (2, 22)]
INNER = [(8, 8), (12, 8), (12, 12), (8, 12)]
NAMES = {"a": "cell", "b": "Cells"}

CLEAN = (
    scene("aaaaa.....\n" * 6 + "..........\n" * 2 + "......bbbb\n" * 4),
    scene(".....aaaaa\n" * 5 + "..........\n" * 2 + "bbbb......\n" * 5),
)
SHAPES = (
    scene("aaaaaaaaaa....a\n" + "aaaaaaaaaa.....\n" * 9),
    scene("aaaaaa\naa.aaa\naaaaaa\naaaaaa"),
    scene(f"{'a' * 40}\n{'.' * 40}"),
    scene(f"{'a' * 40}\n" * 6 + f"{'a.' * 20}\n" * 6),
    scene("aaaa..........aaaa\n" * 4),
    scene("aa.b"),
)
OVERLAPS = (
    scene("aaaa\n" * 5, "bbbb\n" * 5),
    scene("aaaa\n" * 5, "bbbb\n" * 5, categories=NAMES),
    scene("aaaaaaaaaa\n" * 10, ".....bb...\n" * 2 + "..........\n" * 8),
    scene("aaaaaaaaaa......\n" * 8, "......bbbbbbbbbb\n" * 8),
    scene("aaaaaaaaaa.........\n" * 6, ".........bbbbbbbbb.\n" * 6),
    scene("aaaaaa\n" + "abbbba\n" * 4 + "aaaaaa\n"),
    scene("aaaaaaaaaa\n" * 3, "..bb......\n" * 3, crowd="a"),
    *[scene("aaaaaaaaaa\n" * 10, "..bbb.....\n" * 4 + "..........\n" * 6, categories=NAMES)] * 12,
)
POLYGONS = (
    drawn(30, 30, {"a": [SQUARE, SQUARE]}),
    drawn(30, 30, {"a": [SQUARE, INNER]}),
    drawn(30, 30, {"a": [[(0.1, 0.1), (0.9, 0.1), (0.9, 0.8)]]}),
    drawn(20, 30, {"a": [SQUARE]}),
    drawn(40, 40, {"a": [SQUARE, [(x + 9, y + 9) for x, y in SQUARE]]}),
    drawn(30, 30, {"a": [[SQUARE[0], *SQUARE]]}),
    drawn(30, 30, {"a": [[SQUARE[k] for k in (0, 2, 1, 3)]]}),
    drawn(30, 30, {"a": [[*SQUARE[:2], (28, 2), *SQUARE[1:]]]}),
    drawn(30, 30, {"a": [[(2, 2), (9, 9), (20, 20)]]}),
)
FIELDS = (
    scene("aaaa\n" * 5 + "....\n" * 5, areas={"a": -4}, boxes={"a": (0, 0, 0, 5)}),
    scene("aaaa\n" * 5 + "....\n" * 5, areas={"a": 90}, boxes={"a": (0, 0, 4, 1)}),
    scene("aaaa\n" * 5 + "....\n" * 5, boxes={"a": (0, 0, 40, 5)}),
)
MANY = scene(*["".join(chr(0x4E00 + k) + "." for k in range(40))] * 2)


def _in_states(m: Measurements) -> Measurements:
    """Give the images picture files in every state, and the tables unused categories."""
    states = [rule for rule in dataset_rules() if rule.startswith(("image.", "path."))]
    picture = [*states, *["ok"] * len(m.images)][: len(m.images)]
    images = m.images.assign(
        picture=picture,
        exif_orientation=6,
        picture_height=96,
        picture_width=[*[64] * (len(picture) - 1), MAX_PIXELS],
        picture_hash=["same" if state == "ok" else "" for state in picture],
        source=[k % 2 for k in range(len(picture))],
    )
    twice = m.categories.take(np.tile(np.arange(len(m.categories)), 2))
    is_first = np.arange(len(twice)) < len(m.categories)
    categories = twice.assign(annotations=np.where(is_first, twice["annotations"], 0))
    known = {"sources": ("a.json", "b.json"), "formats": ("coco", "coco")}
    return replace(m, images=images, categories=categories, **known)


def _beside_pictures() -> Measurements:
    """Measure isolated masks that stand out from their pictures, but for one; one place has no label."""
    m = measured(*[scene("..............\n" + ".aaaaaaaaaaaa.\n" * 10 + "..............\n")] * 21)
    place = {"x": 3, "y": 4, "w": 10, "h": 12, "area_px": 100}
    shares = {"size": 0.8, "fill": 0.8, "contrast": 1.2, "local_contrast": 1.0}
    unlabelled = table(UNLABELLED, {name: [(place | shares).get(name, 0)] for name in UNLABELLED})
    edges = m.instances.assign(edge_here=[0.02, *[0.7] * 20], edge_beside=[1.8, *[0.6] * 20])
    return replace(m, instances=edges, unlabelled=unlabelled)


def _straight_among_round() -> Measurements:
    """Measure twenty discs of pixels, and a triangle of the same size."""
    side = range(24)
    disc = "\n".join("".join("a" if (x - 12) ** 2 + (y - 12) ** 2 < 110 else "." for x in side) for y in side)
    triangle = "\n".join("".join("a" if x <= y else "." for x in side) for y in side)
    return measured(*[scene(disc)] * 20, scene(triangle))


def _crossed() -> Measurements:
    """Measure logs behind posts: as many drawn through the post as in parts beside it."""
    log, post = np.zeros((9, 20), dtype=bool), np.zeros((9, 20), dtype=bool)
    log[3:6, 1:19], post[:, 8:12] = True, True
    ways = [Scene(9, 20, {"log": mask, "post": post}) for mask in (log, log & ~post)]
    return measured(*ways * 12)


@cache
def faulty() -> tuple[Measurements, ...]:
    """Measure datasets that make the rules speak."""
    sisters = [scene("aabb", categories=NAMES)] * 49
    more = (
        _beside_pictures(),
        _straight_among_round(),
        _crossed(),
        measured(scene("aa.bb", crowd="ab")),
        measured(*sisters, scene("..bb", categories=NAMES)),
        measured(scene(*[f"{letter * 9}\n" * 9 for letter in ascii_letters + "0123456789"[:4]])),
    )
    whole = measured(*SHAPES, *OVERLAPS, *POLYGONS, *FIELDS, MANY, scene("..."))
    nothing = replace(empty_measurements(), sources=("none.json",), formats=("coco",))
    return whole, _in_states(whole), measured(scene("...")), nothing, *more


def said(rule, m: Measurements) -> list[Hit]:
    return list_hits(rule.detect(m, rule.options()))


def headings(manual: str) -> list[str]:
    return [name for name, line in re.findall(r"^(.+)\n(-+)$", manual, re.M) if len(name) == len(line)]


def bodies(manual: str) -> list[str]:
    return [part.strip() for part in re.split(r"^.+\n-+$", manual, flags=re.M)[1:]]


@ALL_RULES
def test_the_docstring_is_a_manual_page(rule):
    assert headings(rule.manual) == [*SECTIONS, *(["Options"] if fields(rule.options) else [])]
    assert all(bodies(rule.manual))
    title, blank = rule.manual.splitlines()[:2]
    assert title == f"{rule.title}."
    assert blank == ""
    text = rule.manual.partition("\nOptions\n-------\n")[0]
    assert all(len(line) <= 110 for line in text.splitlines())


def test_every_module_of_a_family_is_a_rule():
    assert rule_problems() == ()
    files = {f"{path.parent.name}.{path.stem}" for path in PACKAGE.glob("*/[!_]*.py")}
    assert files == {rule.id for rule in all_rules().values() if not rule.origin}


@DETECTING
def test_a_detector_has_a_test_file(rule):
    family, name = rule.id.split(".")
    assert (Path(__file__).parent / family / f"test_{name}.py").is_file()


@REPORTED
def test_a_rule_without_detect_is_reported_by_a_loader_or_the_pipeline(rule):
    assert rule.detect is None
    assert fields(rule.options) == ()
    rooms = ["loaders", "dataset"] if rule.judges is Judges.FILES else ["pipeline"]
    family = rule.id.partition(".")[0]
    files = [path for room in rooms for path in (PACKAGE.parent / room).glob("*.py")]
    spelled = re.compile(rf'"{re.escape(rule.id)}"|f"{family}\.{{')  # whole, or put together
    assert any(spelled.search(path.read_text("utf-8")) for path in files), rule.id


def test_what_loaders_report_is_registered():
    families = {rule.id.partition(".")[0] for rule in all_rules().values() if rule.judges is Judges.FILES}
    written = "|".join(sorted(families))
    for path in sorted((PACKAGE.parent / "loaders").glob("*.py")):
        for rule_id in re.findall(rf'"((?:{written})\.[a-z_]+)"', path.read_text("utf-8")):
            assert rule_id in all_rules() or rule_id.endswith(".json"), f"{path}: {rule_id}"


def test_manual_pages_name_the_limits_of_the_guard():
    """Docstrings cannot compute; these numbers are kept in `audit.geometry.guard`."""
    manual = {rule.id: rule.manual for rule in all_rules().values()}
    assert f"{guard.MAX_COORDINATE:,.0f}" in manual["polygon.range"]
    assert f"{guard.MAX_BOUNDARY_POINTS // 5:,}" in manual["polygon.range"]
    assert f"{guard.MAX_VERTICES:,}" in manual["polygon.vertices"]
    assert f"{guard.MAX_PARTS:,}" in manual["polygon.parts"]
    for rule_id in ("rle.size_limit", "image.size_limit"):
        assert f"{guard.MAX_SIDE:,}" in manual[rule_id]
        assert f"2^{guard.MAX_PIXELS.bit_length() - 1}" in manual[rule_id]


def test_every_test_file_has_its_module():
    for path in Path(__file__).parent.glob("*/test_*.py"):
        if not path.stem.endswith(("_family", "test_rules")):
            assert (PACKAGE / path.parent.name / path.name.removeprefix("test_")).is_file()


@RULES
def test_options_have_defaults_units_and_help(rule):
    options = rule.options()
    for field in fields(options):
        assert field.default is not MISSING
        hash(field.default)  # immutable
        assert field.metadata["unit"].strip()
        assert field.metadata["help"].strip()
        assert not field.metadata["help"].endswith(".")
        with pytest.raises(FrozenInstanceError):
            setattr(options, field.name, field.default)
    assert isinstance(rule.severity, Severity)


@RULES
def test_silent_on_nothing_and_on_clean(rule):
    assert said(rule, empty_measurements()) == []
    assert said(rule, measured(*CLEAN)) == []
    assert said(rule, measured(CLEAN[0])) == []


@RULES
def test_inputs_are_not_changed_and_answers_are_the_same_again(rule):
    for m in faulty():
        before = deepcopy(m)
        assert said(rule, m) == said(rule, m) == said(rule, before)
        for name in ("images", "categories", "instances", "pairs"):
            assert getattr(m, name).equals(getattr(before, name))


@RULES
def test_hits_are_well_formed(rule):
    for m in faulty():
        for hit in said(rule, m):
            assert re.search(r"[^.]\.$", hit.message), hit.message
            assert "\n" not in hit.message
            assert 0.0 <= hit.score <= 1.0
            assert all(0 <= row < len(m.instances) for row in hit.instances)
            assert all(0 <= row < len(m.categories) for row in hit.categories)
            assert hit.image is None or 0 <= hit.image < len(m.images)
            assert len({m.instances["image"][row] for row in hit.instances}) <= 1
            assert_plain(hit.evidence)
        assert all(f.fingerprint for f in convert_hits(rule.id, rule.severity, said(rule, m), m))


def assert_plain(evidence):
    assert evidence
    for key, value in evidence.items():
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", key)
        for item in value if isinstance(value, list) else [value]:
            assert type(item) in PLAIN  # numpy's numbers are no plain ones
            assert item == item, key


def test_nearly_every_rule_speaks_here():
    """Some need the pictures, or a whole dataset to learn from; the others are checked above in earnest."""
    silent = [rule.id for rule in dataset_rules().values() if not any(said(rule, m) for m in faulty())]
    assert len(silent) <= 0.2 * len(dataset_rules()), silent
