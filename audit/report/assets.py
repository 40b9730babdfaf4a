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
    here = Path(__file__).resolve()
    for place in (here.parent / "assets", here.parents[2] / "reports"):
        if (place / "templates").is_dir():
            return place
    raise FileNotFoundError("the report's templates are missing: install maskaudit again")
