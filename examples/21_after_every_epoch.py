"""Why predictions overlap, as curves over the epochs: TensorBoard, Weights & Biases, MLflow."""

import json
from pathlib import Path

import audit
from audit.synthetic.make import make_demo


class OverlapCurves:
    """Call it after every validation epoch with what the model returned.

    Parameters
    ----------
    labels : path or COCO dictionary
        Of the validation images.
    writer : torch.utils.tensorboard.SummaryWriter, optional
    run : wandb.Run, optional
        What ``wandb.init`` returns.
    mlflow : module, optional
        ``mlflow`` itself, or an object with its ``log_metrics``.
    """

    def __init__(self, labels, *, writer=None, run=None, mlflow=None):
        self.labels, self.writer, self.run, self.mlflow = labels, writer, run, mlflow

    def __call__(self, epoch, outputs):
        # The what-ifs, which need most of the time, are for the end of a training.
        comparison = audit.compare(self.labels, outputs, what_ifs=False)
        scalars = comparison.scalars("val/")
        if self.writer is not None:
            for name, value in scalars.items():
                self.writer.add_scalar(name, value, epoch)
        if self.run is not None:
            self.run.log(scalars, step=epoch)
        if self.mlflow is not None:
            self.mlflow.log_metrics(scalars, step=epoch)
        return comparison


class PrintedCurves:
    """Stands for a logger where none is installed."""

    def log_metrics(self, metrics, step):
        shown = ("val/segm/AP", "val/predictions", "val/overlapping_pairs", "val/blame/nms")
        print(f"epoch {step}:", ", ".join(f"{name} {metrics.get(name, 0):.3g}" for name in shown))


def simulate_epochs(labels):
    """Yield what a model may return after three epochs: fewer and fewer objects are found twice."""
    for doubled_every in (2, 5, 50):
        results = [
            {key: record[key] for key in ("image_id", "category_id", "bbox", "segmentation")}
            | {"score": score}
            for number, record in enumerate(labels["annotations"])
            for score in ([0.9, 0.8] if number % doubled_every == 0 else [0.9])
        ]
        yield results  # or {image_id: {"boxes", "labels", "scores", "masks"}}, as torchvision returns them


def main() -> None:
    demo = make_demo(Path("maskaudit-example"), images=4, planted=False)
    labels = json.loads(demo.instances.read_text(encoding="utf-8"))
    curves = OverlapCurves(labels, mlflow=PrintedCurves())
    for epoch, outputs in enumerate(simulate_epochs(labels)):
        print(curves(epoch, outputs))


if __name__ == "__main__":
    main()
