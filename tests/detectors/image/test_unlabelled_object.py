import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from audit.detectors.image import unlabelled_object
from audit.findings.encode import encode_json
from audit.findings.finding import Severity
from audit.measure.schema import UNLABELLED, table
from audit.pipeline.run import scan
from audit.testing import hits, measured, scene

RULE = "image.unlabelled_object"
PLACE = {"x": 3, "y": 4, "w": 10, "h": 12, "area_px": 100}
SHARES = {"size": 0.8, "fill": 0.8, "contrast": 1.2, "local_contrast": 1.0}
FIVE = scene("a.b.c.d.e")


def judge(*places, scenes=(FIVE,), **options):
    columns = {
        name: [place.get(name, (PLACE | SHARES).get(name, 0)) for place in places] for name in UNLABELLED
    }
    m = replace(measured(*scenes), unlabelled=table(UNLABELLED, columns))
    return list(unlabelled_object.detect(m, unlabelled_object.Options(**options)))


def test_says_each_place():
    first, second = judge({}, {"x": 50})
    assert first.image == second.image == 0
    assert first.instances == ()
    assert first.categories == (0,)  # all labels of the image have it
    assert first.evidence == {
        **PLACE,
        "contrast_share": 1.2,
        "local_contrast_share": 1.0,
        "size_by_median": 0.8,
    }
    assert first.message == (
        "At (3, 4) something of 10 x 12 px looks like the labelled objects and is not labelled: "
        "its contrast is 1.20 times that of the dimmer ones."
    )
    assert first.identity != second.identity
    assert first.score == pytest.approx(1.2 * 0.8 / 2)
    encode_json(first.evidence)


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ({"contrast": 0.76}, 1),
        ({"contrast": 0.74}, 0),
        ({"local_contrast": 0.39}, 0),
        ({"size": 0.29}, 0),
        ({"size": 3.1}, 0),
        ({"fill": 0.54}, 0),
        ({"area_px": 39}, 0),
    ],
)
def test_thresholds(place, found):
    assert len(judge(place)) == found


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"min_contrast": 1.3}, 0),
        ({"min_local_contrast": 1.1}, 0),
        ({"min_size": 0.9}, 0),
        ({"max_size": 0.7}, 0),
        ({"min_fill": 0.9}, 0),
        ({"min_px": 101}, 0),
        ({}, 1),
    ],
)
def test_options_move_the_thresholds(options, found):
    assert len(judge({}, **options)) == found


def test_many_places_beside_few_labels_are_one_finding():
    places = [{"x": 20 * k, "contrast": 1 + k / 10} for k in range(6)]
    assert [hit.severity for hit in judge(*places[:4])] == [None] * 4
    (hit,) = judge(*places)
    assert hit.evidence["places"] == 6
    assert hit.evidence["x"] == 100  # the clearest of them
    assert hit.message.startswith("6 things in this image look like its 5 labelled objects")
    assert hit.severity == Severity.INFO  # perhaps only some were to be labelled
    assert len(judge(*places, once_above=1.2)) == len(judge(*places, min_places=7)) == 6


def test_faint_places_are_infos():
    strong, faint = judge({}, {"x": 50, "contrast": 0.9})
    assert (strong.severity, faint.severity) == (None, Severity.INFO)
    assert judge({"contrast": 0.9}, warn_score=0.3)[0].severity is None


@pytest.mark.parametrize(("contrast", "severity"), [(0.79, Severity.INFO), (0.81, None)])
def test_a_warning_stands_out_of_its_own_surroundings(contrast, severity):
    assert judge({"local_contrast": contrast})[0].severity is severity
    assert judge({"local_contrast": contrast}, warn_local_contrast=0.9)[0].severity is Severity.INFO


@pytest.mark.parametrize(("width", "found"), [(2, 0), (3, 1)])
def test_a_strip_that_the_border_leaves_is_no_object(width, found):
    # The median object has 100 / 0.8 px, a square of 11.2 px.
    assert len(judge({"w": width, "h": 50, "contrast": 2.0})) == found


def test_a_dataset_that_labels_only_some_objects_gets_infos():
    crowds = [{"x": 20 * k, "image": image} for image in (0, 1) for k in range(6)]
    single = {"image": 2}
    assert [hit.severity for hit in judge(*crowds[:6], single, scenes=[FIVE] * 3)] == [Severity.INFO, None]
    assert [hit.severity for hit in judge(*crowds, single, scenes=[FIVE] * 3)] == [Severity.INFO] * 3


