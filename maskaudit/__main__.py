"""``python -m maskaudit``."""

from audit.__main__ import run

if __name__ == "__main__":
    run()
