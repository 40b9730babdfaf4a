"""Folders are mended: only files of annotations that change are touched, and no pixel but those meant."""

import json

import numpy as np
import pytest
from PIL import Image

import audit
from audit.cli.main import main
from audit.fixes.folder_text import pack_files, read_label_folder, unpack_files
from audit.fixes.folder_writers import write_folder_changes
from audit.fixes.mend import mend
from audit.fixes.plan import Selection
from audit.fixes.proof import FixRefusedError
from audit.fixes.record_actions import RecordAction
from audit.fixes.source_text import undo_patches
from audit.geometry.encode import encode_mask
from audit.geometry.runs import runs_to_dense
from audit.loaders.loaded import UnreadableError
from audit.loaders.read import read_dataset
from audit.measure.masks import dataset_runs

SIZE = (37, 61)
SQUARE = [[2, 2], [22, 2], [22, 22], [2, 22]]
ALMOST = [[2, 2], [22, 2], [22, 22], [2, 21]]
FAR = [[30, 2], [50, 2], [50, 22], [30, 22]]
TRIANGLE = [[31.3, 25.1], [57.7, 26.9], [44.1, 35.3]]


def write_line(points, number=0):
    shares = (
        f"{value / side:.6f}" for point in points for value, side in zip(point, SIZE[::-1], strict=True)
    )
    return f"{number} {' '.join(shares)}"


def write_yolo(folder, images, ending="\n"):
    for name, outlines in images.items():
        for kind in ("images", "labels"):
            (folder / kind / "train").mkdir(parents=True, exist_ok=True)
        Image.new("L", SIZE[::-1]).save(folder / "images" / "train" / f"{name}.png")
        text = ending.join([write_line(points, n % 2) for n, points in enumerate(outlines)])
        (folder / "labels" / "train" / f"{name}.txt").write_bytes(text.encode())
    (folder / "data.yaml").write_text("train: images/train\nnames: [cell, debris]\n")
    return folder


def write_labelme(folder, images):
    folder.mkdir(exist_ok=True)
    for name, outlines in images.items():
        shapes = [{"label": "cell", "points": points, "shape_type": "polygon"} for points in outlines]
        sides = {"imagePath": f"{name}.png", "imageHeight": SIZE[0], "imageWidth": SIZE[1]}
        (folder / f"{name}.json").write_text(
            json.dumps({"version": "5", "shapes": shapes, **sides}, indent=1)
        )
    return folder


FOLDERS = {"yolo": write_yolo, "labelme": write_labelme}


def masks_of(path, pictures=None):
    dataset = read_dataset([path], pictures=pictures).dataset
    return runs_to_dense(dataset_runs(dataset, np.arange(len(dataset.annotations))), *SIZE)


@pytest.fixture(params=FOLDERS)
def write(request):
    return FOLDERS[request.param]


def test_only_touched_files_change(tmp_path, write):
    source = write(
        tmp_path / "data", {"a": [SQUARE, FAR, TRIANGLE], "b": [SQUARE, TRIANGLE, SQUARE], "c": [FAR]}
    )
    before = masks_of(source)
    out = tmp_path / "corrected"
    result = audit.fix(source, out, unsafe=True)
    name = "yolo" if write is write_yolo else "labelme"
    old, new = read_label_folder(source, name), unpack_files(result.corrected)
    assert [file for file in old if old[file] != new[file]] == [
        f for f in old if f.endswith(("b.txt", "b.json"))
    ]
    assert new == {file.relative_to(out).as_posix(): file.read_bytes() for file in out.rglob("*.*")}
    after = masks_of(out, None if name == "labelme" else source)
    assert np.array_equal(after, before[[0, 1, 2, 3, 4, 6]])


def test_a_second_run_changes_nothing_and_undo_gives_every_byte(tmp_path, write):
    source = write(tmp_path / "data", {"a": [SQUARE, ALMOST, FAR], "b": [TRIANGLE, TRIANGLE]})
    pictures = source / "images" / "train" if write is write_yolo else source
    options = ["--images", str(pictures), "--unsafe", "--quiet"]
    assert main(["fix", str(source), "--out", str(tmp_path / "out"), *options]) in (0, 1)
    first = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*.*")}
    assert main(["fix", str(tmp_path / "out"), "--out", str(tmp_path / "again"), "--changes",
                 str(tmp_path / "second.json"), *options]) in (0, 1)  # fmt: skip
    assert {(tmp_path / "again" / path.relative_to(tmp_path / "out")).read_bytes() for path in first} == set(
        first.values()
    )
    assert json.loads((tmp_path / "second.json").read_text())["changes"] == []
    undone = tmp_path / "undone"
    assert main(["fix", "--undo", str(tmp_path / "changes.json"), "--out", str(undone), "--quiet"]) == 0
    name = "yolo" if write is write_yolo else "labelme"
    assert read_label_folder(undone, name) == read_label_folder(source, name)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_lines_are_drawn_anew_to_the_pixel(tmp_path, ending):
    beyond = [[40, 25], [70, 25], [70, 33.3], [40, 33.3]]
    source = write_yolo(tmp_path / "data", {"a": [SQUARE, beyond, TRIANGLE]}, ending)
    result = mend(source, selection=Selection(select=("polygon.outside",), unsafe=True))
    assert {done.repair.fix for done in result.done} == {"clip_to_image"}
    lines = unpack_files(result.corrected)["labels/train/a.txt"].split(ending.encode())
    assert [lines[0], lines[2]] == [write_line(SQUARE).encode(), write_line(TRIANGLE).encode()]
    assert max(float(share) for share in lines[1].split()[1:]) <= 1


