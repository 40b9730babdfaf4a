"""What a user would run instead of maskaudit: one peer a call, in a process of its own.

    python benchmarks/peers.py pycocotools FILE

prints one line of JSON: ``seconds`` of each phase, ``pairs`` that overlap where the peer counts them,
``note`` on what was measured.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Result = dict[str, Any]


def pycocotools(path: Path) -> Result:
    """Load with pycocotools, encode every mask, one ``iou`` call an image."""
    from pycocotools import mask
    from pycocotools.coco import COCO

    started = time.perf_counter()
    coco = COCO(str(path))
    loaded = time.perf_counter()
    codes = [[coco.annToRLE(a) for a in anns] for anns in _annotations_by_image(coco)]
    encoded = time.perf_counter()
    pairs = 0
    for image in codes:
        iou = mask.iou(image, image, [0] * len(image))
        pairs += (int((iou > 0).sum()) - len(image)) // 2
    done = time.perf_counter()
    seconds = {"load": loaded - started, "encode": encoded - loaded, "iou": done - encoded}
    return {"seconds": seconds, "pairs": pairs}


def double_loop(path: Path, pairs_a_image: int = 400, budget: float = 8.0) -> Result:
    """Encode and compare two pixel masks at a time: the way that tutorials show.

    ComparisonTables on images spread over the file until ``budget`` seconds are spent, with at most some
    ``pairs_a_image`` pairs each; the time of all pairs is the mean of a pair times their number.
    """
    import numpy as np
    from pycocotools import mask
    from pycocotools.coco import COCO

    started = time.perf_counter()
    coco = COCO(str(path))
    load = time.perf_counter() - started
    images = _annotations_by_image(coco)
    total = sum(len(anns) * (len(anns) - 1) // 2 for anns in images)
    order = np.random.default_rng(0).permutation(len(images))
    most = int((2 * pairs_a_image) ** 0.5) + 1
    spent, measured = 0.0, 0
    for anns in (images[i] for i in order):
        started = time.perf_counter()
        masks = [coco.annToMask(a) for a in anns[:most]]
        for i in range(len(masks)):
            for j in range(i + 1, len(masks)):
                a = mask.encode(np.asfortranarray(masks[i]))
                b = mask.encode(np.asfortranarray(masks[j]))
                mask.iou([a], [b], [0])
                measured += 1
        spent += time.perf_counter() - started
        if spent > budget:
            break
    all_pairs = spent / max(measured, 1) * total
    note = f"{measured:,} of {total:,} pairs measured in {spent:.0f} s, the rest extrapolated"
    return {"seconds": {"load": load, "all pairs": all_pairs}, "note": note}


def hotcoco(path: Path) -> Result:
    """Load with hotcoco and run its healthcheck."""
    from hotcoco import COCO

    started = time.perf_counter()
    report = COCO(str(path)).healthcheck()
    codes = sorted({problem["code"] for kind in ("errors", "warnings") for problem in report[kind]})
    note = "records and boxes, no masks: " + (", ".join(codes) or "nothing found")
    return {"seconds": {"healthcheck": time.perf_counter() - started}, "note": note}


def ap_pycocotools(path: Path) -> Result:
    """Evaluate masks with pycocotools; results beside the file, as `results_like.py` writes them."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    started = time.perf_counter()
    labels = COCO(str(path))
    run = COCOeval(labels, labels.loadRes(_masks_only(path)), "segm")
    return _evaluated(run, started)


def ap_faster_coco_eval(path: Path) -> Result:
    """Evaluate masks with faster-coco-eval."""
    from faster_coco_eval import COCO, COCOeval_faster

    started = time.perf_counter()
    labels = COCO(str(path))
    run = COCOeval_faster(labels, labels.loadRes(_masks_only(path)), "segm")
    return _evaluated(run, started)


def ap_hotcoco(path: Path) -> Result:
    """Evaluate masks with hotcoco."""
    from hotcoco import COCO, COCOeval

    started = time.perf_counter()
    labels = COCO(str(path))
    run = COCOeval(labels, labels.load_res(str(path.with_name(f"{path.stem}-results.json"))), "segm")
    return _evaluated(run, started)


def ap_ultrafast(path: Path) -> Result:
    """Evaluate masks with ultrafast-pycocotools."""
    from ultrafast_pycocotools import COCO, COCOeval

    started = time.perf_counter()
    labels = COCO(str(path))
    run = COCOeval(labels, labels.loadRes(_masks_only(path)), "segm")
    return _evaluated(run, started)


def ap_vernier(path: Path) -> Result:
    """Evaluate masks with vernier, in its strict mode."""
    from pycocotools.coco import COCO
    from vernier import COCOeval

    started = time.perf_counter()
    labels = COCO(str(path))
    results = labels.loadRes(_masks_only(path))
    for result in results.anns.values():
        result["bbox"] = list(map(float, result["bbox"]))  # pycocotools gives arrays, which vernier refuses
    run = COCOeval(labels, results, "segm")
    return _evaluated(run, started)


def ap_maskaudit(path: Path) -> Result:
    """Evaluate masks with maskaudit: read, measure, match."""
    from audit.comparison.evaluate_files import average_precision

    started = time.perf_counter()
    metrics = average_precision(path, path.with_name(f"{path.stem}-results.json"))
    return {"seconds": {"all": time.perf_counter() - started}, "note": f"AP {metrics['AP']:.9f}"}


def _masks_only(path: Path) -> list[dict[str, Any]]:
    """Read results without their boxes: with them, pycocotools sizes masks by their boxes."""
    results = json.loads(path.with_name(f"{path.stem}-results.json").read_bytes())
    return [{k: v for k, v in r.items() if k != "bbox"} for r in results]


def _evaluated(run: Any, started: float) -> Result:
    loaded = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        run.evaluate()
        run.accumulate()
        run.summarize()
    seconds = {"read": loaded - started, "evaluate": time.perf_counter() - loaded}
    return {"seconds": seconds, "note": f"AP {run.stats[0]:.9f}"}


def count_pairs(out: Path) -> Result:
    """Count the overlapping pairs that a scan wrote, to show that the same work was done."""
    import pyarrow.parquet as parquet

    table = parquet.read_table(out / "measurements" / "pairs.parquet", columns=["intersection_px"])
    return {"seconds": {}, "pairs": int((table["intersection_px"].to_numpy() > 0).sum())}


def _annotations_by_image(coco: Any) -> list[list[dict[str, Any]]]:
    return [anns for image in coco.getImgIds() if (anns := coco.imgToAnns[image])]


PEERS: dict[str, Callable[[Path], Result]] = {
    "pycocotools": pycocotools,
    "double_loop": double_loop,
    "hotcoco": hotcoco,
    "ap_pycocotools": ap_pycocotools,
    "ap_ultrafast": ap_ultrafast,
    "ap_vernier": ap_vernier,
    "ap_faster_coco_eval": ap_faster_coco_eval,
    "ap_hotcoco": ap_hotcoco,
    "ap_maskaudit": ap_maskaudit,
    "count_pairs": count_pairs,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Run one peer on one file.")
    parser.add_argument("peer", choices=sorted(PEERS))
    parser.add_argument("path", type=Path)
    options = parser.parse_args()
    print(json.dumps(PEERS[options.peer](options.path)))
