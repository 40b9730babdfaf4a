"""Cellpose's files: the masks are taken, and nothing in them is run."""

import io
import pickle

import numpy as np
import pytest
from PIL import Image

from audit.loaders.cellpose import extract_masks
from audit.loaders.read import read_dataset

MASKS = np.array([[0, 1, 1], [2, 0, 3]], dtype=np.uint16)


def content(masks=MASKS):
    """The fields of cellpose.io.masks_flows_to_seg (4.2.1)."""
    return {
        "outlines": masks * 0,
        "masks": masks,
        "chan_choose": [0, 0],
        "ismanual": np.zeros(3, dtype=bool),
        "filename": "a.png",
        "flows": [np.zeros((2, 3, 3), dtype=np.uint8), np.zeros((2, 2, 3), dtype=np.float32)],
        "diameter": np.float64(30.0),
    }


@pytest.mark.parametrize("kind", [np.uint16, np.int32, ">i4", np.uint32])
def test_masks_are_taken(tmp_path, kind):
    np.save(tmp_path / "a_seg.npy", content(MASKS.astype(kind)))
    Image.new("L", (3, 2)).save(tmp_path / "a.tif")
    for path in (tmp_path, tmp_path / "a_seg.npy"):
        data = read_dataset([path]).dataset
        assert data.sources[0].format == "cellpose"
        assert data.images.file_name == ("a.tif",)
        assert data.annotations.id.tolist() == [1, 2, 3]
        assert data.annotations.area.tolist() == [2, 1, 1]


@pytest.mark.parametrize("protocol", [3, 4])
@pytest.mark.parametrize("order", ["C", "F"])
def test_the_protocols_of_numpy_and_both_orders(tmp_path, protocol, order):
    stored = np.array(content(np.asarray(MASKS, order=order)), dtype=object)
    np.save(tmp_path / "a.npy", stored)
    header = (tmp_path / "a.npy").read_bytes()[:128]
    assert np.array_equal(extract_masks(header + pickle.dumps(stored, protocol=protocol)), MASKS)


def test_masks_alone_under_the_same_name_are_taken_too(tmp_path):
    np.save(tmp_path / "a_seg.npy", MASKS)
    loaded = read_dataset([tmp_path])
    assert loaded.dataset.annotations.id.tolist() == [1, 2, 3]
    assert list(loaded.findings) == []


class Evil:
    def __reduce__(self):
        return (pytest.fail, ("it was run",))


@pytest.mark.parametrize(
    "bad",
    [
        {"masks": Evil()},
        Evil(),
        {"masks": None},
        {"outlines": MASKS},
        {"masks": MASKS.astype(float)},
        {"masks": np.array([Evil()], dtype=object)},
        5,
    ],
)
def test_other_contents_are_findings_and_nothing_is_run(tmp_path, bad):
    np.save(tmp_path / "a_seg.npy", content())
    np.save(tmp_path / "b_seg.npy", np.array(bad, dtype=object), allow_pickle=True)
    loaded = read_dataset([tmp_path])
    assert [finding.rule for finding in loaded.findings] == ["label.unreadable"]
    assert len(loaded.dataset.annotations) == 3


def test_every_byte_may_be_missing_or_changed(tmp_path):
    np.save(tmp_path / "a_seg.npy", content())
    data = (tmp_path / "a_seg.npy").read_bytes()
    begin = data.index(b"masks") - 40
    for place in range(begin, begin + 300, 3):
        for damaged in (data[:place], data[:place] + bytes([data[place] ^ 0x5A]) + data[place + 1 :]):
            try:
                extract_masks(damaged)
            except ValueError:
                continue


@pytest.mark.parametrize(
    "instructions",
    [
        b"}e.",
        b"t.",
        b"(t\x85",
        b".",
        b"]a.",
        b"}u.",
        b"s.",
        b"R.",
        b"b.",
        b"0.",
        b"\x94.",
        b"\x87.",
        b"\x93.",
        b"h\x05.",
    ],
)
def test_instructions_without_what_they_need_are_refused(instructions):
    buffer = io.BytesIO()
    np.save(buffer, content(), allow_pickle=True)
    header = buffer.getvalue()[:128]
    with pytest.raises(ValueError, match=r"followed|cut short|no dictionary|at position|exhausted"):
        extract_masks(header + instructions)


def test_a_dtype_without_a_byte_order_is_read_as_numpy_writes_it():
    buffer = io.BytesIO()
    np.save(buffer, {"masks": np.array([[0, 1]], dtype=np.uint16)}, allow_pickle=True)
    data = buffer.getvalue()
    place = data.rindex(b"(K\x03\x8c\x01<\x94")  # the state of the masks' dtype becomes a tuple of one
    end = data.index(b"t\x94b", place)
    assert extract_masks(data[:place] + b"(K\x03" + data[end:]).tolist() == [[0, 1]]
