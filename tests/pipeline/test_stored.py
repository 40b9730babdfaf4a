"""What is stored is what was measured."""

import json

import pandas as pd
import pytest

from audit.dataset.model import Source
from audit.findings.finding import Finding, Severity
from audit.loaders.loaded import UnreadableError
from audit.pipeline.stored import READER_FILE, StoredMeasurements, read_measurements, write_measurements
from audit.testing import measured, scene

FOUND = Finding(
    "bbox.type",
    Severity.ERROR,
    "null \ud800 \x1b",
    image_id=2**53 + 1,
    file_name="a\u202e.png",
    annotation_ids=(-(2**62), 3),
    category_ids=(1,),
    evidence={"n": 1, "x": 0.5, "of": [1, 2], "word": "w", "none": None, "yes": True},
    source="a.json",
    pointer="/annotations/0/bbox",
    fingerprint="0123456789abcdef",
    image_row=1,
    instance_rows=(2, 0),
)


@pytest.fixture
def stored():
    m = measured(scene("aabb\nab.."), scene(".c"))
    return StoredMeasurements(m, (FOUND,), (Source("text", "coco", 12, "ab"),))


def test_round_trip(stored, tmp_path):
    write_measurements(stored, tmp_path)
    again = read_measurements(tmp_path)
    assert again.sources == stored.sources
    (finding,) = again.reader_findings
    assert finding.annotation_ids == FOUND.annotation_ids
    assert finding.image_id == 2**53 + 1
    assert (finding.image_row, finding.instance_rows) == (1, (2, 0))
    assert finding.evidence == FOUND.evidence
    assert finding.severity is Severity.ERROR
    for table in ("images", "categories", "instances", "pairs"):
        assert getattr(again.measurements, table).equals(getattr(stored.measurements, table))


def test_nothing_is_stored_and_read_too(tmp_path):
    write_measurements(StoredMeasurements(measured(), (), ()), tmp_path)
    assert len(read_measurements(tmp_path).measurements.instances) == 0


def test_the_report_folder_will_do(stored, tmp_path):
    (tmp_path / "measurements").mkdir()
    write_measurements(stored, tmp_path / "measurements")
    assert len(read_measurements(tmp_path).measurements.instances) == 3


def test_the_same_bytes_again(stored, tmp_path):
    (tmp_path / "b").mkdir()
    write_measurements(stored, tmp_path)
    write_measurements(read_measurements(tmp_path), tmp_path / "b")
    for path in tmp_path.glob("*.parquet"):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ("", "measurements.damaged"),
        ("[]", "measurements.damaged"),
        ("{}", "measurements.damaged"),
        ('{"schema_version": 99}', "measurements.version"),
    ],
)
def test_damage_is_said(stored, tmp_path, content, rule):
    write_measurements(stored, tmp_path)
    (tmp_path / READER_FILE).write_text(content)
    with pytest.raises(UnreadableError) as caught:
        read_measurements(tmp_path)
    assert caught.value.rule == rule
    assert caught.value.remedy == "scan the labels again"


def test_a_finding_with_unknown_fields_is_damage(stored, tmp_path):
    write_measurements(stored, tmp_path)
    content = json.loads((tmp_path / READER_FILE).read_text(errors="surrogatepass"))
    content["findings"][0]["colour"] = "red"
    (tmp_path / READER_FILE).write_text(json.dumps(content))
    with pytest.raises(UnreadableError, match="colour"):
        read_measurements(tmp_path)


@pytest.mark.parametrize("change", [{"message": 0}, {"rule": [1]}, {"image_id": "a"}, {"score": "high"}])
def test_a_finding_with_a_field_of_another_type_is_damage(stored, tmp_path, change):
    write_measurements(stored, tmp_path)
    content = json.loads((tmp_path / READER_FILE).read_text(errors="surrogatepass"))
    content["findings"][0].update(change)
    (tmp_path / READER_FILE).write_text(json.dumps(content))
    with pytest.raises(UnreadableError, match="the measurements cannot be read"):
        read_measurements(tmp_path)


def test_a_source_whose_name_is_no_text_is_damage(stored, tmp_path):
    write_measurements(stored, tmp_path)
    content = json.loads((tmp_path / READER_FILE).read_text(errors="surrogatepass"))
    content["sources"][0]["name"] = 0
    (tmp_path / READER_FILE).write_text(json.dumps(content))
    with pytest.raises(UnreadableError, match="the measurements cannot be read"):
        read_measurements(tmp_path)


def test_tables_that_do_not_fit_are_damage(stored, tmp_path):
    write_measurements(stored, tmp_path)
    pairs = pd.read_parquet(tmp_path / "pairs.parquet")
    pairs.assign(b=10**6).to_parquet(tmp_path / "pairs.parquet", index=False)
    with pytest.raises(UnreadableError, match=r"pairs\.b, row 0: 1000000 is no row of instances"):
        read_measurements(tmp_path)


@pytest.mark.parametrize(
    ("column", "values"), [("iou", "x"), ("iou", 1), ("depth_px", 1.5), ("depth_px", True), ("image", None)]
)
def test_a_column_of_another_type_is_damage(stored, tmp_path, column, values):
    write_measurements(stored, tmp_path)
    pairs = pd.read_parquet(tmp_path / "pairs.parquet")
    pairs.assign(**{column: values}).to_parquet(tmp_path / "pairs.parquet", index=False)
    with pytest.raises(UnreadableError, match=rf"pairs\.{column} holds"):
        read_measurements(tmp_path)


def test_a_name_that_is_no_text_is_damage(stored, tmp_path):
    write_measurements(stored, tmp_path)
    images = pd.read_parquet(tmp_path / "images.parquet")
    images.assign(file_name=[None, "b.png"]).to_parquet(tmp_path / "images.parquet", index=False)
    with pytest.raises(UnreadableError, match=r"images\.file_name holds"):
        read_measurements(tmp_path)


@pytest.mark.parametrize("change", [{"image_row": 2}, {"instance_rows": [0, 3]}, {"instance_rows": [-1]}])
def test_a_finding_of_no_row_is_damage(stored, tmp_path, change):
    write_measurements(stored, tmp_path)
    content = json.loads((tmp_path / READER_FILE).read_text(errors="surrogatepass"))
    content["findings"][0].update(change)
    (tmp_path / READER_FILE).write_text(json.dumps(content))
    with pytest.raises(UnreadableError, match="finding 0: it points at no row"):
        read_measurements(tmp_path)


@pytest.mark.parametrize("name", ["images", "instances", "pairs", "categories"])
@pytest.mark.parametrize("broken", [b"", b"PAR1", b"PAR1 no table PAR1"])
def test_a_broken_parquet_file_is_damage(stored, tmp_path, name, broken):
    write_measurements(stored, tmp_path)
    (tmp_path / f"{name}.parquet").write_bytes(broken)
    with pytest.raises(UnreadableError) as caught:
        read_measurements(tmp_path)
    assert caught.value.rule == "measurements.damaged"
