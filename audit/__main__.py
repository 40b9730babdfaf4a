"""``python -m audit``, which is the command ``maskaudit``."""

from __future__ import annotations

import sys


def run() -> None:
    """Run the command as a process; what goes wrong while it is imported, it says in one line, too."""
    try:
        from audit.cli.main import run as run_command
    except KeyboardInterrupt:
        sys.stderr.write("maskaudit: interrupted\n")
        sys.exit(130)
    except (ImportError, MemoryError, OSError) as error:  # 1, which Python would end with, is a gate's answer
        sys.stderr.write(f"maskaudit: cannot start: {type(error).__name__}: {error}\n")
        sys.exit(3)
    run_command()


if __name__ == "__main__":
    run()
