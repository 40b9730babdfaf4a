import numpy as np
import pytest
from PIL import Image

from audit.pipeline.run import scan

RULE = "label.class_numbers"


def write(folder, *images):
    """Draw one square a value; every image is a list of values."""
    for k, values in enumerate(images):
        labels = np.zeros((6 * -(-len(values) // 40) + 2, 242), dtype=np.int32)
        for position, value in enumerate(values):
            y, x = 6 * (position // 40) + 1, 6 * (position % 40) + 1
            labels[y : y + 4, x : x + 4] = value
        Image.fromarray(labels).save(folder / f"{k}.tif")


def judge(folder, **options):
    return scan(folder, select=[RULE], config={"rules": {RULE: options}}).findings


def test_finds_values_that_hold_a_class(tmp_path):
    write(tmp_path, [7, 8, 26000, 26001, 26002, 24000], [7, 26000, 26001])
    (finding,) = judge(tmp_path)
    assert finding.evidence == {"values": 6, "below": 3, "classes": 2, "share": 1.0}
    assert finding.severity == "warning"
    assert finding.message.startswith(
        "6 of the 9 label values read as class x 1000 + instance, of 2 classes, and were read as one category; "
        "the 3 values below 1000"
    )


def test_instances_may_count_from_one(tmp_path):
    write(tmp_path, [1001, 1002, 1003, 2001, 2002])
    assert len(judge(tmp_path)) == 1


@pytest.mark.parametrize(
    "images",
    [
        [list(range(1, 1300))],  # plain counting
        [[1, 2, 3, 4, 5, 6]],
        [[1000, 1001, 1002, 1003]],  # too few to tell
        [[1017, 1333, 2040, 5412, 6002, 7777]],  # no counting
        [[]],
    ],
)
def test_silent_on_other_numbers(tmp_path, images):
    write(tmp_path, *images)
    assert judge(tmp_path) == ()


def test_thresholds_are_options(tmp_path):
    write(tmp_path, [7, 8, 26000, 26001, 26002, 24000, 5003])  # two of three thousands
    assert not judge(tmp_path)
    assert judge(tmp_path, min_share=0.6)
    assert not judge(tmp_path, min_share=0.6, min_values=6)
    assert not judge(tmp_path, min_share=0.6, max_below=1)


@pytest.mark.shared
def test_values_of_a_public_dataset_are_named(shared_data):
    folder = shared_data.parent / "cases/labels-cityscapes"
    assert judge(folder) == (), "its names say that it is Cityscapes, whose classes are read"
    (finding,) = scan(folder, select=[RULE], input_format="label_images").findings
    assert finding.evidence["below"] == 16
