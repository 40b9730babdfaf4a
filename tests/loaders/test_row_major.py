"""Run lengths that were counted row by row."""

import json

import numpy as np
import pytest

from audit.pipeline.run import scan

HEIGHT, WIDTH = 24, 36
RULE = "rle.row_major"


def count_runs(mask, order):
    pixels = np.r_[0, mask.ravel(order=order).astype(int)]
    ends = np.r_[0, np.flatnonzero(np.diff(pixels)), mask.size]
    return np.diff(ends).tolist()


def draw_blobs(n_masks, height=HEIGHT, width=WIDTH):
    rows, columns = np.ogrid[:height, :width]
    for k in range(n_masks):
        y, x = 6 + k % (height - 12), 6 + (5 * k) % (width - 12)
        yield (rows - y) ** 2 + (columns - x) ** 2 <= 25


def make_records(masks, orders):
    return [
        {"id": k + 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "area": int(mask.sum()),
         "iscrowd": 0, "segmentation": {"size": list(mask.shape), "counts": count_runs(mask, order)}}
        for k, (mask, order) in enumerate(zip(masks, orders, strict=True))
    ]  # fmt: skip


@pytest.fixture
def report(tmp_path):
    """Scan labels with these annotations, or with these results; return what the rule says."""

    def scan_records(annotations, results=None, size=(HEIGHT, WIDTH)):
        labels = {
            "images": [{"id": 1, "file_name": "a.png", "height": size[0], "width": size[1]}],
            "categories": [{"id": 1, "name": "cell"}],
            "annotations": annotations,
        }
        (tmp_path / "labels.json").write_text(json.dumps(labels))
        if results is None:
            return scan(tmp_path / "labels.json", select=["rle"]).findings
        (tmp_path / "results.json").write_text(json.dumps([{**record, "score": 0.5} for record in results]))
        labels_file, results_file = tmp_path / "labels.json", tmp_path / "results.json"
        return scan(labels_file, predictions=results_file, select=["rle"]).findings

    return scan_records


@pytest.mark.parametrize("n_masks", [5, 30])
def test_said_once_of_all_masks(report, n_masks):
    (finding,) = report(make_records(draw_blobs(n_masks), "C" * n_masks))
    assert finding.rule == RULE
    assert finding.severity.name == "ERROR"
    assert finding.annotation_ids == ()
    assert finding.evidence["masks"] == finding.evidence["of"] == n_masks
    assert finding.evidence["median_perimeter_by_rows_px"] == 44
    assert finding.evidence["median_perimeter_px"] > 100
    assert "row by row" in finding.message


def test_portrait_images_and_results(report):
    records = make_records(draw_blobs(8, WIDTH, HEIGHT), "C" * 8)
    assert [finding.rule for finding in report(records, size=(WIDTH, HEIGHT))] == [RULE]
    right = make_records(draw_blobs(8), "F" * 8)
    assert [finding.rule for finding in report(right, make_records(draw_blobs(8), "C" * 8))] == [RULE]
    assert not report(right, right)


@pytest.mark.parametrize(
    ("masks", "orders"),
    [
        pytest.param(list(draw_blobs(30)), "F" * 30, id="column by column"),
        pytest.param(list(draw_blobs(4)), "C" * 4, id="few"),
        pytest.param(list(draw_blobs(30)), "C" * 24 + "F" * 6, id="mixed"),
        pytest.param([], "", id="none"),
    ],
)
def test_silent(report, masks, orders):
    assert not report(make_records(masks, orders))


def test_square_images_tell_nothing(report):
    assert not report(make_records(draw_blobs(10, WIDTH, WIDTH), "C" * 10), size=(WIDTH, WIDTH))


def test_masks_that_are_really_scattered(report):
    rng = np.random.default_rng(0)
    noise = rng.random((10, HEIGHT, WIDTH)) < 0.3
    stripes = np.zeros((10, HEIGHT, WIDTH), dtype=bool)
    stripes[:, ::3] = True
    for masks in (noise, stripes, stripes.transpose(0, 2, 1)[:, :HEIGHT].repeat(2, axis=2)[:, :, :WIDTH]):
        assert not report(make_records(masks, "F" * 10))
