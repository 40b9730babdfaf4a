import json

import numpy as np
import pytest
from PIL import Image

from audit.findings.finding import Severity
from audit.pipeline.run import scan
from audit.testing import hits, scene


def draw_discs(folder, width=120):
    """Two discs in a picture; the outline of the second lies 4 px too far right."""
    rows, columns = np.ogrid[:60, :width]
    discs = [(rows - 30) ** 2 + (columns - x) ** 2 <= 144 for x in (30, 85)]
    Image.fromarray((np.logical_or(*discs) * 200).astype(np.uint8)).save(folder / "a.png")
    ring = [
        [30 + 12 * np.cos(t) for t in np.linspace(0, 6.2, 40)],
        [30 + 12 * np.sin(t) for t in np.linspace(0, 6.2, 40)],
    ]
    annotations = []
    for k, x in enumerate((0, 59)):
        polygon = [v for px, py in zip(*ring, strict=True) for v in (px + x, py)]
        annotations.append(
            {
                "id": k + 1,
                "image_id": 1,
                "category_id": 1,
                "iscrowd": 0,
                "segmentation": [polygon],
                "area": 452,
                "bbox": [18 + x, 18, 24, 24],
            }
        )
    content = {
        "images": [{"id": 1, "file_name": "a.png", "height": 60, "width": width}],
        "categories": [{"id": 1, "name": "disc"}],
        "annotations": annotations,
    }
    (folder / "labels.json").write_text(json.dumps(content))
    return folder


@pytest.fixture
def shifted(tmp_path):
    return draw_discs(tmp_path)


def test_finds_the_outline_beside_the_edge(shifted):
    found = scan(shifted / "labels.json", images=shifted, select=["mask.off_edge"]).findings
    (finding,) = found
    assert finding.annotation_ids == (2,)
    right, down = finding.evidence["shift_px"]
    assert -5 <= right <= -3
    assert abs(down) <= 1
    assert finding.evidence["distance_px"] == pytest.approx(np.hypot(right, down), abs=0.01)
    assert finding.score == pytest.approx(finding.evidence["missed_share"], abs=1e-6)


def test_threshold_is_an_option(shifted):
    config = {"rules": {"mask.off_edge": {"min_shift": 4.5}}}
    assert not scan(shifted / "labels.json", images=shifted, config=config, select=["mask.off_edge"]).findings


def test_a_better_place_far_away_is_that_of_something_else(shifted):
    for most, found in ((0.2, 1), (0.1, 0)):
        config = {"rules": {"mask.off_edge": {"max_shift": most}}}
        findings = scan(
            shifted / "labels.json", images=shifted, config=config, select=["mask.off_edge"]
        ).findings
        assert len(findings) == found


def test_what_misses_little_is_an_info(shifted):
    (finding,) = scan(shifted / "labels.json", images=shifted, select=["mask.off_edge"]).findings
    for margin, severity in ((-0.01, Severity.WARNING), (0.01, Severity.INFO)):
        config = {"rules": {"mask.off_edge": {"warn_score": finding.score + margin}}}
        (judged,) = scan(
            shifted / "labels.json", images=shifted, config=config, select=["mask.off_edge"]
        ).findings
        assert judged.severity is severity


@pytest.mark.parametrize(("width", "found"), [(104, 1), (103, 0)])
def test_a_mask_at_the_border_of_its_image_is_left_alone(tmp_path, width, found):
    folder = draw_discs(tmp_path, width)  # the outline of the second ends 2 px before column 103
    assert len(scan(folder / "labels.json", images=folder, select=["mask.off_edge"]).findings) == found


def test_the_message_does_not_speak_of_the_border(shifted):
    (finding,) = scan(shifted / "labels.json", images=shifted, select=["mask.off_edge"]).findings
    assert "edge" not in finding.message
    assert "separates the object from its surroundings" in finding.message


def test_is_silent_without_pictures_and_on_empty_input():
    assert not hits("mask.off_edge", scene("aaaa"))
    assert not hits("mask.off_edge")
