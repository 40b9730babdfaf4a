"""A scan from Python: what it takes, what it returns, and what it refuses."""

import gc
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from audit.loaders.loaded import UnreadableError
from audit.pipeline.config import Config, ConfigError
from audit.pipeline.rule_selection import UnknownRuleError
from audit.pipeline.run import LABEL_RULES, scan
from audit.pipeline.stored import StoredMeasurements, write_measurements

SQUARE = [[2, 2, 8, 2, 8, 8, 2, 8]]
NEARLY = [[2, 2, 9, 2, 9, 8, 2, 8]]


def coco(*masks, images=1):
    records = [{"id": k + 1, "file_name": f"{k + 1}.png", "height": 20, "width": 20} for k in range(images)]
    annotations = [
        {
            "id": k + 1,
            "image_id": 1,
            "category_id": 1,
            "segmentation": m,
            "iscrowd": 0,
            "area": 36,
            "bbox": [2, 2, 6, 6],
        }
        for k, m in enumerate(masks)
    ]
    return {"images": records, "annotations": annotations, "categories": [{"id": 1, "name": "cell"}]}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(coco(SQUARE, NEARLY)))
    return path


def rules_of(result):
    return {f.rule for f in result.findings}


def test_a_path_a_text_and_a_list_are_the_same(file):
    results = [scan(file), scan(str(file)), scan([file]), scan([str(file)])]
    assert len({r.findings for r in map(plain, results)}) == 1
    assert "overlap.duplicate" in rules_of(results[0])


class plain:  # noqa: N801 - a value, not a type
    """The findings of a result as one hashable value."""

    def __init__(self, result):
        self.findings = tuple((f.rule, f.message, f.pointer, f.fingerprint) for f in result.findings)


def test_either_labels_or_measurements(file):
    for given in ({}, {"ground_truth": file, "from_measurements": file.parent}):
        with pytest.raises(ValueError, match="either ground_truth or from_measurements"):
            scan(**given)


def test_pictures_need_a_folder(file, tmp_path):
    with pytest.raises(NotADirectoryError, match="no such folder"):
        scan(file, images=tmp_path / "nowhere")


def test_wrong_names_are_refused_before_anything_is_read(tmp_path):
    nowhere = tmp_path / "nowhere.json"
    with pytest.raises(UnknownRuleError, match=r"overlap\.duplicate"):
        scan(nowhere, select=["overlap.duplicat"])
    with pytest.raises(UnknownRuleError):
        scan(nowhere, ignore=["overlaps"])
    with pytest.raises(ConfigError):
        scan(nowhere, config={"selct": ["overlap"]})
    with pytest.raises(UnreadableError):
        scan(nowhere)


def test_configurations_of_all_kinds(file, tmp_path):
    strict = {"rules": {"overlap.duplicate": {"min_iou": 0.99}}}
    written = tmp_path / "c.toml"
    written.write_text('[rules."overlap.duplicate"]\nmin_iou = 0.99\n')
    for config in (strict, written, str(written)):
        assert "overlap.duplicate" not in rules_of(scan(file, config=config))
    assert "overlap.duplicate" in rules_of(scan(file, config=Config()))
    assert scan(file, config=written).config_file == str(written)


def test_select_replaces_what_is_configured(file):
    config = Config(select=("polygon",))
    assert rules_of(scan(file, config=config)) == set()
    result = scan(file, config=config, select=["overlap"])
    assert rules_of(result) == {"overlap.duplicate"}
    assert set(result.rules) == {rule for rule in scan(file).rules if rule.startswith("overlap.")}


def test_any_executor_measures(file):
    with ThreadPoolExecutor(2) as pool:
        result = scan(file, executor=pool)
    assert plain(result).findings == plain(scan(file)).findings


def test_progress_is_told(file):
    told = []
    scan(file, progress=lambda step, done, total: told.append((step, done, total)))
    steps = [step for step, _, _ in told]
    assert steps[0] == "read"
    assert ("measure", 2, 2) in told
    assert "judge" in steps


def test_predictions_are_not_judged_as_labels(file, tmp_path):
    results = tmp_path / "results.json"
    results.write_text("[]")
    result = scan(file, predictions=results)
    assert not any(rule.startswith(LABEL_RULES) for rule in rules_of(result))
    assert "results.empty" in rules_of(result)
    assert any(rule.startswith(LABEL_RULES) for rule in scan(file, config=None).rules)
    left_out = set(scan(file).rules) - set(result.rules)
    assert "image.empty" in left_out
    assert {rule.partition(".")[0] for rule in left_out} == {"dataset", "image"}


def test_the_collector_is_on_again_after_a_scan(file, tmp_path):
    assert gc.isenabled()
    scan(file)
    assert gc.isenabled()
    with pytest.raises(UnreadableError):
        scan(tmp_path / "nowhere.json")
    assert gc.isenabled()
    gc.disable()
    try:
        scan(file)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_was_not_looked_at_is_said(file, tmp_path):
    assert any("pictures" in text for text in scan(file).not_checked)
    folder = tmp_path / "pictures"
    folder.mkdir()
    result = scan(file, images=folder)
    assert not any("pictures" in text for text in result.not_checked)
    assert "image.missing" in rules_of(result)
    assert result.image_root == folder


def test_masks_without_a_picture_size_are_counted(tmp_path):
    document = coco(SQUARE)
    document["images"][0]["height"] = 0
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    assert any("no mask that can be used" in text for text in scan(path).not_checked)


def test_steps_are_timed(file):
    seconds = scan(file).seconds
    assert {"read", "measure", "order", "rule overlap.duplicate"} <= set(seconds)
    assert all(value >= 0 for value in seconds.values())


def test_no_file_at_all():
    assert scan([]).findings == ()
    assert len(scan([]).measurements.images) == 0


def test_hidden_findings_are_counted(file, tmp_path):
    (duplicate,) = (f for f in scan(file).findings if f.rule == "overlap.duplicate")
    decisions = tmp_path / "decisions.json"
    said = {duplicate.fingerprint: {"verdict": "fine", "note": "a pair of glasses"}}
    decisions.write_text(json.dumps({"schema_version": 1, "decisions": said}))
    shown = scan(file, decisions=decisions)
    hidden = scan(file, decisions=decisions, hide_fine=True)
    assert (shown.hidden, hidden.hidden) == (0, 1)
    assert len(hidden.findings) == len(shown.findings) - 1
    assert [review.rule for review in hidden.reviews] == ["overlap.duplicate"]


def test_paths_of_any_kind_name_their_sources(file):
    assert [source.name for source in scan(str(Path(file))).sources] == [str(file)]


def test_forms_are_looked_at_only_for_rules_about_touching_objects(file, tmp_path):
    told = []
    plain = scan(file, select=["overlap"], progress=lambda step, *_: told.append(step))
    assert "learn" not in told
    full = scan(file)
    assert full.measurements.instances.equals(plain.measurements.instances)
    assert not plain.measurements.shapes["shape_measured"].any()
    for result, said in ((plain, True), (full, False)):
        folder = tmp_path / str(said)
        folder.mkdir()
        write_measurements(
            StoredMeasurements(result.measurements, result.reader_findings, result.sources), folder
        )
        again = scan(from_measurements=folder)
        assert any("forms were not looked at" in text for text in again.not_checked) == said
        assert not any("forms were not" in text for text in result.not_checked)
        assert not any(rule.startswith("touching") for rule in rules_of(again))
