"""What all commands that scan have in common: their options, and the scan itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from audit.cli.terminal import print_times, progress_bar

if TYPE_CHECKING:
    from audit.pipeline.config import Config
    from audit.pipeline.result import ScanResult

GroundTruth = Annotated[
    list[Path], typer.Argument(metavar="GT...", help="COCO JSON files, or folders of label images.")
]
Images = Annotated[Path | None, typer.Option(exists=True, file_okay=False, help="Folder of the pictures.")]
Decisions = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="What was decided about findings: decisions.json of a report."),
]
HideFine = Annotated[
    bool, typer.Option("--hide-fine", help="Leave out findings that were decided to be fine.")
]
NoHtml = Annotated[bool, typer.Option("--no-html", help="Write tables only, no pages.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]


@dataclass(frozen=True, slots=True)
class CommonOptions:
    """The options that every scan has."""

    images: Images = None
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", help="Configuration; default: the nearest maskaudit.toml or pyproject.toml above."
        ),
    ] = None
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="RULES", help="Judge only these families or rules, separated by commas."),
    ] = None
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="RULES", help="Leave these out; the longer prefix wins, then --ignore."),
    ] = None
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes [default: 1; one a core from 100,000 annotations on]."),
    ] = None
    salvage: Annotated[bool, typer.Option("--salvage", help="Take what a damaged file still holds.")] = False
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and times.")] = False
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress and no summary.")] = False

    def load_config(self) -> Config:
        """Read the configuration that was named, else the nearest one, else the defaults.

        Raises
        ------
        ConfigError
            If it has a mistake.
        """
        from audit.pipeline.config import Config, find_config, load_config

        file = self.config or find_config(Path.cwd())
        return load_config(file) if file else Config()

    def as_keywords(self, config: Config) -> dict[str, Any]:
        """Return what a scan and a comparison take alike, as keyword arguments.

        Parameters
        ----------
        config : Config
            The configuration in force.
        """
        return {
            "images": self.images,
            "config": config,
            "select": split_names(self.select),
            "ignore": split_names(self.ignore),
            "workers": self.workers,
            "salvage": self.salvage,
        }

    def scan(
        self, paths: Sequence[Path], config: Config | None = None, decisions: Path | None = None
    ) -> ScanResult:
        """Scan some files.

        Parameters
        ----------
        paths : sequence of Path
        config : Config, optional
            Where it was read already.
        decisions : Path, optional
            What people decided about findings.
        """
        from audit.pipeline.run import scan

        keywords = self.as_keywords(config or self.load_config())
        with progress_bar(not self.quiet) as progress:
            result = scan(list(paths), **keywords, decisions=decisions, progress=progress)
        if self.debug:
            print_times(result.seconds)
        return result


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """How the report is written."""

    no_html: NoHtml = False
    single_file: Annotated[
        bool, typer.Option("--single-file", help="Write the whole report into index.html, to be sent.")
    ] = False
    max_size: Annotated[
        float | None, typer.Option(min=0.5, metavar="MB", help="Size of the one file at most [default: 20].")
    ] = None

    def override(self, config: Config) -> Config:
        """Put what was asked of the report on top of what is configured."""
        report = replace(
            config.report,
            html=config.report.html and not self.no_html,
            single_file=config.report.single_file or self.single_file,
            max_size_mb=config.report.max_size_mb if self.max_size is None else self.max_size,
        )
        return replace(config, report=report)


def split_names(values: list[str] | None) -> list[str] | None:
    """Split ``a,b`` and repeated options into names.

    Examples
    --------
    >>> split_names(["mask,overlap", "bbox"])
    ['mask', 'overlap', 'bbox']
    >>> split_names([]) is None
    True
    """
    if not values:
        return None
    return [name.strip() for text in values for name in text.split(",") if name.strip()]


def with_option_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take groups of options, each a dataclass whose fields are options.

    Typer makes an option of every parameter. So that commands with the same options need not list them,
    a parameter that is annotated with a dataclass stands here for all fields of it.

    Parameters
    ----------
    command : callable
        A command; its options are annotated as Typer wants them.

    Returns
    -------
    callable
        What Typer registers: it takes every option, and hands each group to the command as one object.

    Examples
    --------
    >>> def command(name: str, report: ReportOptions = ReportOptions()) -> None:
    ...     print(name, report.no_html)
    >>> expanded = with_option_groups(command)
    >>> list(inspect.signature(expanded).parameters)
    ['name', 'no_html', 'single_file', 'max_size']
    >>> expanded(name="a", no_html=True)
    a True
    """
    hints = get_type_hints(command, include_extras=True)
    groups = {name: hint for name, hint in hints.items() if is_dataclass(hint) and isinstance(hint, type)}
    parameters = []
    for parameter in inspect.signature(command).parameters.values():
        if parameter.name in groups:
            parameters += _field_parameters(groups[parameter.name])
        else:
            parameters.append(
                parameter.replace(kind=parameter.KEYWORD_ONLY, annotation=hints[parameter.name])
            )

    def run(**values: Any) -> None:
        options = {
            name: group(
                **{field.name: values.pop(field.name) for field in fields(group) if field.name in values}
            )
            for name, group in groups.items()
        }
        command(**values, **options)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _field_parameters(group: type) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(group)
    ]
