"""Shapes that findings propose, and how labelling tools get them."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from audit.export.cvat import export_cvat
from audit.export.fiftyone import export_fiftyone
from audit.export.labelstudio import export_label_studio
from audit.export.review_list import collect_review_list
from audit.findings.finding import Finding, Severity
from audit.geometry.encode import draw_polygons
from audit.testing import scene

TWO_IN_ONE = "......\n.aaaa.\n.aaaa.\n......"
CUT_IN_TWO = "....\n.bc.\n.bc.\n...."
SLIT = "d.e\nd.e"


@pytest.fixture
def proposed(batch):
    """A merged annotation (id 1), a split one (2, 3), one with a slit (4, 5), and an unlabelled object."""
    scenes = [
        scene(text, file_name=f"{text[1:9].strip()[:1]}{k}.png")
        for k, text in enumerate([TWO_IN_ONE, CUT_IN_TWO, SLIT])
    ]
    result = batch(*scenes)
    ids = result.measurements.instances["annotation_id"].tolist()

    def finding(rule, image_row, *rows, **evidence):
        return Finding(
            rule, Severity.WARNING, "Look.", 0.8, image_row + 1, scenes[image_row].file_name,
            tuple(ids[row] for row in rows), evidence=evidence, image_row=image_row, instance_rows=rows,
            fingerprint=f"{image_row:02x}",
        )  # fmt: skip

    findings = (
        finding("touching.merged", 0, 0, cut_line=[3.0, 0.0, 3.0, 4.0]),
        finding("touching.split", 1, 1, 2),
        finding("touching.split", 2, 3, 4),
        finding("image.unlabelled_object", 2, outline=[0.0, 0.0, 1.0, 0.0, 1.0, 1.0], area_px=1),
        finding("mask.tiny", 0, 0),
    )
    result = replace(result, findings=findings)
    return result, collect_review_list(result, findings)


def draw(shape, height, width):
    flat = [[value for point in ring for value in point] for ring in shape.rings]
    return draw_polygons(flat, height, width).astype(int)


def test_a_cut_gives_the_parts_of_its_mask(proposed):
    first, second = proposed[1][0].proposals
    assert [shape.text.split(" of annotation")[0] for shape in (first, second)] == [
        "part 1 of 2",
        "part 2 of 2",
    ]
    assert first.text.endswith("annotation 1 (thing)")
    both = [draw(shape, 4, 6) for shape in (first, second)]
    assert both[0].sum() == both[1].sum() == 4
    assert (both[0] + both[1]).tolist() == [[0] * 6, [0, 1, 1, 1, 1, 0], [0, 1, 1, 1, 1, 0], [0] * 6]
    assert both[1][:, 3:].sum() == 0, "cut at x = 3"


def test_a_join_gives_one_mask_and_closes_a_slit(proposed):
    (joined,), (closed, _) = proposed[1][1].proposals, proposed[1][2].proposals
    assert draw(joined, 4, 4).sum() == 4
    assert np.all(draw(closed, 2, 3) == 1)
    assert closed.text == "one object of annotations 4 and 5 (thing)"


def test_an_unlabelled_object_comes_with_its_outline(proposed):
    added = proposed[1][2].proposals[1]
    assert (added.kind, added.area_px) == ("add", 1)
    assert added.rings == (((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)),)


def test_what_cannot_be_drawn_is_no_shape(batch):
    result = batch(scene(TWO_IN_ONE))
    for evidence in ({}, {"cut_line": [0.0, 0.0, 0.0, 1.0]}):
        merged = Finding(
            "touching.merged",
            Severity.WARNING,
            "",
            0.8,
            1,
            evidence=evidence,
            image_row=0,
            instance_rows=(0,),
        )
        (image,) = collect_review_list(result, [merged])
        assert image.proposals == ()


def test_cvat_gets_them_under_a_label_of_their_own(proposed):
    root = ElementTree.fromstring(export_cvat(*proposed)["annotations.xml"])
    shapes = root.findall("image/polygon[@label='maskaudit proposal']")
    assert len(shapes) == 5
    values = {a.get("name"): a.text for a in shapes[0]}
    assert values["message"] == "cut: part 1 of 2 of annotation 1 (thing)"
    assert values["rule"] == "touching.merged"


def test_label_studio_gets_them_under_a_label_of_their_own(proposed):
    files = export_label_studio(*proposed)
    regions = [r for task in json.loads(files["tasks.json"]) for r in task["predictions"][0]["result"]]
    shapes = [r for r in regions if r["value"]["polygonlabels"] == ["maskaudit proposal"]]
    assert len(shapes) == 5
    assert len({r["id"] for r in regions}) == len(regions)
    assert shapes[2]["meta"]["text"] == [
        "touching.split proposes to join: one object of annotations 2 and 3 (thing)"
    ]
    sdk = pytest.importorskip("label_studio_sdk.label_interface", reason="label-studio-sdk is not installed")
    interface = sdk.LabelInterface(files["config.xml"].decode())
    assert (
        interface.validate_prediction(
            json.loads(files["tasks.json"])[0]["predictions"][0], return_errors=True
        )
        == []
    )


def test_fiftyone_gets_them_as_a_file_of_their_own(proposed):
    files = export_fiftyone(*proposed)
    records = json.loads(files["proposals.json"])["annotations"]
    assert [record["maskaudit_proposal"] for record in records] == ["cut", "cut", "join", "join", "add"]
    assert records[2]["bbox"] == [1, 1, 2, 2]
    assert len(json.loads(files["labels.json"])["annotations"]) == 5
