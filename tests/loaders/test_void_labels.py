"""Values that number no object are left out of label images, and said once."""

import numpy as np
import pytest
from PIL import Image

from audit.loaders.label_images import read_label_images
from audit.pipeline.run import scan


def square(void, band=2, number=7):
    """One square of 8 px, and another that touches it, in a band of void."""
    pixels = np.zeros((40, 40), dtype=np.int32)
    pixels[10 - band : 18 + band, 10 - band : 26 + band] = void
    pixels[10:18, 10:18], pixels[10:18, 18:26] = number, number + 1
    return pixels


def save(folder, *images):
    for position, pixels in enumerate(images):
        Image.fromarray(pixels).save(folder / f"{position}_mask.tif")
    return folder


@pytest.mark.parametrize("void", [255, 65_535, -1])
@pytest.mark.parametrize("band", [1, 5])
def test_a_band_along_objects_is_no_object(tmp_path, void, band):
    loaded = read_label_images(save(tmp_path, square(void, band), square(void, band)))
    assert loaded.dataset.annotations.id.tolist() == [7, 8, 7, 8]
    (finding,) = loaded.findings
    assert finding.rule == "label.void"
    assert finding.evidence == {"values": [void], "label_images": 2}
    assert f"The value {void} of 2 of the 2 label images marks pixels to ignore" in finding.message


@pytest.mark.parametrize("void", [254, 1])
def test_another_number_may_be_a_ring(tmp_path, void):
    assert len(read_label_images(save(tmp_path, square(void))).dataset.annotations) == 3


def test_an_object_with_number_255_is_one(tmp_path):
    pixels = np.zeros((60, 60), dtype=np.int32)
    pixels[5:30, 5:30], pixels[30:55, 5:30] = 1, 255  # as large as its neighbour
    pixels[2:6, 50:58] = 254
    thin = np.zeros((60, 60), dtype=np.int32)
    thin[5:30, 5:30], thin[40:44, 5:50] = 1, 255  # thin, but along nothing
    loaded = read_label_images(save(tmp_path, pixels, thin, np.full((9, 9), 255, np.int32)))
    assert loaded.dataset.annotations.id.tolist() == [1, 254, 255, 1, 255, 255]
    assert loaded.findings == ()


def test_a_scan_says_it_as_an_info(tmp_path):
    (finding,) = scan(save(tmp_path, square(255)), select=["label"]).findings
    assert (finding.rule, finding.severity) == ("label.void", "info")
