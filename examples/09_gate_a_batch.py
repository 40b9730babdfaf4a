"""Pass or fail a batch by a policy, while known findings do not block it.

A baseline is written from the labels of today; a batch then fails only for what is new. The policy is a
small TOML file that annotators and engineers can argue about.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from audit.synthetic.make import make_demo

MASKAUDIT = [sys.executable, "-m", "audit"]
"""The command `maskaudit` of this Python, whether its environment is activated or not."""

POLICY = """
[[gate.limits]]
severity = "error"
max_count = 0

[[gate.limits]]
rule = "overlap.*"
max_rate = 0.05
per = "annotation"

[[gate.waivers]]
rule = "mask.tiny"
file = "old_camera_*"
reason = "the old camera sees no more than a few pixels of each object"
until = 2099-12-31
"""


def gate(*arguments: object) -> int:
    command = [*MASKAUDIT, "gate", *map(str, arguments), "--quiet"]
    return subprocess.run(command, check=False, capture_output=True).returncode


def main() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "policy.toml").write_text(POLICY, encoding="utf-8")
        batch = make_demo(folder / "batch", images=20).instances
        print(f"without a baseline: exit code {gate(batch, '--policy', folder / 'policy.toml')}")

        baseline = folder / "baseline.json"
        write = [*MASKAUDIT, "baseline", "write", batch, "--out", baseline]
        subprocess.run(write, check=True)
        options = ["--policy", folder / "policy.toml", "--baseline", baseline]
        print(f"with a baseline: exit code {gate(batch, *options)}")

        reports = ["--junit", folder / "junit.xml", "--sarif", folder / "maskaudit.sarif"]
        gate(batch, *options, *reports)
        print("for CI:", ", ".join(sorted(p.name for p in folder.iterdir() if p.is_file())))


if __name__ == "__main__":
    main()
