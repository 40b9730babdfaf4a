"""Stop a labelling batch in CI: the exit code says whether it may pass.

0: nothing at or above --fail-on. 1: something. 2: the file is no dataset. 3: something else failed.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from audit.synthetic.make import make_demo


def check(labels: Path, out: Path) -> int:
    # In a shell: maskaudit scan LABELS --out OUT --no-html --quiet --fail-on error
    maskaudit = [sys.executable, "-m", "audit"]
    command = [*maskaudit, "scan", labels, "--out", out, "--no-html", "--quiet", "--fail-on", "error"]
    return subprocess.run(command, check=False).returncode


def main() -> None:
    with TemporaryDirectory() as folder:
        good = make_demo(Path(folder) / "good", images=5, planted=False)
        bad = make_demo(Path(folder) / "bad", images=20)
        (Path(folder) / "broken.json").write_text("{", encoding="utf-8")
        for name, labels in (
            ("clean batch", good.instances),
            ("batch with errors", bad.instances),
            ("broken file", Path(folder) / "broken.json"),
        ):
            print(f"{name}: exit code {check(labels, Path(folder) / 'report')}")


if __name__ == "__main__":
    main()
