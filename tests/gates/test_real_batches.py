"""Baselines of real labels that were exported anew, changed by a hand's breadth, or corrected by people."""

import json
import random
from pathlib import Path

import pytest

from audit.gates.baseline import make_baseline, match_baseline
from audit.pipeline.run import scan

pytestmark = pytest.mark.shared
REPAIRED_BY_NEW_IDS = {"id.duplicate", "id.zero"}


def names(result):
    return set(result.measurements.images["file_name"])


def exported_anew(labels: Path, out: Path) -> Path:
    """Renumber all ids, shuffle all records and rewrite all floats."""
    document = json.loads(labels.read_text())
    rng = random.Random(1)
    new_ids = {}
    for entity, step in (("images", 3), ("categories", 7)):
        for k, record in enumerate(document[entity]):
            record["id"] = new_ids.setdefault((entity, record["id"]), 70_000 + step * k)
    ids = rng.sample(range(5000, 10**6), len(document["annotations"]))
    for record, own in zip(document["annotations"], ids, strict=True):
        record["id"] = own
        for entity, field in (("images", "image_id"), ("categories", "category_id")):
            record[field] = new_ids.get((entity, record[field]), record[field])
        for field in ("segmentation", "bbox", "area"):
            if not isinstance(record.get(field), dict):
                record[field] = rewritten(record[field])
    for records in document.values():
        if isinstance(records, list):
            rng.shuffle(records)
    out.write_text(json.dumps(document, indent=1))
    return out


def rewritten(value):
    if isinstance(value, list):
        return [rewritten(part) for part in value]
    return value + 1e-10 if isinstance(value, float) else value


@pytest.mark.parametrize(
    "labels",
    [
        "taco/annotations_2019-06-09.json",
        "taco/annotations.json",
        "dsb2018/as_released.json",
        "bloodcells/valid/_annotations.coco.json",
    ],
)
def test_a_new_export_is_all_known(shared_data, tmp_path, labels):
    before = scan(shared_data / labels)
    after = scan(exported_anew(shared_data / labels, tmp_path / "new.json"))
    found = match_baseline(make_baseline(before.findings), after.findings, names(after))
    assert len(after.findings) > 20
    assert all(found.known)
    assert {entry.rule for entry in found.stale} <= REPAIRED_BY_NEW_IDS


@pytest.mark.parametrize("annotation", [166, 399, 1493])
def test_one_vertex_moved_is_one_new_finding(shared_data, tmp_path, annotation):
    labels = shared_data / "taco" / "annotations_2019-06-09.json"
    before = scan(labels)
    document = json.loads(labels.read_text())
    (record,) = [a for a in document["annotations"] if a["id"] == annotation]
    record["segmentation"][0][0] += 10
    (tmp_path / "moved.json").write_text(json.dumps(document))
    after = scan(tmp_path / "moved.json")
    found = match_baseline(make_baseline(before.findings), after.findings, names(after))
    (new,) = [f for f, known in zip(after.findings, found.known, strict=True) if not known]
    assert new.annotation_ids == (annotation,)
    (old,) = found.stale
    assert (old.rule, old.file_name) == (new.rule, new.file_name)


def test_what_people_corrected_is_new_against_their_corrections(shared_data):
    folder = shared_data / "dsb2018"
    released, corrected = (scan(folder / f"{name}.json") for name in ("as_released", "corrected"))
    found = match_baseline(make_baseline(corrected.findings), released.findings, names(released))
    new = [f for f, known in zip(released.findings, found.known, strict=True) if not known]
    touched = {int(i) for i in json.loads((folder / "corrections.json").read_text())["labels"]}
    named = {i for f in new for i in f.annotation_ids}
    assert len(named) >= 250
    assert len(named & touched) / len(named) > 0.9, "what is new is what people changed"
