"""Input formats that plugins add."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from audit.loaders.loaded import LoadedDataset, UnreadableError
from audit.plugins import LOADERS, describe_error, load_plugins

_logger = logging.getLogger("maskaudit.loaders")


class Loader(Protocol):
    """What an entry point of the group ``maskaudit.loaders`` names: a module or an object with these two."""

    def recognizes(self, path: Path) -> bool:
        """Tell by its content whether a file or folder has this format.

        It is asked about every path that a user names, before maskaudit's own formats: look at a few
        bytes, and answer False for whatever is not clearly yours.
        """

    def load(self, path: Path, *, salvage: bool, pictures: Path | None) -> LoadedDataset:
        """Read a file or folder that was recognised.

        Most loaders make a COCO document and hand it to `audit.loaders.coco.convert_document`, which
        checks every record as it does for COCO files. What is wrong with a record is a finding; raise
        `UnreadableError` only where there is nothing to audit.

        Parameters
        ----------
        path : Path
        salvage : bool
            Read what a damaged file still holds.
        pictures : Path or None
            The folder of the pictures, where the user named one.
        """


def load_by_plugin(
    path: Path, *, salvage: bool, pictures: Path | None, plugin_name: str | None = None
) -> LoadedDataset | None:
    """Read a path by the plugin that recognises it.

    Parameters
    ----------
    path : Path
    salvage : bool
    pictures : Path or None
    plugin_name : str, optional
        The plugin that reads it, whatever it recognises.

    Returns
    -------
    LoadedDataset or None
        None where no plugin knows the format.

    Raises
    ------
    UnreadableError
        If the plugin says so, or fails.

    Examples
    --------
    >>> load_by_plugin(Path("no such file"), salvage=False, pictures=None) is None
    True
    """
    if not path.exists():
        return None
    named = {name: loader for name, loader in load_plugins(LOADERS).items() if name == plugin_name}
    for name, loader in named.items() if plugin_name is not None else _recognizing(path):
        _logger.info("%s is read by the plugin %s", path, name)
        try:
            loaded = loader.load(path, salvage=salvage, pictures=pictures)
        except UnreadableError:
            raise
        except Exception as error:  # whatever somebody else's code does
            _logger.debug("the plugin's error", exc_info=True)
            raise _plugin_error(path, name, describe_error(error)) from error
        if not isinstance(loaded, LoadedDataset):
            raise _plugin_error(path, name, f"it returned {type(loaded).__name__}, not LoadedDataset")
        return loaded
    return None


def plugin_names() -> list[str]:
    """List the formats that installed packages add."""
    return list(load_plugins(LOADERS))


def _recognizing(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the plugins that take a path for theirs."""
    for name, loader in load_plugins(LOADERS).items():
        try:
            recognized = bool(loader.recognizes(path))
        except Exception as error:  # a plugin that fails must not keep others from reading the file
            _logger.warning("loader %s failed at %s: %s", name, path, describe_error(error))
            _logger.debug("the plugin's error", exc_info=True)
        else:
            if recognized:
                yield name, loader


def _plugin_error(path: Path, name: str, problem: str) -> UnreadableError:
    what = f"the loader {name} failed: {problem}"
    return UnreadableError("input.format", str(path), "", what, "update or remove its package")
