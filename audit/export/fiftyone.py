"""FiftyOne: a COCO file of the images and annotations to look at, with what was found as attributes.

Masks stay what they are: drawn polygons as polygons, pixels as compressed RLE, holes included.

fiftyone.Dataset.from_dir(dataset_type=fiftyone.types.COCODetectionDataset, data_path="pictures/",
labels_path="review/labels.json", label_types=["segmentations"], extra_attrs=True)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    ['labels.json']
    """
    image_ids = _unique_ids([image.image_id for image in images])
    items = [
        (image_id, item) for image_id, image in zip(image_ids, images, strict=True) for item in image.objects
    ]
    annotation_ids = _unique_ids([item.annotation_id for _, item in items])
    categories = scan.measurements.categories
    category_names = dict(zip(categories["category_id"].tolist(), categories["name"].tolist(), strict=True))
    content = {
        "info": {"description": "maskaudit review list", "version": scan.version},
        "categories": [
            {"id": category_id, "name": name} for category_id, name in sorted(category_names.items())
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
        "annotations": [
            _annotation_record(item, image_id, annotation_id)
            for annotation_id, (image_id, item) in zip(annotation_ids, items, strict=True)
        ],
    }
    return {"labels.json": encode_json(content) + b"\n"}


def _unique_ids(ids: list[int]) -> list[int]:
    """Return ids as they are, or counted where one of them comes twice."""
    return ids if len(set(ids)) == len(ids) else list(range(1, len(ids) + 1))


def _annotation_record(item: ReviewObject, image_id: int, annotation_id: int) -> dict[str, object]:
    return {
        "id": annotation_id,
        "image_id": image_id,
        "category_id": item.category_id,
        "bbox": item.box,
        "area": item.area_px,
        "iscrowd": 0,
        "segmentation": item.rle or [[value for point in ring for value in point] for ring in item.rings],
        "maskaudit_rules": item.rules,
        "maskaudit_severity": item.severity,
        "maskaudit_message": item.message,
        "maskaudit_score": max(finding.score for finding in item.findings),
        "maskaudit_fingerprint": item.findings[0].fingerprint,
    }
