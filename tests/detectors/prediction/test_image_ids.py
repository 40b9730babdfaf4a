"""Results whose image ids are not those of the labels, as a whole comparison says it."""

import numpy as np
import pytest

import audit
from audit.comparison.image_ids import list_readings
from audit.testing import dataset, scene

N_IMAGES = 24
IDS = [101 + 3 * k for k in range(N_IMAGES)]


def make_labels(ids=IDS):
    """Make images that each hold one square, nowhere where another one has it."""
    images, annotations = [], []
    for number, image_id in enumerate(ids):
        x, y = 3 + 12 * (number % 5), 3 + 12 * (number // 5)
        images.append({"id": image_id, "file_name": f"im_{900 - number}.png", "height": 64, "width": 64})
        ring = [x, y, x + 10, y, x + 10, y + 10, x, y + 10]
        annotations.append(
            {"id": number + 1, "image_id": image_id, "category_id": 1, "segmentation": [ring], "iscrowd": 0}
            | {"bbox": [x, y, 10, 10], "area": 100}
        )
    return {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "cell"}]}


def compare(name, labels=None, **options):
    """Compare with results that are right but for their image ids: those that `name` gives."""
    labels = labels or make_labels()
    results = [
        {"image_id": name(number), "category_id": 1, "score": 0.5 + number / 100, "bbox": label["bbox"]}
        | {"segmentation": label["segmentation"]}
        for number, label in enumerate(labels["annotations"])
    ]
    return audit.compare(labels, results, what_ifs=False, **options)


def said(comparison):
    findings = comparison.findings
    return findings[findings["rule"].str.startswith(("prediction.", "ref."))]


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        (lambda number: IDS[number] + 5000, "with -5000"),
        (lambda number: str(IDS[number] - 1), "with +1"),
        (lambda number: number, "as places in the labels' list of images, counted from 0"),
        (lambda number: number + 1, "as places in the labels' list of images, counted from 1"),
        (lambda number: 900 - number, "as the last number of the file name"),
        (
            lambda number: N_IMAGES - 1 - number,
            "as places among the file names in alphabetical order, counted from 0",
        ),
    ],
)
def test_other_ids_are_said_once(name, reading):
    comparison = compare(name)
    found = said(comparison)
    assert found["rule"].tolist() == ["prediction.image_ids"]
    evidence = found["evidence"].iloc[0]
    assert (evidence["reading"], evidence["fit"], evidence["fit_read"]) == (reading, 0, N_IMAGES)
    assert found["message"].iloc[0] in comparison._repr_html_().replace("\u00a0", " ").replace("&#39;", "'")


def test_ids_that_are_known_but_shifted():
    """All but one are ids of the labels, and every result lies in the image beside its own."""
    labels = make_labels(range(1, N_IMAGES + 1))
    found = said(compare(lambda number: number, labels))
    assert found["rule"].tolist() == ["prediction.image_ids"]
    assert found["evidence"].iloc[0]["shift"] == 1


def test_right_ids_and_few_wrong_ones_are_left_alone():
    assert said(compare(lambda number: IDS[number])).empty
    some = said(compare(lambda number: IDS[number] + 5000 * (number > 11)))
    assert set(some["rule"]) == {"ref.image"} | ({"prediction.missing_label"} & set(some["rule"]))


def test_ids_that_no_reading_explains():
    rng = np.random.default_rng(0).permutation(N_IMAGES)
    assert "prediction.image_ids" not in set(
        said(compare(lambda number: 7000 + 31 * int(rng[number])))["rule"]
    )
    assert "prediction.image_ids" not in set(said(compare(lambda number: f"no name {number}"))["rule"])


def test_the_rule_can_be_left_out():
    assert set(said(compare(lambda number: number, ignore=["prediction.image_ids"]))["rule"]) == {"ref.image"}


def test_readings_that_make_no_ids_known_are_not_tried():
    images = dataset(*[scene("a")] * 3).images
    assert list(list_readings(images, np.array([50, 70, 95]))) == []
    assert list(list_readings(images, np.array([], dtype=np.int64))) == []
