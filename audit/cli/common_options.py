"""What all commands that scan have in common: their options, and the scan itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.terminal import progress_bar

if TYPE_CHECKING:
    from audit.pipeline.config import Config
    from audit.pipeline.result import ScanResult

GroundTruth = Annotated[
    list[Path], typer.Argument(metavar="GT...", help="COCO JSON files, or folders of label images.")
]
Images = Annotated[Path | None, typer.Option(exists=True, file_okay=False, help="Folder of the pictures.")]
Configuration = Annotated[
    Path | None,
    typer.Option(
        "--config", help="Configuration; default: the nearest maskaudit.toml or pyproject.toml above."
    ),
]
Select = Annotated[
    list[str] | None,
    typer.Option(metavar="RULES", help="Judge only these families or rules, separated by commas."),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(metavar="RULES", help="Leave these out; the longer prefix wins, then --ignore."),
]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Processes [default: 1; one a core from 100,000 annotations on].")
]
Decisions = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="What was decided about findings: decisions.json of a report."),
]
HideFine = Annotated[
    bool, typer.Option("--hide-fine", help="Leave out findings that were decided to be fine.")
]
NoHtml = Annotated[bool, typer.Option("--no-html", help="Write tables only, no pages.")]
SingleFile = Annotated[
    bool, typer.Option("--single-file", help="Write the whole report into index.html, to be sent.")
]
MaxSize = Annotated[
    float | None, typer.Option(min=0.5, metavar="MB", help="Size of the one file at most [default: 20].")
]
Salvage = Annotated[bool, typer.Option("--salvage", help="Take what a damaged file still holds.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no summary.")]


@dataclass(frozen=True, slots=True)
class Given:
    """The options of a scan, as the user gave them."""

    images: Path | None = None
    config: Path | None = None
    select: list[str] | None = None
    ignore: list[str] | None = None
    workers: int | None = None
    decisions: Path | None = None
    salvage: bool = False
    quiet: bool = False

    def settings(self) -> Config:
        """Read the configuration.

        Raises
        ------
        ConfigError
            If it has a mistake.
        """
        return settings_from(self.config)

    def scan(self, paths: Sequence[Path], settings: Config | None = None) -> ScanResult:
        """Scan some files.

        Parameters
        ----------
        paths : sequence of Path
        settings : Config, optional
            Where it was read already.
        """
        from audit.pipeline.run import scan

        with progress_bar(not self.quiet) as progress:
            return scan(
                list(paths),
                images=self.images,
                config=settings or self.settings(),
                select=names(self.select),
                ignore=names(self.ignore),
                workers=self.workers,
                decisions=self.decisions,
                salvage=self.salvage,
                progress=progress,
            )


def settings_from(file: Path | None) -> Config:
    """Read the configuration that was named, else the nearest one, else the defaults."""
    from audit.pipeline.config import Config, find_config, load_config

    found = file or find_config(Path.cwd())
    return load_config(found) if found else Config()


def names(given: list[str] | None) -> list[str] | None:
    """Split ``a,b`` and repeated options into names.

    Examples
    --------
    >>> names(["mask,overlap", "bbox"])
    ['mask', 'overlap', 'bbox']
    >>> names([]) is None
    True
    """
    if not given:
        return None
    return [name.strip() for text in given for name in text.split(",") if name.strip()]
