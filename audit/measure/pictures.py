"""Look at every picture file of a dataset and note what was seen in the images table."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audit.dataset.misplaced_pictures import LIES, describe_places
from audit.dataset.paths import NO_SUCH_FILE
from audit.dataset.pixels import PictureInfo, inspect_picture
from audit.measure.column_table import ColumnTable
from audit.measure.schema import IMAGES, Measurements, table


def check_pictures(image_table: ColumnTable, picture_folder: Path, *, read_hash: bool = True) -> ColumnTable:
    """Fill the picture columns of an images table.

    Every file is looked at once, however many records name it; threads wait for the disk, and the
    answer does not depend on their order. Of a file that is missing it is said where it lies, if it can
    be found.

    Parameters
    ----------
    image_table : ColumnTable
        With the columns `IMAGES`; not changed.
    picture_folder : Path
        The picture folder. File names are joined to it as they are.
    read_hash : bool
        Whether to read each file to its end for its SHA-256.

    Returns
    -------
    ColumnTable
        A new table, the same rows in the same order.

    Raises
    ------
    NotADirectoryError
        If ``picture_folder`` is no folder: else a misspelt folder would be as many missing pictures.

    Examples
    --------
    >>> none = table(IMAGES, {name: [] for name in IMAGES})
    >>> len(check_pictures(none, Path(".")))
    0
    """
    if not picture_folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "is not a folder", str(picture_folder))
    file_names: list[str] = image_table["file_name"].tolist()
    inspected = _inspect_all(picture_folder, list(dict.fromkeys(file_names)), read_hash)
    pictures = [inspected[column_name] for column_name in file_names]
    picture_columns = {
        "picture": [picture.state for picture in pictures],
        "picture_detail": [picture.detail for picture in pictures],
        "picture_height": [picture.height for picture in pictures],
        "picture_width": [picture.width for picture in pictures],
        "exif_orientation": [picture.exif_orientation for picture in pictures],
        "picture_hash": [picture.sha256 for picture in pictures],
    }
    return table(
        IMAGES,
        {column_name: picture_columns.get(column_name, image_table[column_name]) for column_name in IMAGES},
    )


def flag_readable(measurements: Measurements) -> NDArray[np.bool_]:
    """Say for each image whether its picture can be read and has the declared size.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> flag_readable(empty_measurements()).tolist()
    []
    """
    images = measurements.images
    is_readable: NDArray[np.bool_] = (images["picture"] == "ok").to_numpy()
    for dimension in ("height", "width"):
        is_readable = is_readable & (images[dimension] == images[f"picture_{dimension}"]).to_numpy()
    return is_readable


def _inspect_all(picture_folder: Path, file_names: Sequence[str], read_hash: bool) -> dict[str, PictureInfo]:
    inspect_file = partial(inspect_picture, picture_folder, read_hash=read_hash)
    with ThreadPoolExecutor(thread_name_prefix="pictures") as pool:
        inspected = dict(zip(file_names, pool.map(inspect_file, file_names), strict=True))
    missing = [name for name in file_names if inspected[name].detail.startswith(NO_SUCH_FILE)]
    for file_name, place in describe_places(picture_folder, missing).items():
        seen = inspected[file_name]
        inspected[file_name] = replace(seen, detail=f"{seen.detail}{LIES}{place}")
    return inspected
