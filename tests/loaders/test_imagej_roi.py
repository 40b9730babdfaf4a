"""ImageJ's regions: decoded as roifile decodes them, numbered as in the ROI Manager."""

import zipfile

import pytest
from PIL import Image

from audit.api.scanning import scan
from audit.loaders.imagej_roi import convert_region, decode_region
from audit.loaders.loaded import UnreadableError
from audit.loaders.read import read_dataset
from audit.loaders.shapes import ShapeError

# Written by roifile 2026.2.10: ImagejRoi.frompoints and ImagejRoi(roitype=...).tobytes, zeros at the end left out.
POLYGON = bytes.fromhex(
    "496f757400e5000000010001000600060004"
    "00000000000000000000000000000000000000000000000000000000000000000028000000000000000000000050"
    "00000004000400000000000000040004"
)
SUBPIXEL = bytes.fromhex(
    "496f757400e5070000010001000600060004"
    "000000000000000000000000000000000000000000000000000000000000000000a8000000000000000000000070"
    "000100040004000000000000000400043fc0000040a0000040a000003f8000003f8000003f80000040a8000040a00000"
)
OVAL = bytes.fromhex("496f757400e50200000200030006000900" + "00" * 47)
RECTANGLE = bytes.fromhex("496f757400e50100000200030006000900" + "00" * 47)


def save(path, *regions):
    with zipfile.ZipFile(path, "w") as archive:
        for number, data in enumerate(regions, 1):
            archive.writestr(f"{number:04}.roi", data)
    return path


def test_outlines_are_those_of_roifile():
    assert decode_region(RECTANGLE) == [(3, 2), (9, 2), (9, 6), (3, 6)]
    assert decode_region(SUBPIXEL) == [(1.5, 1), (5, 1), (5, 5.25), (1, 5)]
    outline = decode_region(OVAL)
    assert (outline[0], outline[16]) == ((9, 4), (6, 6))


def test_integer_points_are_relative_to_the_box():
    assert decode_region(POLYGON) == [(1, 1), (5, 1), (5, 5), (1, 5)]


@pytest.mark.parametrize("name", ["a.zip", "a_RoiSet.zip", "RoiSet_a.zip", "RoiSet.zip"])
def test_a_set_belongs_to_its_picture(tmp_path, name):
    Image.new("L", (12, 8)).save(tmp_path / "a.jpg")
    path = save(tmp_path / name, RECTANGLE, OVAL)
    for given in (path, tmp_path):
        loaded = read_dataset([given])
        assert loaded.findings == ()
        assert loaded.dataset.sources[0].format == "imagej_roi"
        assert loaded.dataset.images.file_name == ("a.jpg",)
        assert loaded.dataset.annotations.index.tolist() == [1, 2]
    found = scan(save(path, RECTANGLE, RECTANGLE)).findings
    assert f"{name}#1" in found["pointer"].tolist()


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "label.unreadable"),
        (b"Iout" + bytes(90)[:20], "label.unreadable"),
        (SUBPIXEL[:70], "label.unreadable"),
        (POLYGON[:6] + b"\x03" + POLYGON[7:], "segm.missing"),
        (POLYGON[:6] + b"\x63" + POLYGON[7:], "segm.type"),
        (RECTANGLE[:36] + b"\0\0\0\x09" + RECTANGLE[40:], "label.unreadable"),
        (
            POLYGON[:6] + b"\x07" + POLYGON[7:16] + b"\0\0" + POLYGON[18:48] + b"\0\x03" + POLYGON[50:],
            "segm.type",
        ),
        (POLYGON[:16] + b"\xff\xff" + POLYGON[18:], "label.unreadable"),
    ],
)
def test_a_bad_region_is_a_finding_and_the_others_stay(tmp_path, data, rule):
    Image.new("L", (12, 8)).save(tmp_path / "a.png")
    loaded = read_dataset([save(tmp_path / "a.zip", RECTANGLE, data, OVAL)])
    assert [(finding.rule, finding.pointer) for finding in loaded.findings] == [(rule, "a.zip#2")]
    assert loaded.dataset.annotations.index.tolist() == [1, 3]
    with pytest.raises(ShapeError):
        convert_region(data, 8, 12)


def test_single_files_and_sizes_that_nobody_knows(tmp_path):
    (tmp_path / "b.roi").write_bytes(RECTANGLE)
    assert [finding.rule for finding in read_dataset([tmp_path / "b.roi"]).findings] == ["image.size"]
    damaged = save(tmp_path / "c.zip", RECTANGLE).read_bytes()
    (tmp_path / "c.zip").write_bytes(damaged[:40] + b"\xff" * 9 + damaged[49:])
    with pytest.raises(UnreadableError, match="cannot be unpacked"):
        read_dataset([tmp_path / "c.zip"])
