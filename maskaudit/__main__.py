"""``python -m maskaudit``."""

from audit.cli.main import run

if __name__ == "__main__":
    run()
