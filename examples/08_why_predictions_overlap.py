"""Why do the predictions of a model overlap? Labels, proposals, training or NMS, pair by pair."""

from pathlib import Path

import audit
from audit.loaders.read import read_dataset
from audit.synthetic.make import make_demo
from audit.synthetic.predictions import simulate_predictions, write_simulated


def main() -> None:
    # Labels and predictions to try it with; yours are a COCO file and a results file.
    folder = Path("maskaudit-example")
    demo = make_demo(folder, images=6, planted=False)
    labels, results = write_simulated(simulate_predictions(read_dataset([demo.instances]).dataset), folder)

    found = audit.compare(labels, results)
    print(found)
    print(found.overlaps.groupby(["group", "cause"]).size().to_string())

    surest = found.overlaps.sort_values("confidence", ascending=False, kind="stable").head(3)
    print(
        surest[["image_id", "prediction_a", "prediction_b", "iou", "cause", "confidence"]].to_string(
            index=False
        )
    )

    nms = found.what_ifs.query("family == 'nms' and method == 'mask' and per_class")
    print(nms[["parameter", "overlapping_pairs", "objects_lost", "ap"]].round(3).to_string(index=False))


if __name__ == "__main__":
    main()
