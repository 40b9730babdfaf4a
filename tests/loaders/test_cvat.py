"""CVAT's XML: shapes become annotations, and what is wrong is said with its line."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from audit.api.scanning import scan
from audit.export.locate_findings import find_places
from audit.geometry.runs import runs_to_dense
from audit.loaders.cvat import parse_cvat
from audit.loaders.loaded import UnreadableError
from audit.loaders.read import read_dataset
from audit.measure.masks import decode_runs

# As datumaro 1.13.12 exports two items as "cvat", white space aside.
GOLDEN = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><task><id></id><name>default</name><size>2</size><mode>annotation</mode>
    <labels>
      <label><name>cell</name><attributes></attributes></label>
      <label><name>debris &amp; dust</name><attributes></attributes></label>
    </labels></task></meta>
  <image id="0" name="a.jpg" width="12" height="8">
    <polygon label="cell" occluded="0" outside="0" keyframe="0" points="1.00,1.00;5.00,1.00;5.00,5.00;1.00,5.00" z_order="0" group_id="1">
    </polygon>
    <polygon label="cell" occluded="0" outside="0" keyframe="0" points="7.00,1.00;9.00,1.00;9.00,3.00" z_order="1" group_id="1">
    </polygon>
    <box label="debris &amp; dust" occluded="0" outside="0" keyframe="0" xtl="1.00" ytl="2.00" xbr="4.00" ybr="6.00" z_order="0">
    </box>
    <mask label="debris &amp; dust" occluded="0" outside="0" keyframe="0" rle="30, 3, 9, 1, 1, 1, 9, 3, 21, 1, 17" left="0" top="0" width="12" height="8" z_order="2">
    </mask>
    <tag label="cell">
    </tag>
  </image>
  <image id="1" name="b.jpg" width="12" height="8">
  </image>
</annotations>
"""
DRAWN = ["........", "......###", "......#.#", "......###", "", "......#"]
SQUARE = '<polygon label="cell" points="1,1;5,1;5,5;1,5"/>'


def document(*shapes, meta="", size='width="12" height="8"'):
    inside = "\n".join(shapes)
    return f'<annotations>{meta}\n<image id="0" name="a.jpg" {size}>\n{inside}\n</image></annotations>'


def masks(dataset):
    sizes = dataset.images.height[dataset.annotations.image], dataset.images.width[dataset.annotations.image]
    return runs_to_dense(decode_runs(dataset.annotations.segmentation, *sizes), 8, 12)


def test_what_datumaro_writes(tmp_path):
    path = tmp_path / "annotations.xml"
    path.write_text(GOLDEN)
    loaded = read_dataset([path])
    dataset = loaded.dataset
    (box_only,) = loaded.findings
    assert (box_only.rule, box_only.pointer) == ("segm.missing", "annotations.xml:14")
    assert dataset.sources[0].format == "cvat"
    assert dataset.images.file_name == ("a.jpg", "b.jpg")
    assert dataset.images.index.tolist() == [9, 21]
    assert dataset.categories.name == ("cell", "debris & dust")
    assert dataset.annotations.index.tolist() == [10, 14, 16]
    assert np.diff(dataset.annotations.segmentation.ring_start).tolist() == [2, 0, 0]
    assert dataset.annotations.bbox[1].tolist() == [1, 2, 3, 4]
    expected = np.zeros((8, 12), dtype=bool)
    for row, line in enumerate(DRAWN, 1):
        expected[row, : len(line)] = [letter == "#" for letter in line]
    assert np.array_equal(masks(dataset)[2], expected)


def test_masks_of_a_box_are_rows_and_begin_with_nothing():
    # cvat_sdk 2.80.0: masks.encode_mask of these pixels gives 0 4 2 1 1 2 2 4 13 1 2 1 7 5 with the box
    # within (1, 2) to (7, 5); CVAT's XML has the lengths and the box.
    shape = '<mask label="cell" rle="0, 4, 2, 1, 1, 2, 2, 4, 13, 1" left="2" top="1" width="6" height="5"/>'
    loaded = parse_cvat(Path("a.xml"), document(shape).encode())
    assert loaded.findings == ()
    drawn = np.zeros((6, 8), dtype=bool)
    drawn[1:4, 2:6] = True
    drawn[2, 3] = False
    drawn[5, 7] = True
    assert np.array_equal(masks(loaded.dataset)[0][:6, :8], drawn)
    assert masks(loaded.dataset).sum() == drawn.sum()


def test_ellipses_are_drawn_and_turned():
    upright = '<ellipse label="cell" cx="6" cy="4" rx="4" ry="2"/>'
    turned = '<ellipse label="cell" cx="6" cy="4" rx="2" ry="4" rotation="90.00"/>'
    first, second = masks(parse_cvat(Path("a.xml"), document(upright, turned).encode()).dataset)
    assert np.array_equal(first, second)
    assert abs(int(first.sum()) - 25) <= 3


