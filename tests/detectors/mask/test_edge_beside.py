import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from audit import scan
from audit.detectors.registry import all_rules
from audit.testing import hits, measured, scene

INSET = scene("..............\n" + ".aaaaaaaaaaaa.\n" * 10 + "..............\n")


def judge(ratios, **options):
    m = measured(*[INSET] * len(ratios))
    m = replace(m, instances=m.instances.assign(edge_beside=ratios))
    rule = all_rules()["mask.edge_beside"]
    return list(rule.detect(m, rule.options(**options)))


def test_one_of_many_has_its_edge_beside():
    (hit,) = judge([1.8, *[0.6] * 20])
    assert hit.instances == (0,)
    assert hit.evidence == {"edge_beside": 1.8, "category_edge_beside": pytest.approx(0.6)}
    assert "1.8 times" in hit.message


def test_a_category_that_was_grown_or_shrunk_is_said_once():
    (hit,) = judge([1.8] * 21)
    assert "21 of the 21" in hit.message


@pytest.mark.parametrize(("n_grown", "n_findings"), [(1, 1), (2, 2), (3, 1), (4, 1)])
def test_several_of_one_image_are_one_finding(n_grown, n_findings):
    crowded = scene(
        "\n".join(f".{'abcd'[k] * 12}.\n" * 10 for k in range(4)).replace("\n\n", "\n" + "." * 14 + "\n")
    )
    m = measured(crowded, *[INSET] * 20)
    ratios = np.array([*[1.8] * n_grown, *[0.6] * (4 - n_grown), *[0.6] * 20])
    m = replace(m, instances=m.instances.assign(edge_beside=ratios, border=False, area_px=120))
    rule = all_rules()["mask.edge_beside"]
    found = list(rule.detect(m, rule.options()))
    assert len(found) == n_findings
    assert sorted(row for hit in found for row in hit.instances) == list(range(n_grown))
    if n_grown >= 3:
        assert found[0].evidence == {"edge_beside": 1.8, "masks": n_grown}


def test_few_masks_and_low_ratios_are_no_finding():
    assert not judge([1.8, *[0.6] * 10])
    assert not judge([1.3, *[0.6] * 20])
    assert judge([1.3, *[0.6] * 20], min_ratio=1.2)
    assert not judge([1.8, *[0.6] * 20], min_px=121)


def test_nothing_is_said_without_pictures():
    assert not hits("mask.edge_beside", *[INSET] * 21)
    assert not hits("mask.edge_beside")
    assert not judge([np.nan] * 21)


def test_pictures_fill_the_column(tmp_path):
    image = np.zeros((40, 40), np.uint8)
    image[10:30, 10:30] = 200
    Image.fromarray(image).save(tmp_path / "a.png")
    boxes = [(10, 10, 30, 30), (8, 8, 32, 32)]
    annotations = [
        {
            "id": k,
            "image_id": 1,
            "category_id": 1,
            "iscrowd": 0,
            "segmentation": [[x0, y0, x1, y0, x1, y1, x0, y1]],
        }
        for k, (x0, y0, x1, y1) in enumerate(boxes, start=1)
    ]
    content = {
        "images": [{"id": 1, "file_name": "a.png", "height": 40, "width": 40}],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "x"}],
    }
    (tmp_path / "labels.json").write_text(json.dumps(content))
    found = scan(tmp_path / "labels.json", images=tmp_path, select=["mask.edge_beside"], workers=1)
    right, grown = found.instances["edge_beside"]
    assert right < 0.5 < 1.5 < grown