def test_what_no_outline_draws_is_not_written(tmp_path):
    source = write_yolo(tmp_path / "data", {"a": [SQUARE, TRIANGLE], "b": [SQUARE]})
    dataset = read_dataset([source]).dataset
    packed = pack_files(read_label_folder(source, "yolo"))
    with_hole = masks_of(source)[0].copy()
    with_hole[8:12, 8:12] = False
    actions = [RecordAction(2, "remove"), RecordAction(0, "reshape", encode_mask(with_hole))]
    text, patches, refused = write_folder_changes(source, packed, "yolo", dataset, actions)
    assert (text, patches) == (packed, [])
    assert refused == {0: "YOLO takes outlines of one polygon alone, and its mask would be none"}
    text, patches, refused = write_folder_changes(source, packed, "yolo", dataset, actions[:1])
    assert unpack_files(text)["labels/train/b.txt"] == b""
    assert (undo_patches(text, patches), refused) == (packed, {})
    added = [RecordAction(1, "add", [[1.0, 1, 5, 1, 5, 5]])]
    text, _, _ = write_folder_changes(source, packed, "yolo", dataset, added)
    assert unpack_files(text)["labels/train/a.txt"].splitlines()[2].startswith(b"1 0.016393442622950")


def test_folders_that_are_not_written_are_named(tmp_path):
    (tmp_path / "coco").mkdir()
    (tmp_path / "coco" / "a.json").write_text('{"images": [], "annotations": [], "categories": []}')
    with pytest.raises(
        UnreadableError, match="a folder of the format coco, which is not written back; mend COCO files"
    ):
        mend(tmp_path / "coco")
    with pytest.raises(UnreadableError, match="folders of LabelMe and of YOLO label files") as refused:
        mend(tmp_path / "coco", input_format="mask_files")
    assert "YOLO's and mask files" not in str(refused.value)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableError, match="not written back"):
        mend(tmp_path / "empty")
    with pytest.raises(UnreadableError, match="of the format qupath"):
        mend(tmp_path / "coco" / "a.json", input_format="qupath")


def test_nothing_is_written_into_the_folder_that_is_mended(tmp_path):
    source = write_yolo(tmp_path / "data", {"a": [SQUARE]})
    for out in (source, source / "labels" / "new"):
        with pytest.raises(FixRefusedError, match=r"(folder|file) that is mended"):
            audit.fix(source, out)


@pytest.mark.parametrize("packed", [b"a", b"a\0b\n", b"../a\x001\nx", b"/a\x001\nx"])
def test_a_text_that_is_none_is_refused(packed):
    with pytest.raises(FixRefusedError):
        unpack_files(packed)
    assert unpack_files(pack_files({"ä/b.txt": b"\0\n"})) == {"ä/b.txt": b"\0\n"}


def list_rules(result):
    return sorted(finding.rule for finding in result.findings)


def test_what_no_record_holds_is_left_as_a_scan_says(tmp_path):
    source = write_yolo(tmp_path / "data", {"a": [SQUARE, FAR, SQUARE], "b": [FAR]})
    with (source / "labels" / "train" / "b.txt").open("a") as file:
        file.write("\n0 0.5\n0 a b c d e f\n")
    result = audit.fix(source, tmp_path / "out")
    assert {done.repair.finding.rule for done in result.done} == {"annotation.duplicate"}
    scanned = audit.scan(source).result
    assert list_rules(result.before) == list_rules(scanned)
    assert {finding.rule for finding in result.remaining} == {"polygon.odd", "schema.type"}
    for path in (tmp_path / "out" / "labels" / "train").iterdir():
        path.replace(source / "labels" / "train" / path.name)
    assert list_rules(result.after) == list_rules(audit.scan(source).result)


def test_files_that_cannot_be_read_are_left(tmp_path):
    source = write_labelme(tmp_path / "data", {"a": [SQUARE, SQUARE]})
    (source / "b.json").write_text('{"version": "5", "shapes": [')
    result = audit.fix(source, tmp_path / "out")
    assert len(result.done) == 1
    assert [finding.rule for finding in result.remaining] == ["json.syntax"]
    assert (tmp_path / "out" / "b.json").read_bytes() == (source / "b.json").read_bytes()


def test_pictures_without_images_option_tell_sizes_and_are_not_judged(tmp_path):
    source = write_yolo(tmp_path / "data", {"a": [SQUARE, FAR, SQUARE]})
    result = audit.fix(source)
    assert result.after.image_root is None
    assert not result.remaining
