"""Files of LabelMe, CVAT and Label Studio are mended: the text changes where a record does, and nowhere else."""

import json
from dataclasses import replace

import numpy as np
import pytest

from audit.fixes.mend import mend
from audit.fixes.plan import Selection
from audit.fixes.proof import FixRefusedError
from audit.fixes.source_text import undo_patches
from audit.fixes.tool_files import find_tool_format, mend_tool_file
from audit.geometry.encode import encode_mask
from audit.geometry.runs import runs_to_dense
from audit.loaders.read import read_dataset
from audit.measure.masks import dataset_runs
from audit.pipeline.run import scan

SQUARE = [[2, 2], [22, 2], [22, 22], [2, 22]]
ALMOST = [[2, 2], [22, 2], [22, 22], [2, 21]]
FAR = [[30, 2], [50, 2], [50, 22], [30, 22]]
BEYOND = [[40, 30], [70, 30], [70, 38], [40, 38]]
SIZE = (40, 60)


def write_labelme(folder, outlines):
    shapes = [
        {
            "label": "cell",
            "points": points,
            "group_id": None,
            "shape_type": "polygon",
            "flags": {"keep": number},
        }
        for number, points in enumerate(outlines)
    ]
    document = {
        "version": "5.5.0",
        "shapes": shapes,
        "imagePath": "a.png",
        "imageHeight": 40,
        "imageWidth": 60,
    }
    path = folder / "a.json"
    path.write_text(json.dumps(document, indent=2))
    return path


def write_label_studio(folder, outlines):
    regions = [
        {
            "id": f"r{number}",
            "type": "polygonlabels",
            "original_height": 40,
            "original_width": 60,
            "value": {"points": [[x / 60 * 100, y / 40 * 100] for x, y in points], "polygonlabels": ["cell"]},
        }
        for number, points in enumerate(outlines)
    ]
    task = {"id": 1, "data": {"image": "ä.png"}, "annotations": [{"id": 2, "result": regions}]}
    path = folder / "a.json"
    path.write_text(json.dumps([task], ensure_ascii=False), encoding="utf-8")
    return path


def write_cvat(folder, outlines):
    lines = [
        f'    <polygon label="cell" source="manual" points="{";".join(f"{x},{y}" for x, y in points)}" z_order="{n}">'
        "\n    </polygon>"
        if n % 2
        else f"    <polygon label='cell' points='{';'.join(f'{x},{y}' for x, y in points)}' z_order='{n}'/>"
        for n, points in enumerate(outlines)
    ]
    image = '  <image id="0" name="ä.png" width="60" height="40">'
    path = folder / "a.xml"
    path.write_text(
        "\n".join(["<annotations>", image, *lines, "  </image>", "</annotations>"]), encoding="utf-8"
    )
    return path


WRITERS = {"labelme": write_labelme, "label_studio": write_label_studio, "cvat": write_cvat}


@pytest.fixture(params=WRITERS)
def write(request):
    return WRITERS[request.param]


def masks_of(path):
    dataset = read_dataset([path]).dataset
    return runs_to_dense(dataset_runs(dataset, np.arange(len(dataset.annotations))), *SIZE)


def check_undo(result):
    text = result.corrected
    for patches in result.patches:
        text = undo_patches(text, patches)
    assert text == result.original


def test_a_file_without_faults_keeps_every_byte(tmp_path, write):
    path = write(tmp_path, [SQUARE, FAR])
    result = mend(path)
    assert result.corrected == result.original == path.read_bytes()
    assert result.patches == []


@pytest.mark.parametrize("outlines", [[SQUARE, SQUARE, FAR], [FAR, SQUARE, SQUARE, SQUARE]])
def test_repeated_records_go_and_the_others_keep_their_bytes(tmp_path, write, outlines):
    path = write(tmp_path, outlines)
    result = mend(path, selection=Selection(unsafe=True))
    expected = [points for n, points in enumerate(outlines) if points not in outlines[:n]]
    path.write_bytes(result.corrected)
    assert np.array_equal(masks_of(path), masks_of(write(tmp_path, expected)))
    check_undo(result)


def test_a_second_run_changes_nothing(tmp_path, write):
    path = write(tmp_path, [SQUARE, ALMOST, FAR, BEYOND])
    first = mend(path, selection=Selection(unsafe=True))
    assert first.is_changed
    check_undo(first)
    path.write_bytes(first.corrected)
    again = mend(path, selection=Selection(unsafe=True))
    assert not again.is_changed


def test_coco_files_take_the_other_way(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"images": [], "annotations": [], "categories": []}')
    assert find_tool_format(path) is None


def test_groups_of_shapes_are_left_alone_and_listed(tmp_path):
    path = write_labelme(tmp_path, [SQUARE, FAR, SQUARE, FAR, BEYOND, BEYOND])
    document = json.loads(path.read_text())
    for number, shape in enumerate(document["shapes"][:4]):
        shape["group_id"] = number // 2
    path.write_text(json.dumps(document))
    result = mend(path, selection=Selection(unsafe=True))
    check_undo(result)
    assert {skipped.reason for skipped in result.skipped} >= {
        "its mask is a group of several shapes, which is not written back"
    }
    assert len(json.loads(result.corrected)["shapes"]) == 5


def test_masks_that_no_outline_draws_are_pixels_in_the_file(tmp_path, write):
    path = write(tmp_path, [SQUARE, FAR])
    good = mend(path)
    with_hole = masks_of(path)[0].copy()
    with_hole[8:12, 8:12] = False

    def change(text, withdrawn):
        document = json.loads(text)
        first = document["annotations"][0]
        first["segmentation"] = encode_mask(with_hole)
        document["annotations"].append({**first, "id": 9, "maskaudit": {"from": [first["id"]]}})
        return replace(good, original=text, corrected=json.dumps(document).encode())

    name = find_tool_format(path)
    if name == "label_studio":
        with pytest.raises(FixRefusedError, match="outlines of one polygon alone"):
            mend_tool_file(path, name, change, scan, tmp_path)
        return
    result = mend_tool_file(path, name, change, scan, tmp_path)
    check_undo(result)
    path.write_bytes(result.corrected)
    drawn = masks_of(path)
    assert [np.array_equal(mask, with_hole) for mask in drawn] == [True, True, False]