def test_tracks_have_an_image_a_frame():
    meta = "<meta><task><original_size><width>12</width><height>8</height></original_size></task></meta>"
    points = 'points="1,1;5,1;5,5;1,5"'
    shapes = [
        f'<polygon frame="7" outside="0" {points}/>',
        f'<polygon frame="0" outside="0" {points}/>',
        f'<polygon frame="8" outside="1" {points}/>',
        f'<polygon frame="x" outside="0" {points}/>',
    ]
    tracks = "".join(f'<track id="{k}" label="cell">\n{"".join(shapes[k:])}</track>\n' for k in (0, 1))
    loaded = parse_cvat(Path("a.xml"), f"<annotations>{meta}{tracks}</annotations>".encode())
    assert loaded.dataset.images.file_name == ("frame_000000.PNG", "frame_000007.PNG")
    assert loaded.dataset.images.height.tolist() == [8, 8]
    assert loaded.dataset.annotations.image.tolist() == [0, 0, 1]
    assert [finding.rule for finding in loaded.findings] == ["ref.image"] * 2


@pytest.mark.parametrize(
    ("shape", "rule"),
    [
        ('<polygon label="cell" points="1,1;5;5,5"/>', "polygon.type"),
        ('<polygon label="cell" points="1,1;nan,2;5,5"/>', "number.nonfinite"),
        ('<polygon label="cell" points="1,1;1e300,2;5,5"/>', "polygon.range"),
        ('<polygon label="cell" points="1,1;5,1"/>', "polygon.too_few"),
        ('<polygon label="cell"/>', "segm.empty"),
        ('<polygon points="1,1;5,1;5,5"/>', "ref.category"),
        ('<polyline label="cell" points="1,1;5,1;5,5"/>', "segm.missing"),
        ('<star label="cell"/>', "segm.type"),
        ('<ellipse label="cell" cx="6" cy="?" rx="1" ry="1"/>', "segm.type"),
        ('<mask label="cell" rle="1, x" left="0" top="0" width="2" height="1"/>', "rle.type"),
        ('<mask label="cell" rle="1" left="0" top="0" width="2" height="1"/>', "rle.sum"),
        ('<mask label="cell" rle="2" left="11" top="0" width="2" height="1"/>', "rle.size_mismatch"),
        ('<mask label="cell" rle="0" left="0" top="0" width="0" height="1"/>', "rle.size_mismatch"),
        ('<mask label="cell" rle="2" left="-1" top="0" width="2" height="1"/>', "rle.type"),
    ],
)
def test_a_bad_shape_is_a_finding_and_the_others_stay(shape, rule):
    loaded = parse_cvat(Path("a.xml"), document(SQUARE, shape, SQUARE).encode())
    (finding,) = loaded.findings
    assert (finding.rule, finding.pointer) == (rule, "a.xml:4")
    assert (finding.image_id, finding.file_name) == (1, "a.jpg")
    assert {3, 5} <= set(loaded.dataset.annotations.index.tolist())


@pytest.mark.parametrize("size", ["", 'width="0" height="8"', 'width="99999999" height="8"'])
def test_a_size_that_nobody_knows_is_a_finding(size):
    loaded = parse_cvat(Path("a.xml"), document(SQUARE, size=size).encode())
    assert [finding.rule for finding in loaded.findings] == ["image.size"]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "line 1"),
        ("<annotations><image>", "line 1"),
        ("<html/>", "not CVAT's"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><annotations>&b;</annotations>", "entities"),
        ("<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><annotations/>", "entities"),
        ("<annotations>" + "<a>" * 40, "nested"),
    ],
)
def test_what_is_no_sound_document_ends_in_one_line(text, where):
    with pytest.raises(UnreadableError, match=r"\[input\.format\]") as caught:
        parse_cvat(Path("a.xml"), text.encode())
    assert where in str(caught.value)


def test_the_archive_as_it_is_downloaded_and_a_folder(tmp_path):
    folder = tmp_path / "task"
    folder.mkdir()
    with zipfile.ZipFile(tmp_path / "task.zip", "w") as archive:
        archive.writestr("annotations.xml", GOLDEN)
        archive.writestr("images/a.jpg", b"")
    (folder / "annotations.xml").write_text(GOLDEN)
    for path in (tmp_path / "task.zip", folder):
        dataset = read_dataset([path]).dataset
        assert (dataset.sources[0].format, len(dataset.annotations)) == ("cvat", 3)


def test_what_is_found_in_masks_has_its_line(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text(document(SQUARE, SQUARE))
    result = scan(path)
    assert "a.xml:3" in result.findings["pointer"].tolist()
    assert (3, 1) in {place[1:] for place in find_places(result.result)}
