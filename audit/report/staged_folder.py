"""Files of a report appear all at once or not at all, and a new report takes the old one's place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audit.findings.atomic_write import hidden_folder, move_into_place
from audit.findings.inside_folder import remove_inside
from audit.findings.regular_file import read_regular_file

MANIFEST = "assets/report-files.json"
"""Names of the files that the report wrote, so that the next one removes those and nothing else."""
_OURS = re.compile(
    r"index\.html|(findings|comparison|comparison-details|pairs(-\d+)?|gate|group-\d+|trainer)\.html|images/\d{6,12}\.html|pictures/\d{6,12}(-small)?\.jpg|crops/\d{6,12}\.js|assets/report-[0-9a-f]{12}\.(css|js)"
)


class StagedReport:
    """A hidden folder in which a report is built.

    Parameters
    ----------
    root : Path
        The hidden folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.names: list[str] = []

    def path(self, name: str) -> Path:
        """Return where to write a file of the report, and remember it."""
        if not _OURS.fullmatch(name):
            raise ValueError(f"not a file of a report: {name}")
        self.names.append(name)
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        return path

    def write(self, name: str, data: bytes) -> None:
        """Write one file of the report.

        Parameters
        ----------
        name : str
            Relative to the report, as in `MANIFEST`.
        data : bytes
        """
        self.path(name).write_bytes(data)


@contextmanager
def staged_report(out: Path) -> Iterator[StagedReport]:
    """Build a report aside; move it into place when the block ends without an error.

    Parameters
    ----------
    out : Path
        Made if absent. Other files in it are left alone.

    Yields
    ------
    Staging
        To write into. ``index.html`` is moved last, then files of an earlier report that the new one
        does not have are removed.

    Raises
    ------
    OSError
        If a file cannot be written; an earlier report is then still whole.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with staged_report(Path(folder)) as stage:
    ...         stage.write("index.html", b"<!doctype html>")
    ...     sorted(p.name for p in Path(folder).iterdir())
    ['assets', 'index.html']
    """
    with hidden_folder(out) as root:
        stage = StagedReport(root)
        yield stage
        _publish_report(stage, out)


def remove_report(folder: Path) -> None:
    """Remove the pages of an earlier report, and nothing else; without one, do nothing.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with staged_report(Path(folder)) as stage:
    ...         stage.write("index.html", b"<!doctype html>")
    ...     remove_report(Path(folder))
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['assets']
    """
    if (folder / MANIFEST).exists():
        with staged_report(folder):
            pass


def _publish_report(stage: StagedReport, out: Path) -> None:
    earlier = _list_earlier_files(out)
    manifest = json.dumps({"files": sorted(stage.names)}, indent=1) + "\n"
    (stage.root / "assets").mkdir(exist_ok=True)
    (stage.root / MANIFEST).write_text(manifest, encoding="utf-8")
    names = sorted(set(stage.names) - {"index.html"})
    index = ["index.html"] if "index.html" in stage.names else []
    move_into_place(stage.root, out, [*names, MANIFEST, *index])
    for name in sorted(earlier - set(stage.names)):
        remove_inside(out, name)
    for folder in (out / "images", out / "pictures", out / "crops"):
        if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
            folder.rmdir()


def _list_earlier_files(out: Path) -> set[str]:
    """Return the files that an earlier report says it wrote; names that no report writes are not believed."""
    try:
        names = json.loads(read_regular_file(out / MANIFEST))["files"]
        return {name for name in names if isinstance(name, str) and _OURS.fullmatch(name)}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
