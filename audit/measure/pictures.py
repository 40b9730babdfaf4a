"""Look at every picture file of a dataset and note what was seen in the images table."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pandas as pd

from audit.dataset.pixels import PictureInfo, inspect_picture
from audit.measure.schema import IMAGES, table


def check_pictures(images: pd.DataFrame, root: Path, *, read_hash: bool = True) -> pd.DataFrame:
    """Fill the picture columns of an images table.

    Every file is looked at once, however many records name it; threads wait for the disk, and the
    answer does not depend on their order.

    Parameters
    ----------
    images : DataFrame
        With the columns `IMAGES`; not changed.
    root : Path
        The picture folder. File names are joined to it as they are.
    read_hash : bool
        Whether to read each file to its end for its SHA-256.

    Returns
    -------
    DataFrame
        A new table, the same rows in the same order.

    Raises
    ------
    NotADirectoryError
        If ``root`` is no folder: else a misspelt folder would be as many missing pictures.

    Examples
    --------
    >>> none = table(IMAGES, {name: [] for name in IMAGES})
    >>> len(check_pictures(none, Path(".")))
    0
    """
    if not root.is_dir():
        raise NotADirectoryError(f"{root} is not a folder")
    names: list[str] = images["file_name"].tolist()
    seen = _inspect_all(root, list(dict.fromkeys(names)), read_hash)
    pictures = [seen[name] for name in names]
    filled = {
        "picture": [p.state for p in pictures],
        "picture_detail": [p.detail for p in pictures],
        "picture_height": [p.height for p in pictures],
        "picture_width": [p.width for p in pictures],
        "exif_orientation": [p.exif_orientation for p in pictures],
        "picture_hash": [p.sha256 for p in pictures],
    }
    return table(IMAGES, {name: filled.get(name, images[name]) for name in IMAGES})


def _inspect_all(root: Path, names: Sequence[str], read_hash: bool) -> dict[str, PictureInfo]:
    look = partial(inspect_picture, root, read_hash=read_hash)
    with ThreadPoolExecutor(thread_name_prefix="pictures") as pool:
        return dict(zip(names, pool.map(look, names), strict=True))