def test_the_outline_can_be_added_as_a_label():
    (hit,) = judge({"outline": "3 4 13.5 4 13 16"})
    assert hit.evidence["outline"] == [3, 4, 13.5, 4, 13, 16]
    encode_json(hit.evidence)


def test_an_image_of_several_categories_names_none():
    (hit,) = judge({}, scenes=[scene("a.b.c.d.e", categories={"a": "cat"})])
    assert hit.categories == ()


def test_silent_without_pictures():
    assert hits(RULE, FIVE) == []
    assert hits(RULE) == []


@pytest.fixture
def pictured(tmp_path):
    """Nine discs in a picture, eight of them labelled."""
    rows, columns = np.ogrid[:120, :120]
    picture, annotations = np.full((120, 120), 20, dtype=np.uint8), []
    for k in range(9):
        x, y = 20 + 40 * (k % 3), 20 + 40 * (k // 3)
        picture[(rows - y) ** 2 + (columns - x) ** 2 <= 81] = 190
        angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        ring = np.stack([x + 0.5 + 9.4 * np.cos(angles), y + 0.5 + 9.4 * np.sin(angles)], axis=1)
        record = {"id": k + 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "bbox": [x - 9, y - 9, 19, 19]}
        annotations.append({**record, "area": 260, "segmentation": [ring.ravel().tolist()]})
    Image.fromarray(picture).save(tmp_path / "a.png")
    content = {
        "images": [{"id": 1, "file_name": "a.png", "height": 120, "width": 120}],
        "categories": [{"id": 1, "name": "disc"}],
        "annotations": annotations[:8],
    }
    (tmp_path / "labels.json").write_text(json.dumps(content))
    return tmp_path


def test_a_scan_with_pictures_names_the_place(pictured):
    result = scan(pictured / "labels.json", images=pictured, select=[RULE])
    (finding,) = result.findings
    x, y, w, h = (finding.evidence[name] for name in "xywh")
    assert abs(x + w / 2 - 100) <= 1.5
    assert abs(y + h / 2 - 100) <= 1.5
    ring = np.reshape(finding.evidence["outline"], (-1, 2))
    assert np.hypot(*(ring - 100.5).T) == pytest.approx(9.5, abs=1.5)
    assert finding.image_id == 1
    assert finding.category_ids == (1,)
    assert result.seconds["pixels"] >= 0
    assert len(result.measurements.unlabelled) == 1


@pytest.mark.parametrize("why", ["no pictures", "rule off", "other size", "picture gone"])
def test_nothing_is_looked_for(pictured, why):
    if why == "other size":
        Image.new("L", (60, 60)).save(pictured / "a.png")
    if why == "picture gone":
        (pictured / "a.png").unlink()
    ignore = [RULE] if why == "rule off" else None
    result = scan(pictured / "labels.json", images=None if why == "no pictures" else pictured, ignore=ignore)
    assert len(result.measurements.unlabelled) == 0
    assert not [finding for finding in result.findings if finding.rule == RULE]


def test_stored_measurements_are_judged_again(pictured, tmp_path):
    from audit.pipeline.stored import StoredMeasurements, write_measurements

    result = scan(pictured / "labels.json", images=pictured)
    folder = tmp_path / "measurements"
    folder.mkdir()
    write_measurements(StoredMeasurements(result.measurements, (), result.sources), folder)
    again = scan(from_measurements=folder, select=[RULE])
    assert [finding.fingerprint for finding in again.findings] == [
        finding.fingerprint for finding in result.findings if finding.rule == RULE
    ]
    stricter = {"rules": {RULE: {"min_contrast": 5.0}}}
    assert scan(from_measurements=folder, select=[RULE], config=stricter).findings == ()


def test_predictions_are_not_asked_for_labels(pictured):
    from audit.findings.finding import Finding

    labels = json.loads((pictured / "labels.json").read_text())
    results = [
        {"image_id": 1, "category_id": 1, "score": 0.9, "segmentation": record["segmentation"]}
        for record in labels["annotations"]
    ]
    (pictured / "results.json").write_text(json.dumps(results))
    found: tuple[Finding, ...] = scan(
        pictured / "labels.json", images=pictured, predictions=pictured / "results.json"
    ).findings
    assert not [finding for finding in found if finding.rule == RULE]
