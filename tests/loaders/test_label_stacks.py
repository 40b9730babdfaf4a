"""Label images in .npy files and in TIFF with pages: every page is an image."""

import numpy as np
import pytest
from PIL import Image

from audit.loaders.label_stacks import read_array
from audit.loaders.read import read_dataset

PAGES = np.array([[[0, 1], [2, 2]], [[0, 0], [3, 3]]], dtype=np.uint16)


def save_tiff(path, pages):
    first, *others = [Image.fromarray(page) for page in pages]
    first.save(path, save_all=True, append_images=others)


@pytest.mark.parametrize("kind", [np.uint8, ">u2", np.int64, np.float32])
def test_arrays_are_label_images(tmp_path, kind):
    np.save(tmp_path / "a.npy", PAGES[0].astype(kind))
    for path in (tmp_path, tmp_path / "a.npy"):
        loaded = read_dataset([path])
        assert loaded.findings == ()
        assert loaded.dataset.images.file_name == ("a.npy",)
        assert loaded.dataset.annotations.id.tolist() == [1, 2]
        assert loaded.dataset.annotations.area.tolist() == [1, 2]


def test_pages_are_images(tmp_path):
    save_tiff(tmp_path / "a.tif", PAGES)
    np.save(tmp_path / "b.npy", np.asfortranarray(PAGES))
    data = read_dataset([tmp_path]).dataset
    assert data.images.file_name == ("a.tif[1]", "a.tif[2]", "b.npy[1]", "b.npy[2]")
    assert data.annotations.id.tolist() == [1, 2, 3, 1, 2, 3]
    assert data.annotations.image.tolist() == [0, 0, 1, 2, 2, 3]


@pytest.mark.parametrize(
    ("array", "rule"),
    [
        (np.array([[0.5]]), "label.format"),
        (np.array([[-2]]), "label.format"),
        (np.zeros((2, 0), dtype=int), "label.format"),
        (np.zeros(4, dtype=int), "label.format"),
        (np.zeros((1, 1, 1, 1), dtype=int), "label.format"),
        (np.zeros((1, 2**18), dtype=bool), "label.format"),
        (np.array([["a"]]), "label.format"),
        (np.array([{}], dtype=object), "label.unreadable"),
    ],
)
def test_other_arrays_are_findings_and_other_files_stay(tmp_path, array, rule):
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    np.save(tmp_path / "b.npy", PAGES[0])
    loaded = read_dataset([tmp_path])
    assert [(finding.rule, finding.file_name) for finding in loaded.findings] == [(rule, "a.npy")]
    assert len(loaded.dataset.annotations) == 2


def test_a_header_that_declares_too_much_allocates_nothing():
    header = b"{'descr': '<u8', 'fortran_order': False, 'shape': (99999999999, 9999999), }"
    text = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    assert read_array(text, "a", "")[0].fault == ("label.unreadable", "it is cut short")
    assert read_array(text[:30], "a", "")[0].fault[0] == "label.unreadable"
    assert read_array(b"\x93NUMPY", "a", "")[0].fault[0] == "label.unreadable"
    assert read_array(text.replace(b"(99", b"(-9"), "a", "")[0].fault[0] == "label.unreadable"
    for broken in (text.replace(b"}", b"("), text.replace(b"}", b'"""')):
        assert read_array(broken, "a", "")[0].fault[0] == "label.unreadable"
