"""What all commands that scan have in common: their options, and the scan itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from audit.carriers import dataclass
from audit.cli.terminal import print_times, progress_bar

if TYPE_CHECKING:
    from audit.pipeline.config import Config
    from audit.pipeline.result import ScanResult

GroundTruth = Annotated[
    list[Path],
    typer.Argument(
        metavar="LABELS...",
        help="Label files or folders: COCO, LabelMe, CVAT, YOLO, label images and more.",
    ),
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
InputFormat = Annotated[
    str | None,
    typer.Option(
        "--input-format",
        metavar="NAME",
        help="Read LABELS as this format, whatever it looks like [default: its content].",
    ),
]
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
        typer.Option(min=1, help="Threads that measure [default: one a core]."),
    ] = None
    isolate: Annotated[
        bool,
        typer.Option("--isolate", help="Measure in processes; a mask that kills one is named and left out."),
    ] = False
    salvage: Annotated[bool, typer.Option("--salvage", help="Take what a damaged file still holds.")] = False
    input_format: InputFormat = None
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

        config_file = self.config or find_config(Path.cwd())
        return load_config(config_file) if config_file else Config()

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
            "isolate": self.isolate,
            "salvage": self.salvage,
            "input_format": self.input_format,
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
    max_pages: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Images that get a page, the worst [default: 200]."),
    ] = None
    max_crops: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", help="Findings that get a picture on the contact sheet [default: 20000]."
        ),
    ] = None
    title: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Title of the report [default: the files' names].")
    ] = None

    def override(self, config: Config) -> Config:
        """Put what was asked of the report on top of what is configured."""
        report = replace(
            config.report,
            html=config.report.html and not self.no_html,
            single_file=config.report.single_file or self.single_file,
            title=config.report.title if self.title is None else self.title,
            max_pages=config.report.max_pages if self.max_pages is None else self.max_pages,
            max_crops=config.report.max_crops if self.max_crops is None else self.max_crops,
            max_size_mb=config.report.max_size_mb if self.max_size is None else self.max_size,
        )
        return replace(config, report=report)


def split_names(option_values: list[str] | None) -> list[str] | None:
    """Split ``a,b`` and repeated options into names.

    Examples
    --------
    >>> split_names(["mask,overlap", "bbox"])
    ['mask', 'overlap', 'bbox']
    >>> split_names([]) is None
    True
    """
    if not option_values:
        return None
    return [
        single_name.strip()
        for listed_names in option_values
        for single_name in listed_names.split(",")
        if single_name.strip()
    ]


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
    ['name', 'no_html', 'single_file', 'max_size', 'max_pages', 'max_crops', 'title']
    >>> expanded(name="a", no_html=True)
    a True
    """
    type_hints = get_type_hints(command, include_extras=True)
    option_groups = {
        parameter_name: type_hint
        for parameter_name, type_hint in type_hints.items()
        if is_dataclass(type_hint) and isinstance(type_hint, type)
    }
    parameters = []
    for parameter in inspect.signature(command).parameters.values():
        if parameter.name in option_groups:
            parameters += _field_parameters(option_groups[parameter.name])
        else:
            parameters.append(
                parameter.replace(kind=parameter.KEYWORD_ONLY, annotation=type_hints[parameter.name])
            )

    def run(**option_values: Any) -> None:
        options = {
            parameter_name: option_group(
                **{
                    option_field.name: option_values.pop(option_field.name)
                    for option_field in fields(option_group)
                    if option_field.name in option_values
                }
            )
            for parameter_name, option_group in option_groups.items()
        }
        command(**option_values, **options)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _field_parameters(option_group: type) -> list[inspect.Parameter]:
    type_hints = get_type_hints(option_group, include_extras=True)
    return [
        inspect.Parameter(
            option_field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if option_field.default is MISSING else option_field.default,
            annotation=type_hints[option_field.name],
        )
        for option_field in fields(option_group)
    ]
