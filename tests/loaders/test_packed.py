"""COCO files in gzip and in zip archives."""

import gzip
import json
import zipfile
from datetime import date

import pytest

import audit
from audit.export.locate_findings import locate_findings
from audit.gates.gate import judge_batch
from audit.gates.policy import Policy
from audit.loaders import packed


def labels_text(area=40):
    square = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "bbox": [1, 1, 8, 8], "area": area}
    square["segmentation"] = [[1, 1, 9, 1, 9, 9, 1, 9]]
    document = {"images": [{"id": 1, "file_name": "a.png", "height": 16, "width": 16}]}
    document |= {"annotations": [square], "categories": [{"id": 1, "name": "cell"}]}
    return json.dumps(document, indent=1).encode()


def write_zip(path, members, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data, **options)
    return path


def described(scan):
    return [(f.rule, f.message, f.pointer, f.fingerprint) for f in scan.result.findings]


def test_gzip_is_read_as_what_it_holds(tmp_path):
    (tmp_path / "a.json").write_bytes(labels_text())
    two_members = gzip.compress(labels_text()[:50]) + gzip.compress(labels_text()[50:])
    for data in (gzip.compress(labels_text()), two_members, two_members + bytes(512)):
        (tmp_path / "a.json.gz").write_bytes(data)
        scan = audit.scan(tmp_path / "a.json.gz")
        assert described(scan) == described(audit.scan(tmp_path / "a.json"))
        assert scan.result.sources[0].size_bytes == len(data)
    assert len(audit.scan(tmp_path).instances) == 2  # a folder's packed files count too


def test_results_in_gzip(tmp_path):
    (tmp_path / "results.json.gz").write_bytes(gzip.compress(b"[]"))
    assert "results.empty" in set(
        audit.compare(json.loads(labels_text()), tmp_path / "results.json.gz").findings["rule"]
    )


def test_a_corrected_copy_of_gzip(tmp_path):
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(labels_text()))
    assert json.loads(audit.fix(tmp_path / "a.json.gz").corrected)["annotations"][0]["area"] == 64


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (gzip.compress(labels_text(), mtime=0)[:-30], "cut short"),
        (gzip.compress(labels_text(), mtime=0)[:40] + b"x" * 40, "cannot be unpacked"),
        (gzip.compress(b"no JSON", mtime=0), "json.syntax"),
        (gzip.compress(b"", mtime=0), "json.empty"),
    ],
    ids=["short", "changed", "text", "nothing"],
)
def test_broken_gzip_is_refused(tmp_path, data, message):
    (tmp_path / "a.json.gz").write_bytes(data)
    with pytest.raises(audit.UnreadableError, match=message):
        audit.scan(tmp_path / "a.json.gz")


def test_a_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(packed, "MIN_LIMIT", 2**10)
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b" " * 2**20))
    write_zip(tmp_path / "a.zip", {"a.json": b" " * 2**20})
    for name in ("a.json.gz", "a.zip"):
        with pytest.raises(audit.UnreadableError, match="unpacks to more than"):
            audit.scan(tmp_path / name)


def test_zip_of_several_files_as_roboflow_has_it(tmp_path):
    members = {"train/_annotations.coco.json": labels_text(), "valid/_annotations.coco.json": labels_text(64)}
    ignored = {"README.txt": b"hello", "__MACOSX/train/._annotations.coco.json": b"x", "../out.json": b"x"}
    path = write_zip(tmp_path / "download.zip", {**members, **ignored})
    scan = audit.scan(path, select=["area"])
    names = [f"{path}/{name}" for name in members]
    assert [source.name for source in scan.result.sources] == names
    (finding,) = scan.result.findings
    assert (finding.source, finding.pointer) == (names[0], "/annotations/0/area")
    (place,) = locate_findings(judge_batch(scan.result, Policy(), today=date(2026, 1, 1)))
    assert place.line == 11  # where the record begins inside


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: write_zip(path, {"a.txt": b""}), "has no COCO files"),
        (lambda path: path.write_bytes(b"PK\x03\x04 and nothing else"), "cannot be read"),
        (
            lambda path: path.write_bytes(write_zip(path, {"a.json": labels_text()}).read_bytes()[:-9]),
            "cannot be read",
        ),
    ],
)
def test_broken_zip_is_refused(tmp_path, make, message):
    make(tmp_path / "a.zip")
    with pytest.raises(audit.UnreadableError, match=message):
        audit.scan(tmp_path / "a.zip")


def test_damaged_and_encrypted_members_are_refused(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"a.json": labels_text()})
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(audit.UnreadableError, match=r"a\.zip/a\.json: .*cannot be unpacked"):
        audit.scan(path)
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(audit.UnreadableError, match="cannot be unpacked"):
        audit.scan(path)
    with pytest.raises(audit.UnreadableError, match="no such file"):
        packed.read_member(path / "b.json")
