"""``python -m audit``, which is the command ``maskaudit``."""

from __future__ import annotations

import gc
import sys

_COLLECT_AFTER = 150_000
"""New objects after which cycles are looked for; Python's own number is 700."""


def run() -> None:
    """Run the command as a process; what goes wrong while it is imported, it says in one line, too."""
    # Imports make many objects that stay: to look for cycles among them takes a tenth of a small scan.
    gc.set_threshold(_COLLECT_AFTER)
    try:
        from audit.cli.main import run as run_command
    except KeyboardInterrupt:
        sys.stderr.write("maskaudit: interrupted\n")
        sys.exit(130)
    except (ImportError, MemoryError, OSError) as error:  # 1, which Python would end with, is a gate's answer
        sys.stderr.write(f"maskaudit: cannot start: {type(error).__name__}: {error}\n")
        sys.exit(3)
    try:
        run_command()
    finally:
        # Python's last act is to look for cycles in all that was ever imported and to free it piece by piece,
        # a fifth of a small scan, just before the system frees everything at once: it is told not to look.
        gc.freeze()


if __name__ == "__main__":
    run()
