"""Train a Mask R-CNN from scratch on one label condition, and predict the validation images.

    python benchmarks/study/train.py TRAIN.json VALIDATION.json --images DIR --out RUN/ [--steps 1200]

Needs torch and torchvision beside maskaudit's own pycocotools; one GPU. Writes RUN/results.json (COCO results
with the model's own boxes), RUN/proposals.json and RUN/log.jsonl (the loss curve, for --training-log).
Every condition of the study is one changed argument: --anchor-scale 5 --proposals 60, --foreground-iou 0.25,
--learning-rate, --mask-rate (of the mask head), --steps, --nms.
"""

from __future__ import annotations

import argparse
import json
from collections import OrderedDict, defaultdict
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from pycocotools import mask as coco_mask
from torchvision.models import resnet18
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.ops import MultiScaleRoIAlign

CHANNELS = 128
ANCHORS = (14, 24, 40, 67, 112)
"""Sides in pixels after images are scaled to `MIN_SIZE`: one a level of the pyramid."""
MIN_SIZE = 416
SCORE_FLOOR = 0.05


def build_model(arguments: argparse.Namespace) -> MaskRCNN:
    """Build a Mask R-CNN on a ResNet-18 with a small feature pyramid, nothing pretrained."""
    body = resnet18(weights=None)
    layers = {f"layer{k + 1}": str(k) for k in range(4)}
    backbone = BackboneWithFPN(body, layers, [64, 128, 256, 512], CHANNELS)
    anchors = AnchorGenerator(
        tuple((int(side * arguments.anchor_scale),) for side in ANCHORS), ((0.5, 1.0, 2.0),) * len(ANCHORS)
    )
    return MaskRCNN(
        backbone,
        num_classes=2,
        min_size=arguments.min_size,
        max_size=2 * arguments.min_size,
        rpn_anchor_generator=anchors,
        box_roi_pool=MultiScaleRoIAlign(list(layers.values()), 7, 2),
        mask_roi_pool=MultiScaleRoIAlign(list(layers.values()), 14, 2),
        rpn_post_nms_top_n_train=min(1000, 20 * arguments.proposals),
        rpn_post_nms_top_n_test=arguments.proposals,
        box_fg_iou_thresh=arguments.foreground_iou,
        box_bg_iou_thresh=arguments.foreground_iou,
        box_nms_thresh=arguments.nms,
        box_score_thresh=SCORE_FLOOR,
        box_detections_per_img=arguments.max_detections,
    )


def read_images(labels: Path, folder: Path) -> list[tuple[int, torch.Tensor, dict[str, torch.Tensor]]]:
    """Read pictures and targets: id, (3, H, W) colours of 0 to 1, and torchvision's target."""
    document = json.loads(labels.read_text())
    by_image = defaultdict(list)
    for annotation in document["annotations"]:
        if not annotation.get("iscrowd"):
            by_image[annotation["image_id"]].append(annotation["segmentation"])
    items = []
    for image in document["images"]:
        colours = np.asarray(Image.open(folder / image["file_name"]).convert("RGB"), dtype=np.float32)
        colours = colours / max(float(np.percentile(colours, 99.8)), 1.0)
        height, width, _ = colours.shape
        masks = [decode_mask(segmentation, height, width) for segmentation in by_image[image["id"]]]
        masks = [mask for mask in masks if mask.any()]
        stacked = np.stack(masks) if masks else np.zeros((0, height, width), dtype=np.uint8)
        planes = np.ascontiguousarray(np.clip(colours, 0, 1).transpose(2, 0, 1))
        items.append((image["id"], torch.from_numpy(planes), make_target(stacked)))
    return items


def decode_mask(segmentation: object, height: int, width: int) -> np.ndarray:
    """Draw a COCO segmentation as pycocotools does; (H, W) uint8."""
    if isinstance(segmentation, list):
        segmentation = coco_mask.merge(coco_mask.frPyObjects(segmentation, height, width))
    elif isinstance(segmentation["counts"], list):
        segmentation = coco_mask.frPyObjects(segmentation, height, width)
    return coco_mask.decode(segmentation)


def make_target(masks: np.ndarray) -> dict[str, torch.Tensor]:
    """Make torchvision's target of (n, H, W) masks that all have pixels."""
    boxes = np.zeros((len(masks), 4), dtype=np.float32)
    for number, mask in enumerate(masks):
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        boxes[number] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return {
        "boxes": torch.from_numpy(boxes),
        "labels": torch.ones(len(masks), dtype=torch.int64),
        "masks": torch.from_numpy(masks),
    }


def flip_randomly(image: torch.Tensor, target: dict, rng: np.random.Generator) -> tuple[torch.Tensor, dict]:
    """Mirror and turn an image with its target."""
    masks = target["masks"]
    for axis in (1, 2):
        if rng.random() < 0.5:
            image, masks = image.flip(axis), masks.flip(axis)
    if rng.random() < 0.5:
        image, masks = image.transpose(1, 2), masks.transpose(1, 2)
    return image, make_target(masks.contiguous().numpy())


