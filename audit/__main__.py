"""``python -m audit``, which is the command ``maskaudit``."""

from __future__ import annotations

import sys


def run() -> None:
    """Run the command as a process; interrupted while it is imported, it says no more than later."""
    try:
        from audit.cli.main import run as run_command
    except KeyboardInterrupt:
        sys.stderr.write("maskaudit: interrupted\n")
        sys.exit(130)
    run_command()


if __name__ == "__main__":
    run()
