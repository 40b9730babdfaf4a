"""What other packages add: objects that they name in a group of entry points.

A package that is installed beside maskaudit says in its ``pyproject.toml`` what it adds::

    [project.entry-points."maskaudit.exporters"]
    checklist = "acme_labels.checklist:write_checklist"

Nothing is imported before somebody asks for a group. What cannot be loaded is named in one line of the
log (the command prints it on stderr) and left out; it never stops anything else.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any

LOADERS = "maskaudit.loaders"
"""Input formats: see `audit.loaders.loader.Loader`."""
EXPORTERS = "maskaudit.exporters"
"""Export formats: see `audit.export.exporters.Exporter`."""

_logger = logging.getLogger("maskaudit.plugins")


@cache
def load_plugins(group: str) -> Mapping[str, Any]:
    """Load what installed packages add under a group of entry points.

    Parameters
    ----------
    group : str
        `LOADERS` or `EXPORTERS`.

    Returns
    -------
    mapping
        Name of the entry point to the object that it names, sorted by name; of two with one name, the
        first package's counts.

    Examples
    --------
    >>> dict(load_plugins("maskaudit.no_such_group"))
    {}
    """
    plugins: dict[str, Any] = {}
    for entry_point in sorted(entry_points(group=group), key=lambda entry: (entry.name, entry.value)):
        package = entry_point.dist.name if entry_point.dist is not None else entry_point.module
        if entry_point.name in plugins:
            _logger.warning("plugin %s of %s is left out: its name is taken", entry_point.name, package)
            continue
        try:
            plugins[entry_point.name] = entry_point.load()
        except Exception as error:  # whatever a module does when it is imported
            problem = describe_error(error)
            _logger.warning("plugin %s of %s cannot be loaded: %s", entry_point.name, package, problem)
            _logger.debug("the plugin's error", exc_info=True)
        else:
            _logger.debug("plugin %s of %s is loaded", entry_point.name, package)
    return plugins


def describe_error(error: BaseException) -> str:
    r"""Write an error as one line.

    Examples
    --------
    >>> describe_error(ValueError("two\nlines")), describe_error(KeyError())
    ('ValueError: two lines', 'KeyError')
    """
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
