"""CVAT for images 1.1: the annotations to look at as shapes, what was found as their attributes.

``labels.json`` holds the labels for *Raw* in the task's constructor: CVAT imports only labels and
attributes that its task has.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from audit.export.review_list import ReviewImage, ReviewObject
from audit.export.xml_document import serialize_xml
from audit.findings.sanitize import printable
from audit.pipeline.result import ScanResult

ATTRIBUTES = ("rule", "severity", "message", "annotation_id", "fingerprint")
TAG = "maskaudit"
"""Label of what is said about an image as a whole."""


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
        annotation without a mask is a tag of its image.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> sorted(export_cvat(ScanResult("1", empty_measurements(), (), {}, {}), []))
    ['annotations.xml', 'labels.json']
    """
    names = _label_names(scan, images)
    root = ElementTree.Element("annotations")
    ElementTree.SubElement(root, "version").text = "1.1"
    task = ElementTree.SubElement(ElementTree.SubElement(root, "meta"), "task")
    ElementTree.SubElement(task, "name").text = "maskaudit review list"
    ElementTree.SubElement(task, "size").text = str(len(images))
    labels = ElementTree.SubElement(task, "labels")
    for name in names:
        label = ElementTree.SubElement(labels, "label")
        ElementTree.SubElement(label, "name").text = name
        attributes = ElementTree.SubElement(label, "attributes")
        for attribute in ATTRIBUTES:
            element = ElementTree.SubElement(attributes, "attribute")
            for key, value in _attribute_fields(attribute).items():
                ElementTree.SubElement(element, key).text = str(value)
    group = 0
    for number, image in enumerate(images):
        group = _add_image(root, number, image, group)
    label_settings = [
        {
            "name": name,
            "type": "tag" if name == TAG else "any",
            "attributes": [
                {**_attribute_fields(attribute_name), "values": [""], "mutable": False}
                for attribute_name in ATTRIBUTES
            ],
        }
        for name in names
    ]
    return {
        "annotations.xml": serialize_xml(root),
        "labels.json": json.dumps(label_settings, indent=1, ensure_ascii=False).encode() + b"\n",
    }


def _label_names(scan: ScanResult, images: Sequence[ReviewImage]) -> list[str]:
    used = {item.category for image in images for item in image.objects}
    known = [str(name) for name in scan.measurements.categories["name"].tolist()]
    return [printable(name) for name in dict.fromkeys([*known, *sorted(used), TAG])]


def _attribute_fields(name: str) -> dict[str, str]:
    return {"name": name, "mutable": "False", "input_type": "text", "default_value": "", "values": ""}


def _add_image(root: ElementTree.Element, number: int, image: ReviewImage, group: int) -> int:
    """Write one image; return the number of the last group."""
    element = ElementTree.SubElement(
        root,
        "image",
        id=str(number),
        name=image.file_name,
        width=str(image.width),
        height=str(image.height),
    )
    for finding in image.findings:
        tag = ElementTree.SubElement(element, "tag", label=TAG, source="maskaudit")
        _add_values(tag, (finding.rule, finding.severity.value, finding.message, "", finding.fingerprint))
    for item in image.objects:
        values = (
            item.rules,
            item.severity,
            item.message,
            str(item.annotation_id),
            item.findings[0].fingerprint,
        )
        if not item.rings:
            _add_values(ElementTree.SubElement(element, "tag", label=TAG, source="maskaudit"), values)
            continue
        group += len(item.rings) > 1
        for ring in item.rings:
            _add_polygon(element, item, ring, group if len(item.rings) > 1 else 0, values)
    return group


def _add_polygon(
    image: ElementTree.Element,
    item: ReviewObject,
    ring: Sequence[tuple[float, float]],
    group: int,
    values: Sequence[str],
) -> None:
    polygon = ElementTree.SubElement(
        image,
        "polygon",
        label=printable(item.category),
        source="maskaudit",
        occluded="0",
        points=";".join(f"{x:.2f},{y:.2f}" for x, y in ring),
        z_order="0",
    )
    if group:
        polygon.set("group_id", str(group))
    _add_values(polygon, values)


def _add_values(shape: ElementTree.Element, values: Sequence[str]) -> None:
    for name, value in zip(ATTRIBUTES, values, strict=True):
        ElementTree.SubElement(shape, "attribute", name=name).text = printable(value)
