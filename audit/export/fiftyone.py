"""FiftyOne: a COCO file of the images and annotations to look at, with what was found as attributes.

Masks stay what they are: drawn polygons as polygons, pixels as compressed RLE, holes included.

fiftyone.Dataset.from_dir(dataset_type=fiftyone.types.COCODetectionDataset, data_path="pictures/",
labels_path="review/labels.json", label_types=["segmentations"], extra_attrs=True)

``proposals.json`` holds the shapes that findings propose, to be added as a field of their own by
fiftyone.utils.coco.add_coco_labels(dataset, "proposals", "review/proposals.json", categories,
label_type="segmentations", coco_id_field="coco_id", extra_attrs=True).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from audit.export.proposed_shapes import ProposedShape
from audit.export.review_list import ReviewImage, ReviewObject
from audit.findings.encode import encode_json
from audit.pipeline.result import ScanResult


def export_fiftyone(scan: ScanResult, images: Sequence[ReviewImage]) -> Mapping[str, bytes]:
    """Write a review list that FiftyOne imports.

    Parameters
    ----------
    scan : ScanResult
    images : sequence of ReviewImage

    Returns
    -------
    mapping
        File name to content. Ids of images and annotations are those of the labels where these are unique,
        else they are counted; attributes begin with ``maskaudit_``.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> sorted(export_fiftyone(ScanResult("1", empty_measurements(), (), {}, {}), []))
    ['labels.json', 'proposals.json']
    """
    image_ids = _unique_ids([image.image_id for image in images])
    review_objects = [
        (image_id, review_object)
        for image_id, image in zip(image_ids, images, strict=True)
        for review_object in image.objects
    ]
    annotation_ids = _unique_ids([review_object.annotation_id for _, review_object in review_objects])
    categories = scan.measurements.categories
    category_names = dict(zip(categories["category_id"].tolist(), categories["name"].tolist(), strict=True))
    document = {
        "info": {"description": "maskaudit review list", "version": scan.version},
        "categories": [
            {"id": category_id, "name": category_name}
            for category_id, category_name in sorted(category_names.items())
        ],
        "images": [
            {
                "id": number,
                "file_name": image.file_name,
                "width": image.width,
                "height": image.height,
                "maskaudit_message": " ".join(finding.message for finding in image.findings),
            }
            for number, image in zip(image_ids, images, strict=True)
        ],
    }
    records = [
        _annotation_record(review_object, image_id, annotation_id)
        for annotation_id, (image_id, review_object) in zip(annotation_ids, review_objects, strict=True)
    ]
    proposals = [
        (image_id, shape)
        for image_id, image in zip(image_ids, images, strict=True)
        for shape in image.proposals
    ]
    proposed_records = [
        _proposal_record(shape, image_id, number) for number, (image_id, shape) in enumerate(proposals, 1)
    ]
    return {
        "labels.json": encode_json(document | {"annotations": records}) + b"\n",
        "proposals.json": encode_json(document | {"annotations": proposed_records}) + b"\n",
    }


def _unique_ids(original_ids: list[int]) -> list[int]:
    """Return ids as they are, or counted where one of them comes twice."""
    return (
        original_ids if len(set(original_ids)) == len(original_ids) else list(range(1, len(original_ids) + 1))
    )


def _annotation_record(review_object: ReviewObject, image_id: int, annotation_id: int) -> dict[str, object]:
    return {
        "id": annotation_id,
        "image_id": image_id,
        "category_id": review_object.category_id,
        "bbox": review_object.box,
        "area": review_object.area_px,
        "iscrowd": 0,
        "segmentation": review_object.rle
        or [[value for point in ring for value in point] for ring in review_object.rings],
        "maskaudit_rules": review_object.rules,
        "maskaudit_severity": review_object.severity,
        "maskaudit_message": review_object.message,
        "maskaudit_score": max(finding.score for finding in review_object.findings),
        "maskaudit_fingerprint": review_object.findings[0].fingerprint,
    }


def _proposal_record(shape: ProposedShape, image_id: int, annotation_id: int) -> dict[str, object]:
    points = np.array([point for ring in shape.rings for point in ring])
    corner = points.min(axis=0)
    return {
        "id": annotation_id,
        "image_id": image_id,
        "category_id": shape.category_id,
        "bbox": [*corner.tolist(), *(points.max(axis=0) - corner).tolist()],
        "area": shape.area_px,
        "iscrowd": 0,
        "segmentation": [[value for point in ring for value in point] for ring in shape.rings],
        "maskaudit_proposal": shape.kind,
        "maskaudit_rules": shape.finding.rule,
        "maskaudit_severity": shape.finding.severity.value,
        "maskaudit_message": shape.text,
        "maskaudit_score": shape.finding.score,
        "maskaudit_fingerprint": shape.finding.fingerprint,
    }
