"""XML that any parser takes, whatever stands in the labels or in the policy."""

import json
from datetime import date
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.export.cvat import export_cvat
from audit.export.junit import export_junit
from audit.export.labelstudio import export_label_studio
from audit.export.review_list import collect_review_list
from audit.export.xml_document import serialize_xml
from audit.findings.sanitize import printable, xml_text
from audit.gates.gate import judge_batch
from audit.gates.policy import Limit, Policy, Waiver
from audit.pipeline.run import scan

ANY_TEXT = st.text(st.characters(exclude_categories=()))
ILLEGAL = "".join(map(chr, [*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0xDFFF, 0xD800, 0xFFFE, 0xFFFF]))
NAME = f"<&\"'>]]>\x7f\x85\u2028{ILLEGAL}\U0001ffff."


@given(ANY_TEXT)
def test_every_text_is_read_back_as_it_was_written(text):
    element = ElementTree.Element("a", name=text)
    ElementTree.SubElement(element, "b").text = text
    read = ElementTree.fromstring(serialize_xml(element))
    assert read.get("name") == xml_text(text)
    shown = read[0].text or ""
    assert shown == xml_text(text).replace("\r\n", "\n").replace("\r", "\n")  # as XML reads line ends


@pytest.mark.parametrize("character", ILLEGAL)
def test_a_character_that_xml_lacks_is_written_as_escape(character):
    assert xml_text(f"a{character}b") == f"a{xml_text(character)}b"
    assert xml_text(character).isascii()
    assert xml_text(character).startswith("\\")
    assert xml_text(printable(character)) == printable(character)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Labels whose every text holds every character that XML lacks."""
    ring = [[2, 2, 9, 2, 9, 9, 2, 9]]
    annotations = [
        {"id": number, "image_id": 1, "category_id": 1, "iscrowd": 0, "segmentation": ring}
        for number in (1, 2)
    ]
    document = {
        "images": [{"id": 1, "file_name": f"{NAME}png", "height": 20, "width": 20}],
        "annotations": annotations,
        "categories": [{"id": 1, "name": NAME}],
    }
    path = tmp_path_factory.mktemp("labels") / "labels.json"
    path.write_text(json.dumps(document))
    return scan(path)


def test_junit_parses(hostile):
    limits = (Limit("*", max_count=0),)
    waivers = (Waiver("overlap", NAME, date(2026, 1, 1), file=NAME),)
    policy = Policy(limits, waivers=waivers)
    root = ElementTree.fromstring(export_junit(judge_batch(hostile, policy, today=date(2026, 6, 1))))
    texts = [*root.itertext(), *(value for element in root.iter() for value in element.attrib.values())]
    assert sum("\\uffff" in text for text in texts) >= 3


def test_review_lists_parse(hostile):
    images = collect_review_list(hostile, hostile.findings)
    cvat = ElementTree.fromstring(export_cvat(hostile, images)["annotations.xml"])
    assert "\\ufffe" in cvat.find("image").get("name")
    labels = {element.text for element in cvat.iterfind("meta/task/labels/label/name")}
    assert {polygon.get("label") for polygon in cvat.iter("polygon")} <= labels
    interface = ElementTree.fromstring(export_label_studio(hostile, images)["config.xml"])
    labels = [label.get("value") for label in interface.iter("Label")]
    assert labels == [printable(NAME), "maskaudit proposal"]
