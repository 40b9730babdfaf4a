import numpy as np
import pytest
from PIL import Image

from audit.pipeline.run import scan

RULE = "label.wrapped"


def write(folder, objects, dtype, name="a_mask.png"):
    """Draw squares of 3 px, 6 px apart, 25 in a row; their numbers are cut to the type."""
    labels = np.zeros((6 * -(-objects // 25) + 2, 152), dtype=np.int64)
    for k in range(objects):
        y, x = 6 * (k // 25) + 1, 6 * (k % 25) + 1
        labels[y : y + 3, x : x + 3] = k + 1
    Image.fromarray(labels.astype(dtype)).save(folder / name)


@pytest.mark.parametrize(
    ("objects", "dtype", "found"),
    [(300, np.uint8, 1), (300, np.uint16, 0), (255, np.uint8, 0), (254, np.uint8, 0), (275, np.uint8, 0)],
)
def test_finds_an_image_whose_numbers_began_again(tmp_path, objects, dtype, found):
    write(tmp_path, objects, dtype)
    findings = scan(tmp_path, select=[RULE]).findings
    assert len(findings) == found
    if found:
        # 256 is background, 257 to 300 are 1 to 44 again.
        assert findings[0].evidence == {"values": 255, "scattered_values": 44}
        assert findings[0].severity == "error"
        assert "ran out and began again" in findings[0].message


def test_thresholds_are_options(tmp_path):
    write(tmp_path, 300, np.uint8)
    for options in ({"min_scattered": 0.18}, {"min_gap": 70}):
        assert not scan(tmp_path, select=[RULE], config={"rules": {RULE: options}}).findings
    write(tmp_path, 275, np.uint8)
    assert scan(tmp_path, select=[RULE], config={"rules": {RULE: {"min_scattered": 0.05}}}).findings


def test_one_of_two_images(tmp_path):
    write(tmp_path, 300, np.uint8, "a.png")
    write(tmp_path, 200, np.uint8, "b.png")
    (finding,) = scan(tmp_path, select=[RULE]).findings
    assert finding.file_name == "a.png"


@pytest.mark.shared
def test_label_images_of_public_reports_are_named(shared_data):
    findings = scan(shared_data.parent / "cases/labels-wrap-255", select=[RULE]).findings
    assert len(findings) == 3
