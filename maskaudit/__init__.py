"""The package `audit` by the name that it is installed by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import audit
from audit import __all__ as __all__
from audit import __version__ as __version__

if TYPE_CHECKING:
    from audit import *  # noqa: F403


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `python -m maskaudit` must start quickly."""
    return getattr(audit, name)


def __dir__() -> list[str]:
    return dir(audit)
