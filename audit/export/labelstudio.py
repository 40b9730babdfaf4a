"""Label Studio: one task an image, the annotations to look at as predictions.

``config.xml`` is the project's labelling interface; every region carries what was found as its
description, and asks for a verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from audit.export.proposed_shapes import ProposedShape, Ring
from audit.export.review_list import ReviewImage, ReviewObject
from audit.export.xml_document import serialize_xml
from audit.findings.decisions import Verdict
from audit.findings.encode import encode_json
from audit.findings.fingerprint import hash_finding
from audit.findings.sanitize import encodable, printable
from audit.pipeline.result import ScanResult

LOCAL_FILES = "/data/local-files/?d="
"""Where Label Studio serves files of a local storage."""
OBJECT, IMAGE, VERDICT = "object", "image", "verdict"
"""Names of the interface's parts."""
PROPOSAL = "maskaudit proposal"
"""Label of shapes that a finding proposes: give them a category, or delete them."""


def export_label_studio(
    scan: ScanResult, images: Sequence[ReviewImage], url_prefix: str = LOCAL_FILES
) -> Mapping[str, bytes]:
    r"""Write a review list that Label Studio imports.

    Parameters
    ----------
    scan : ScanResult
    images : sequence of ReviewImage
    url_prefix : str
        What stands before a file name in the address of its picture.

    Returns
    -------
    mapping
        ``tasks.json`` and ``config.xml``.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> files = export_label_studio(ScanResult("1", empty_measurements(), (), {}, {}), [])
    >>> files["tasks.json"]
    b'[]\n'
    """
    declared_names = [str(name) for name in scan.measurements.categories["name"].tolist()]
    named_by_findings = sorted(
        {review_object.category for image in images for review_object in image.objects}
    )
    label_names = [printable(name) for name in dict.fromkeys([*declared_names, *named_by_findings, PROPOSAL])]
    image_tasks = [_make_task(image, f"maskaudit {scan.version}", url_prefix) for image in images]
    return {"tasks.json": encode_json(image_tasks) + b"\n", "config.xml": _interface_xml(label_names)}


def _interface_xml(names: Sequence[str]) -> bytes:
    view_element = ElementTree.Element("View")
    ElementTree.SubElement(view_element, "Image", name=IMAGE, value="$image", zoom="true")
    labels_element = ElementTree.SubElement(view_element, "PolygonLabels", name=OBJECT, toName=IMAGE)
    for label_name in names:
        ElementTree.SubElement(labels_element, "Label", value=label_name)
    choices_element = ElementTree.SubElement(
        view_element, "Choices", name=VERDICT, toName=IMAGE, perRegion="true", choice="single"
    )
    for verdict in (Verdict.REAL, Verdict.FINE, Verdict.UNSURE):  # what a labeller mends is no proposal
        ElementTree.SubElement(choices_element, "Choice", value=verdict.value)
    ElementTree.SubElement(view_element, "Header", value="$review")
    return serialize_xml(view_element, declaration=False) + b"\n"


def _make_task(image: ReviewImage, version: str, url_prefix: str) -> dict[str, object]:
    file_name = encodable(image.file_name)
    review = " ".join(f"{finding.rule}: {finding.message}" for finding in image.findings)
    regions = [
        _make_region(review_object, ring_number, ring, image)
        for review_object in image.objects
        for ring_number, ring in enumerate(review_object.rings)
    ]
    regions += [
        _make_proposed_region(shape, f"{shape_number}.{ring_number}", ring, image)
        for shape_number, shape in enumerate(image.proposals)
        for ring_number, ring in enumerate(shape.rings)
    ]
    return {
        "data": {"image": f"{url_prefix}{file_name}", "file_name": file_name, "review": printable(review)},
        "predictions": [{"model_version": version, "score": image.score, "result": regions}],
    }


def _make_region(
    review_object: ReviewObject, ring_number: int, ring: Ring, image: ReviewImage
) -> dict[str, object]:
    description = (
        f"{review_object.severity}, annotation {review_object.annotation_id}, "
        f"{review_object.rules}: {review_object.message}"
    )
    identity = hash_finding(
        review_object.rules, image.file_name, [str(review_object.annotation_id), str(ring_number)]
    )
    score = max(finding.score for finding in review_object.findings)
    return _write_region(identity, review_object.category, ring, image, score, description)


def _make_proposed_region(
    shape: ProposedShape, number: str, ring: Ring, image: ReviewImage
) -> dict[str, object]:
    finding = shape.finding
    identity = hash_finding(finding.rule, image.file_name, [finding.fingerprint, shape.kind, number])
    description = f"{finding.rule} proposes to {shape.kind}: {shape.text}"
    return _write_region(identity, PROPOSAL, ring, image, finding.score, description)


def _write_region(
    identity: str, label: str, ring: Ring, image: ReviewImage, score: float, description: str
) -> dict[str, object]:
    """Write one polygon; its points are percentages of the image's sides."""
    width, height = max(image.width, 1), max(image.height, 1)
    points = [[_to_percent(x, width), _to_percent(y, height)] for x, y in ring]
    return {
        "id": identity,
        "type": "polygonlabels",
        "from_name": OBJECT,
        "to_name": IMAGE,
        "original_width": image.width,
        "original_height": image.height,
        "image_rotation": 0,
        "score": score,
        "value": {"points": points, "closed": True, "polygonlabels": [printable(label)]},
        "meta": {"text": [printable(description)]},
    }


def _to_percent(coordinate: float, image_side: int) -> float:
    return round(min(max(100 * coordinate / image_side, 0.0), 100.0), 4)
