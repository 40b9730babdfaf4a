"""CVAT for images 1.1: the annotations to look at as shapes, what was found as their attributes.

``labels.json`` holds the labels for *Raw* in the task's constructor: CVAT imports only labels and
attributes that its task has.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from audit.export.review_list import ReviewImage, ReviewObject
from audit.findings.sanitize import encodable, printable
from audit.pipeline.result import ScanResult

ATTRIBUTES = ("rule", "severity", "message", "annotation_id", "fingerprint")
TAG = "maskaudit"
"""Label of what is said about an image as a whole."""


def cvat(scan: ScanResult, images: Sequence[ReviewImage]) -> Mapping[str, bytes]:
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
    >>> sorted(cvat(ScanResult("1", empty_measurements(), (), {}, {}), []))
    ['annotations.xml', 'labels.json']
    """
    names = _labels(scan, images)
    root = ElementTree.Element("annotations")
    ElementTree.SubElement(root, "version").text = "1.1"
    meta = ElementTree.SubElement(ElementTree.SubElement(root, "meta"), "task")
    ElementTree.SubElement(meta, "name").text = "maskaudit review list"
    ElementTree.SubElement(meta, "size").text = str(len(images))
    labels = ElementTree.SubElement(meta, "labels")
    for name in names:
        label = ElementTree.SubElement(labels, "label")
        ElementTree.SubElement(label, "name").text = name
        attributes = ElementTree.SubElement(label, "attributes")
        for attribute in ATTRIBUTES:
            own = ElementTree.SubElement(attributes, "attribute")
            for key, value in _attribute(attribute).items():
                ElementTree.SubElement(own, key).text = str(value)
    group = 0
    for number, image in enumerate(images):
        group = _image(root, number, image, group)
    ElementTree.indent(root)
    raw = [
        {
            "name": name,
            "type": "tag" if name == TAG else "any",
            "attributes": [{**_attribute(a), "values": [""], "mutable": False} for a in ATTRIBUTES],
        }
        for name in names
    ]
    return {
        "annotations.xml": ElementTree.tostring(root, encoding="utf-8", xml_declaration=True),
        "labels.json": json.dumps(raw, indent=1, ensure_ascii=False).encode() + b"\n",
    }


def _labels(scan: ScanResult, images: Sequence[ReviewImage]) -> list[str]:
    used = {o.category for image in images for o in image.objects}
    known = [str(name) for name in scan.measurements.categories["name"].tolist()]
    return [printable(name) for name in dict.fromkeys([*known, *sorted(used), TAG])]


def _attribute(name: str) -> dict[str, str]:
    return {"name": name, "mutable": "False", "input_type": "text", "default_value": "", "values": ""}


def _image(root: ElementTree.Element, number: int, image: ReviewImage, group: int) -> int:
    """Write one image; return the number of the last group."""
    own = ElementTree.SubElement(
        root,
        "image",
        id=str(number),
        name=encodable(image.file_name),
        width=str(image.width),
        height=str(image.height),
    )
    for f in image.findings:
        tag = ElementTree.SubElement(own, "tag", label=TAG, source="maskaudit")
        _values(tag, (f.rule, f.severity.value, f.message, "", f.fingerprint))
    for o in image.objects:
        values = (o.rules, o.severity, o.message, str(o.annotation_id), o.findings[0].fingerprint)
        if not o.rings:
            _values(ElementTree.SubElement(own, "tag", label=TAG, source="maskaudit"), values)
            continue
        group += len(o.rings) > 1
        for ring in o.rings:
            _polygon(own, o, ring, group if len(o.rings) > 1 else 0, values)
    return group


def _polygon(
    image: ElementTree.Element,
    o: ReviewObject,
    ring: Sequence[tuple[float, float]],
    group: int,
    values: Sequence[str],
) -> None:
    polygon = ElementTree.SubElement(
        image,
        "polygon",
        label=printable(o.category),
        source="maskaudit",
        occluded="0",
        points=";".join(f"{x:.2f},{y:.2f}" for x, y in ring),
        z_order="0",
    )
    if group:
        polygon.set("group_id", str(group))
    _values(polygon, values)


def _values(shape: ElementTree.Element, values: Sequence[str]) -> None:
    for name, value in zip(ATTRIBUTES, values, strict=True):
        ElementTree.SubElement(shape, "attribute", name=name).text = printable(value)
