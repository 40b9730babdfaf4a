"""Corrected copies of label files, for Python programs and notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from audit.fixes.folder_text import write_corrected
from audit.fixes.mend import mend, refuse_same_file
from audit.fixes.plan import Selection
from audit.fixes.result import FixResult
from audit.pipeline.config import Config


def fix(
    ground_truth: str | Path,
    out: str | Path | None = None,
    *,
    images: str | Path | None = None,
    config: Config | str | Path | Mapping[str, Any] | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    unsafe: bool = False,
    decisions: str | Path | None = None,
    workers: int | None = None,
    input_format: str | None = None,
) -> FixResult:
    """Mend labels into a copy, and prove that nothing but the mended differs.

    Parameters
    ----------
    ground_truth : path
        A COCO file, or labels of a tool (docs: Mend what is found); it is never written.
    out : path, optional
        Where the corrected file or folder goes; left out, nothing is written.
    images : path, optional
        The folder of the pictures, for what only they tell.
    config : Config, path or mapping, optional
        Which rules judge, and by which thresholds.
    select, ignore : sequence of str
        Families or rules that are mended, and that are left alone.
    unsafe : bool
        Whether masks are changed where nobody has decided about the finding.
    decisions : path, optional
        What people decided: ``fine`` is left alone; ``real`` and ``fix`` are mended even where the fix is not
        safe.
    workers : int or None
        Threads that measure.
    input_format : str, optional
        Name of the format, where the content misleads; left out, the content tells.

    Returns
    -------
    FixResult
        The corrected text, every change, and the scans before and after.

    Raises
    ------
    UnreadableError
        If there are no labels to mend.
    FixRefusedError
        If ``out`` is the file itself, or if the proof fails.

    Examples
    --------
    >>> import json, tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.json"
    >>> square = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "bbox": [0, 0, 2, 2], "area": 40}
    >>> square["segmentation"] = [[0, 0, 2, 0, 2, 2, 0, 2]]
    >>> labels = {"images": [{"id": 1, "file_name": "a.png", "height": 8, "width": 8}]}
    >>> labels |= {"annotations": [square], "categories": [{"id": 1, "name": "cell"}]}
    >>> _ = file.write_text(json.dumps(labels))
    >>> mended = fix(file)
    >>> [done.repair.action for done in mended.done]
    ['The area was set to the 4 px of the mask.']
    >>> json.loads(mended.corrected)["annotations"][0]["area"]
    4
    >>> _ = file.write_text(json.dumps({"images": [], "annotations": [], "categories": []}))
    >>> fix(file).is_changed
    False
    """
    source, target = Path(ground_truth), None if out is None else Path(out)
    if target is not None:
        refuse_same_file(source, target)
    result = mend(
        source,
        images=None if images is None else Path(images),
        config=config,
        selection=Selection(tuple(select), tuple(ignore), unsafe),
        decisions=None if decisions is None else Path(decisions),
        workers=workers,
        input_format=input_format,
    )
    if target is not None:
        write_corrected(source, result.corrected, target)
    return result
