"""Where the report's templates and static files lie: packed beside this module, or in the checkout."""

from __future__ import annotations

from pathlib import Path


def find_assets() -> Path:
    """Return the folder that holds ``templates/`` and ``static/``.

    Raises
    ------
    FileNotFoundError
        If the installation is incomplete.

    Examples
    --------
    >>> (find_assets() / "templates").is_dir()
    True
    """
    this_file = Path(__file__).resolve()
    for candidate in (this_file.parent / "assets", this_file.parents[2] / "reports"):
        if (candidate / "templates").is_dir():
            return candidate
    raise FileNotFoundError("the report's templates are missing: install maskaudit again")
