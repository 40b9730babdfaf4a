"""``maskaudit trainer-view``: what trainers make of the labels before their loss sees them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audit.cli.common_options import Debug, GroundTruth, InputFormat
from audit.cli.scan import Format, TrainerName
from audit.cli.terminal import emit, emit_json, show
from audit.findings.atomic_write import write_atomically
from audit.findings.sanitize import printable


def trainer_view(
    ground_truth: GroundTruth,
    trainer: Annotated[
        TrainerName | None, typer.Option(help="Which trainer; left out, all are compared.")
    ] = None,
    image_size: Annotated[
        int | None,
        typer.Option(metavar="PX", help="Other than the trainer's own: imgsz, or the short side."),
    ] = None,
    mask_stride: Annotated[
        int | None, typer.Option(metavar="N", help="YOLO's mask_ratio, other than 4.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write trainer.json, and every label as trainer_labels.parquet."),
    ] = None,
    format: Annotated[Format, typer.Option(help="How it is printed.")] = Format.text,
    salvage: Annotated[bool, typer.Option("--salvage", help="Take what a damaged file still holds.")] = False,
    input_format: InputFormat = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No summary.")] = False,
    debug: Debug = False,
) -> None:
    """Say which labels vanish or change on the way to a trainer's loss, and the best AP that this leaves.

    The published preprocessing of common trainers is put on the labels; nothing is trained.
    """
    from audit.export.trainer_files import export_trainer_json, export_trainer_labels
    from audit.geometry.native_runs import thread_count
    from audit.loaders.read import read_dataset
    from audit.report.trainer_text import render_trainer_view, render_trainer_views
    from audit.trainers.presets import choose_trainer
    from audit.trainers.trainer_view import view_as_trainer

    names = [trainer] if trainer else [name for name in TrainerName if not mask_stride or name == "yolo-seg"]
    try:
        chosen = [
            choose_trainer(name.value, image_size=image_size, mask_stride=mask_stride) for name in names
        ]
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    dataset = read_dataset(ground_truth, salvage=salvage, input_format=input_format).dataset
    views = [view_as_trainer(dataset, one_trainer, threads=thread_count()) for one_trainer in chosen]
    document = export_trainer_json(dataset, views)
    if out is not None:
        write_atomically(out / "trainer.json", document)
        if len(views) == 1:
            write_atomically(out / "trainer_labels.parquet", export_trainer_labels(views[0]))
    if format is Format.json:
        emit_json(document.decode())
    elif not quiet:
        show(render_trainer_view(views[0]) if len(views) == 1 else render_trainer_views(views))
        if out is not None:
            emit(f"Written: {printable(str(out / 'trainer.json'))}\n")
