"""Datasets that are legal, or wrong in one place, and odd: every command ends with an answer, never with 3."""

import json
from pathlib import Path

import pytest

IMAGE = {"id": 1, "file_name": "a.png", "width": 20, "height": 20}
SQUARE = [[2, 2, 9, 2, 9, 9, 2, 9]]
LABEL = {
    "id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "segmentation": SQUARE, "bbox": [2, 2, 7, 7], "area": 49
}  # fmt: skip
CATEGORY = {"id": 1, "name": "a"}
RESULT = {"image_id": 1, "category_id": 1, "segmentation": SQUARE, "score": 0.9}
LONG = "a" * 300


def document(images=(IMAGE,), annotations=(LABEL,), categories=(CATEGORY,)) -> dict:
    return {"images": list(images), "annotations": list(annotations), "categories": list(categories)}


LABELS = {
    "no annotations": document(annotations=()),
    "no images": document(images=()),
    "no categories": document(categories=()),
    "nothing": document((), (), ()),
    "all dangling": document(annotations=[LABEL | {"image_id": 7, "category_id": 7}]),
    "unknown category": document(annotations=[LABEL | {"category_id": 7}]),
    "long id": document(images=[IMAGE | {"id": LONG}], annotations=[LABEL | {"image_id": LONG}]),
    "very long id": document(images=[IMAGE, IMAGE | {"id": "a" * 20_000, "file_name": "b.png"}]),
    "nested id": document(images=[IMAGE, IMAGE | {"id": [[1]], "file_name": "b.png"}]),
    "surrogate id": document(
        images=[IMAGE | {"id": "\ud800"}],
        annotations=[LABEL | {"image_id": "\ud800", "category_id": "\udfff"}],
        categories=[CATEGORY | {"id": "\udfff"}],
    ),
    "surrogate names": document(
        images=[IMAGE | {"file_name": "\ud800.png"}], categories=[CATEGORY | {"name": "\udc00<b>"}]
    ),
    "hidden names": document(categories=[CATEGORY | {"name": "a\x00\x1b[31m\u202e\ufffe"}]),
}
RESULTS = {
    "one": [RESULT],
    "none": [],
    "twice the same": [RESULT, RESULT],
    "unknown category": [RESULT | {"category_id": 7}],
    "unknown image": [RESULT | {"image_id": 7}],
    "all dangling": [RESULT | {"image_id": 7, "category_id": 7}],
    "long id": [RESULT | {"image_id": LONG}],
    "surrogate ids": [RESULT | {"image_id": "\ud800", "category_id": "\udfff"}],
}


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write_json(name: str, content: object) -> str:
        Path(name).write_text(json.dumps(content))
        return name

    return write_json


def assert_answered(ran) -> None:
    assert ran.code in (0, 1, 2), ran.err
    assert "internal error" not in ran.err
    assert ran.code != 2 or ran.line


@pytest.mark.parametrize(
    ("labels", "results"),
    sorted(
        {(labels, results) for labels in LABELS for results in ("twice the same", "all dangling")}
        | {(labels, results) for labels in ("nothing", "unknown category") for results in RESULTS}
    ),
)
def test_comparing_ends_with_an_answer(run, write, labels, results):
    files = write("labels.json", LABELS[labels]), write("results.json", RESULTS[results])
    ran = run("compare", *files, "--out", "compared", "--quiet", "--no-html")
    assert_answered(ran)
    assert ran.code == 0
    assert json.loads(Path("compared/metrics.json").read_bytes())


@pytest.mark.parametrize("labels", LABELS)
def test_every_command_ends_with_an_answer(run, write, labels):
    old, new = write("old.json", document()), write("new.json", LABELS[labels])
    results = write("results.json", RESULTS["surrogate ids"])
    for arguments in (
        ("scan", new, "--predictions", results, "--out", "scanned", "--quiet"),
        ("compare", new, results, "--out", "compared", "--quiet"),
        ("gate", new, "--group-by", "image", "--junit", "junit.xml", "--summary-md", "summary.md"),
        ("baseline", "write", new, "--out", "baseline.json"),
        ("gate", new, "--baseline", "baseline.json", "--out", "gated"),
        ("diff", old, new, "--out", "diff"),
        ("diff", new, old, "--out", "diff"),
        ("bench", "labels", new, "--out", "bench"),
        ("sample", new, "--limit", "0.5", "--out", "sample"),
        ("trainer-view", new, "--out", "trainer"),
        ("fix", new, "--out", "fixed.json", "--unsafe"),
        ("history", old, new, "--out", "history"),
    ):
        assert_answered(run(*arguments))
    for page in Path().rglob("*.html"):
        page.read_text(encoding="utf-8")


@pytest.mark.parametrize("labels", ["long id", "surrogate id"])
def test_results_find_the_records_that_their_ids_name(run, write, labels):
    name = LONG if labels == "long id" else "\ud800"
    category = 1 if labels == "long id" else "\udfff"
    files = (
        write("labels.json", LABELS[labels]),
        write("results.json", [RESULT | {"image_id": name, "category_id": category}]),
    )
    assert run("compare", *files, "--out", "out", "--quiet", "--no-html").code == 0
    assert json.loads(Path("out/metrics.json").read_bytes())["segm"]["AP50"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"images": 5, "annotations": [], "categories": []}', 0),
        ('{"images": [], "annotations": null}', 0),
        ('{"images": [', 0),
        ("{}", 0),
        ("[]", 2),
        ("[{}]", 2),
        ("5", 2),
        ('"text"', 2),
        ("null", 2),
        ("", 2),
    ],
)
def test_salvaging_is_an_answer_too(run, write, text, code):
    Path("broken.json").write_text(text)
    ran = run("scan", "broken.json", "--salvage", "--out", "out", "--quiet", "--no-html")
    assert_answered(ran)
    assert ran.code == code, ran.err
