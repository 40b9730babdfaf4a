"""What a scan measures in the pictures, each of which is opened once for all rules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from audit.dataset.model import Dataset
from audit.measure.schema import Measurements
from audit.pipeline.config import Config
from audit.pipeline.measuring import ExecutionOptions
from audit.pipeline.stored import StoredMeasurements
from audit.touching.learn import learnable_categories, score_touching

EDGE_RULES = ("mask.off_edge", "mask.no_contrast", "mask.edge_beside", "mask.coarse_polygon")
UNLABELLED_RULE = "image.unlabelled_object"
SPLIT_RULE = "touching.split"
"""The rules that look at the pictures' pixels, which are not read without them."""


def add_pictures(
    stored: StoredMeasurements,
    dataset: Dataset | None,
    picture_folder: Path,
    config: Config,
    execution: ExecutionOptions,
) -> StoredMeasurements:
    """Add what the pictures show: whether they are there, and what their pixels say of the labels.

    Parameters
    ----------
    stored : StoredMeasurements
        What was measured of the labels alone.
    dataset : Dataset or None
        The masks; None where only tables were kept, and no pixel can be looked at.
    picture_folder : Path
    config : Config
        Says which rules are on: pixels that no rule asks for are not read.
    execution : ExecutionOptions

    Returns
    -------
    StoredMeasurements
    """
    # Late: Pillow and scipy take longer to import than a small dataset takes to audit.
    from audit.measure.pictures import check_pictures

    execution.progress("pictures", 0, 0)
    measurements = stored.measurements
    with execution.timer.step("pictures"):
        measurements = replace(measurements, images=check_pictures(measurements.images, picture_folder))
    if dataset is not None:
        measurements = _measure_pixels(measurements, dataset, picture_folder, config, execution)
    return replace(stored, measurements=measurements)


def _measure_pixels(
    measurements: Measurements,
    dataset: Dataset,
    picture_folder: Path,
    config: Config,
    execution: ExecutionOptions,
) -> Measurements:
    """Open every picture once for all rules that look at pixels, and learn with what was seen."""
    from audit.measure.edge_contrast import EdgeContrast
    from audit.measure.opened_pictures import PictureMeasurer, measure_pictures
    from audit.measure.unlabelled_objects import UnlabelledCandidates
    from audit.touching.brightness import BrightnessSums, weigh_brightness
    from audit.touching.pixel_evidence import PixelEvidence

    learnable = learnable_categories(measurements) if config.judges_touching else []
    edges = EdgeContrast(measurements) if any(map(config.is_on, EDGE_RULES)) else None
    unlabelled = UnlabelledCandidates(measurements, dataset) if config.is_on(UNLABELLED_RULE) else None
    lines = PixelEvidence(measurements, learnable) if learnable else None
    brightness = BrightnessSums(measurements, learnable) if learnable and config.is_on(SPLIT_RULE) else None
    all_measurers: tuple[PictureMeasurer | None, ...] = (edges, unlabelled, lines, brightness)
    with execution.timer.step("pixels"):
        measurers = [measurer for measurer in all_measurers if measurer is not None]
        measure_pictures(measurements, dataset, picture_folder, measurers, execution.count_workers())
        if edges is not None:
            measurements = replace(measurements, instances=edges.fill_table())
        if unlabelled is not None:
            measurements = replace(measurements, unlabelled=unlabelled.fill_table())
    if config.judges_touching:
        execution.progress("learn", 0, 0)
        with execution.timer.step("learn"):
            measurements = score_touching(measurements, lines.known_lines() if lines is not None else None)
    if brightness is not None:
        with execution.timer.step("brightness"):
            measurements = weigh_brightness(measurements, brightness)
    return measurements
