"""Which labels vanish on the way to a trainer's loss, and what larger pictures would give back.

The dataset is the demo's: pictures of cells. For your own, put the path of your COCO file in.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import audit
from audit.synthetic.make import make_demo


def main() -> None:
    with TemporaryDirectory() as folder:
        demo = make_demo(Path(folder), images=20)
        for image_size in (160, 320, 640):
            view = audit.trainer_view(demo.instances, "yolo-seg", image_size=image_size)
            print(f"yolo-seg at {image_size} px: {view.counts()}, AP at most {view.ap_ceiling:.3f}")

        view = audit.trainer_view(demo.instances, "yolo-seg", image_size=160)
        print(f"\nleft out: {view.reasons()}")
        unseen = view.labels[view.labels["outcome"].isin(["lost", "hidden", "changed"])]
        print(unseen[["file_name", "annotation_id", "outcome", "iou"]].head().to_string(index=False))


if __name__ == "__main__":
    main()
