"""FiftyOne: a COCO file of the images and annotations to look at, with what was found as attributes.

fiftyone.Dataset.from_dir(dataset_type=fiftyone.types.COCODetectionDataset, data_path="pictures/",
labels_path="review/labels.json", label_types=["segmentations"], extra_attrs=True)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from audit.export.review_list import ReviewImage, ReviewObject
from audit.findings.encode import encode_json
from audit.pipeline.result import ScanResult


def fiftyone(scan: ScanResult, images: Sequence[ReviewImage]) -> Mapping[str, bytes]:
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
    >>> sorted(fiftyone(ScanResult("1", empty_measurements(), (), {}, {}), []))
    ['labels.json']
    """
    ids = [image.image_id for image in images]
    image_ids = ids if len(set(ids)) == len(ids) else list(range(1, len(ids) + 1))
    owned = [(number, o) for number, image in zip(image_ids, images, strict=True) for o in image.objects]
    own_ids = [o.annotation_id for _, o in owned]
    unique = len(set(own_ids)) == len(own_ids)
    categories = scan.measurements.categories
    known = dict(zip(categories["category_id"].tolist(), categories["name"].tolist(), strict=True))
    content = {
        "info": {"description": "maskaudit review list", "version": scan.version},
        "categories": [{"id": i, "name": name} for i, name in sorted(known.items())],
        "images": [
            {
                "id": number,
                "file_name": image.file_name,
                "width": image.width,
                "height": image.height,
                "maskaudit_message": " ".join(f.message for f in image.findings),
            }
            for number, image in zip(image_ids, images, strict=True)
        ],
        "annotations": [
            _annotation(o, image, own if unique else k)
            for k, (own, (image, o)) in enumerate(zip(own_ids, owned, strict=True), start=1)
        ],
    }
    return {"labels.json": encode_json(content) + b"\n"}


def _annotation(o: ReviewObject, image: int, own: int) -> dict[str, object]:
    return {
        "id": own,
        "image_id": image,
        "category_id": o.category_id,
        "bbox": o.box,
        "area": o.area_px,
        "iscrowd": 0,
        "segmentation": [[value for point in ring for value in point] for ring in o.rings],
        "maskaudit_rules": o.rules,
        "maskaudit_severity": o.severity,
        "maskaudit_message": o.message,
        "maskaudit_score": max(f.score for f in o.findings),
        "maskaudit_fingerprint": o.findings[0].fingerprint,
    }