def train_model(
    model: MaskRCNN, items: list, arguments: argparse.Namespace, device: torch.device
) -> list[dict]:
    """Train for a number of steps; return the loss curve."""
    mask_parameters = [p for name, p in model.named_parameters() if "mask" in name]
    other_parameters = [p for name, p in model.named_parameters() if "mask" not in name]
    optimizer = torch.optim.AdamW(
        [
            {"params": other_parameters, "lr": arguments.learning_rate},
            {"params": mask_parameters, "lr": arguments.learning_rate * arguments.mask_rate},
        ],
        weight_decay=1e-4,
    )
    warm_up = max(1, min(100, arguments.steps // 10))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min(1.0, (step + 1) / warm_up) * (0.1 if step >= 0.8 * arguments.steps else 1.0),
    )
    rng, curve = np.random.default_rng(arguments.seed), []
    model.train()
    for step in range(arguments.steps):
        chosen = [items[k] for k in rng.integers(0, len(items), arguments.batch)]
        pairs = [flip_randomly(image, target, rng) for _, image, target in chosen]
        images = [image.to(device) for image, _ in pairs]
        targets = [{name: values.to(device) for name, values in target.items()} for _, target in pairs]
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda"):
            losses = model(images, targets)
            loss = sum(losses.values())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
        optimizer.step()
        schedule.step()
        values = {name: float(value) for name, value in losses.items()}
        curve.append({"iteration": step, "total_loss": float(loss), **values})
    return curve


@torch.no_grad()
def predict_images(model: MaskRCNN, items: list, device: torch.device) -> tuple[list[dict], list[dict]]:
    """Predict images one by one; return COCO results and region proposals."""
    model.eval()
    results, proposals = [], []
    for image_id, image, _ in items:
        batch = [image.to(device)]
        found = {name: values.cpu().numpy() for name, values in model(batch)[0].items()}
        for box, score, mask in zip(found["boxes"], found["scores"], found["masks"], strict=True):
            encoded = coco_mask.encode(np.asfortranarray((mask[0] > 0.5).astype(np.uint8)))
            results.append(
                {
                    "image_id": image_id,
                    "category_id": 1,
                    "bbox": [round(float(v), 2) for v in (*box[:2], *(box[2:] - box[:2]))],
                    "score": round(float(score), 5),
                    "segmentation": {"size": encoded["size"], "counts": encoded["counts"].decode()},
                }
            )
        proposals += propose_regions(model, batch, image_id)
    return results, proposals


def propose_regions(model: MaskRCNN, batch: list[torch.Tensor], image_id: int) -> list[dict]:
    """Return what the region proposal network proposes for one image, in its own pixels, best first."""
    images, _ = model.transform(batch)
    features = model.backbone(images.tensors)
    boxes, _ = model.rpn(images, features if isinstance(features, dict) else OrderedDict([("0", features)]))
    scale = batch[0].shape[-1] / images.image_sizes[0][1]
    corners = (boxes[0] * scale).cpu().numpy()
    return [
        {
            "image_id": image_id,
            "bbox": [round(float(v), 2) for v in (*box[:2], *(box[2:] - box[:2]))],
            "score": round(1 - rank / max(len(corners), 1), 5),
        }
        for rank, box in enumerate(corners)
    ]


def parse_arguments(given: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("train", type=Path)
    parser.add_argument("validation", type=Path)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--learning-rate", type=float, default=4e-4)
    parser.add_argument("--mask-rate", type=float, default=1.0, help="of the mask head, by that of the rest")
    parser.add_argument("--anchor-scale", type=float, default=1.0)
    parser.add_argument("--proposals", type=int, default=1000)
    parser.add_argument("--foreground-iou", type=float, default=0.5)
    parser.add_argument("--nms", type=float, default=0.5)
    parser.add_argument("--max-detections", type=int, default=300)
    parser.add_argument("--min-size", type=int, default=MIN_SIZE)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser.parse_args(given)


def run(arguments: argparse.Namespace) -> Path:
    """Train, predict, and write what `maskaudit compare` reads; return the folder."""
    torch.manual_seed(arguments.seed)
    device = torch.device(arguments.device)
    model = build_model(arguments).to(device)
    curve = train_model(model, read_images(arguments.train, arguments.images), arguments, device)
    results, proposals = predict_images(model, read_images(arguments.validation, arguments.images), device)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "results.json").write_text(json.dumps(results))
    (arguments.out / "proposals.json").write_text(json.dumps(proposals))
    (arguments.out / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in curve))
    return arguments.out


if __name__ == "__main__":
    print(run(parse_arguments()))
