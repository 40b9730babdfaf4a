"""Which picture a label image belongs to, by their names."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")
_MASK_WORD = re.compile(
    r"(?<![a-z])(cp_masks?|masks?|labels?|labelled|segmentations?|seg|instances?)(?![a-z])", re.IGNORECASE
)
_PICTURE_WORDS = ("", "img", "image", "images", "raw")
"""What a picture is called where its label image is called a mask."""


def is_named_as_mask(path: Path) -> bool:
    """Tell whether a file or a folder above it is called a mask or a label.

    Parameters
    ----------
    path : Path
        Relative to the folder that is searched.

    Examples
    --------
    >>> is_named_as_mask(Path("labels/7.png")), is_named_as_mask(Path("7.png"))
    (True, False)
    """
    return any(_MASK_WORD.search(part) for part in (*path.parts[:-1], path.stem))


class PictureFinder:
    """Finds the picture that belongs to a label image: by its path, else by its name where that is unique.

    Parameters
    ----------
    folder : Path
        Of the label images.
    pictures : Path, optional
        Where the pictures are; default: in the folder.
    """

    def __init__(self, folder: Path, pictures: Path | None) -> None:
        picture_folder = pictures or folder
        paths = sorted(
            (
                path.relative_to(picture_folder)
                for path in picture_folder.rglob("*")
                if path.suffix.lower() in PICTURE_SUFFIXES
            ),
            reverse=True,
        )
        self.by_path = {path.with_suffix("").as_posix(): path.as_posix() for path in paths}
        n_with_name = Counter(path.stem for path in paths)
        self.by_name = {path.stem: path.as_posix() for path in paths if n_with_name[path.stem] == 1}
        self.same_folder = picture_folder == folder

    def __call__(self, label: Path) -> str:
        """Return the path of the picture of a label image, or of the label image where there is none."""
        path = label.with_suffix("").as_posix()
        # Beside its picture a label image has another name; in a folder of its own it may have the same.
        same_name = [] if self.same_folder else [path]
        renamed = [_replace_mask_word(path, picture_word) for picture_word in _PICTURE_WORDS]
        candidates = [*(candidate for candidate in renamed if candidate != path), *same_name]
        for candidate in candidates:
            if candidate in self.by_path:
                return self.by_path[candidate]
        for candidate in candidates:
            picture = self.by_name.get(Path(candidate).name)
            if picture is not None and not (self.same_folder and picture == label.as_posix()):
                return picture
        return label.as_posix()


def _replace_mask_word(path: str, replacement: str) -> str:
    """Replace what says "mask" in every part of a path by another word, or by nothing."""
    parts = (_MASK_WORD.sub(replacement, part).strip("_-. ") for part in path.split("/"))
    return "/".join(part for part in parts if part)
