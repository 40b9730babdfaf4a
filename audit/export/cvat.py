"""CVAT for images 1.1: the annotations to look at as shapes, what was found as their attributes.

``labels.json`` holds the labels for *Raw* in the task's constructor: CVAT imports only labels and
attributes that its task has.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from audit.export.proposed_shapes import ProposedShape
from audit.export.review_list import ReviewImage
from audit.export.xml_document import serialize_xml
from audit.findings.sanitize import printable
from audit.pipeline.result import ScanResult

ATTRIBUTES = ("rule", "severity", "message", "annotation_id", "fingerprint")
TAG = "maskaudit"
"""Label of what is said about an image as a whole."""
PROPOSAL = "maskaudit proposal"
"""Label of shapes that a finding proposes: give them a category, or delete them."""


def export_cvat(scan: ScanResult, images: Sequence[ReviewImage]) -> Mapping[str, bytes]:
    """Write a review list that CVAT imports.

    Parameters
    ----------
    scan : ScanResult
    images : sequence of ReviewImage

    Returns
    -------
    mapping
        ``annotations.xml`` and ``labels.json``. A mask of several parts is one group of polygons; an
        annotation without a mask is a tag of its image. Proposed shapes have the label `PROPOSAL`.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> sorted(export_cvat(ScanResult("1", empty_measurements(), (), {}, {}), []))
    ['annotations.xml', 'labels.json']
    """
    label_names = _label_names(scan, images)
    root_element = ElementTree.Element("annotations")
    ElementTree.SubElement(root_element, "version").text = "1.1"
    task_element = ElementTree.SubElement(ElementTree.SubElement(root_element, "meta"), "task")
    ElementTree.SubElement(task_element, "name").text = "maskaudit review list"
    ElementTree.SubElement(task_element, "size").text = str(len(images))
    labels_element = ElementTree.SubElement(task_element, "labels")
    for label_name in label_names:
        label_element = ElementTree.SubElement(labels_element, "label")
        ElementTree.SubElement(label_element, "name").text = label_name
        attributes_element = ElementTree.SubElement(label_element, "attributes")
        for attribute in ATTRIBUTES:
            attribute_element = ElementTree.SubElement(attributes_element, "attribute")
            for field_name, field_value in _attribute_fields(attribute).items():
                ElementTree.SubElement(attribute_element, field_name).text = str(field_value)
    group_id = 0
    for image_number, image in enumerate(images):
        group_id = _add_image(root_element, image_number, image, group_id)
    label_settings = [
        {
            "name": label_name,
            "type": "tag" if label_name == TAG else "any",
            "attributes": [
                {**_attribute_fields(attribute_name), "values": [""], "mutable": False}
                for attribute_name in ATTRIBUTES
            ],
        }
        for label_name in label_names
    ]
    return {
        "annotations.xml": serialize_xml(root_element),
        "labels.json": json.dumps(label_settings, indent=1, ensure_ascii=False).encode() + b"\n",
    }


def _label_names(scan: ScanResult, images: Sequence[ReviewImage]) -> list[str]:
    used_names = {review_object.category for image in images for review_object in image.objects}
    known_names = [str(name) for name in scan.measurements.categories["name"].tolist()]
    return [printable(name) for name in dict.fromkeys([*known_names, *sorted(used_names), PROPOSAL, TAG])]


def _attribute_fields(attribute_name: str) -> dict[str, str]:
    return {
        "name": attribute_name,
        "mutable": "False",
        "input_type": "text",
        "default_value": "",
        "values": "",
    }


def _add_image(
    root_element: ElementTree.Element, image_number: int, image: ReviewImage, group_id: int
) -> int:
    """Write one image; return the number of the last group."""
    image_element = ElementTree.SubElement(
        root_element,
        "image",
        id=str(image_number),
        name=image.file_name,
        width=str(image.width),
        height=str(image.height),
    )
    for finding in image.findings:
        tag_element = ElementTree.SubElement(image_element, "tag", label=TAG, source="maskaudit")
        _add_values(
            tag_element, (finding.rule, finding.severity.value, finding.message, "", finding.fingerprint)
        )
    for review_object in image.objects:
        attribute_values = (
            review_object.rules,
            review_object.severity,
            review_object.message,
            str(review_object.annotation_id),
            review_object.findings[0].fingerprint,
        )
        if not review_object.rings:
            _add_values(
                ElementTree.SubElement(image_element, "tag", label=TAG, source="maskaudit"), attribute_values
            )
            continue
        group_id += len(review_object.rings) > 1
        for ring in review_object.rings:
            _add_polygon(
                image_element,
                review_object.category,
                ring,
                group_id if len(review_object.rings) > 1 else 0,
                attribute_values,
            )
    for shape in image.proposals:
        group_id += len(shape.rings) > 1
        proposal_values = _describe_proposal(shape)
        for ring in shape.rings:
            _add_polygon(
                image_element, PROPOSAL, ring, group_id if len(shape.rings) > 1 else 0, proposal_values
            )
    return group_id


def _describe_proposal(shape: ProposedShape) -> tuple[str, ...]:
    finding = shape.finding
    ids = ", ".join(str(annotation_id) for annotation_id in finding.annotation_ids)
    return finding.rule, finding.severity.value, f"{shape.kind}: {shape.text}", ids, finding.fingerprint


def _add_polygon(
    image_element: ElementTree.Element,
    label_name: str,
    ring: Sequence[tuple[float, float]],
    group_id: int,
    attribute_values: Sequence[str],
) -> None:
    polygon = ElementTree.SubElement(
        image_element,
        "polygon",
        label=printable(label_name),
        source="maskaudit",
        occluded="0",
        points=";".join(f"{x:.2f},{y:.2f}" for x, y in ring),
        z_order="0",
    )
    if group_id:
        polygon.set("group_id", str(group_id))
    _add_values(polygon, attribute_values)


def _add_values(shape_element: ElementTree.Element, attribute_values: Sequence[str]) -> None:
    for attribute_name, value in zip(ATTRIBUTES, attribute_values, strict=True):
        ElementTree.SubElement(shape_element, "attribute", name=attribute_name).text = printable(value)
