"""Measure once, judge often: other thresholds without touching a mask again.

`maskaudit scan` leaves the measurements in its report folder; `--from-measurements` (here:
`from_measurements`) judges them again.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import audit
from audit.synthetic.make import make_demo


def main() -> None:
    with TemporaryDirectory() as folder:
        demo = make_demo(Path(folder) / "dataset", images=20)
        report = Path(folder) / "report"
        scan = [
            sys.executable,
            "-m",
            "audit",
            "scan",
            demo.instances,
            "--out",
            report,
            "--no-html",
            "--quiet",
        ]
        subprocess.run(scan, check=True)
        for min_px in (5, 10, 100):
            config = {"rules": {"mask.tiny": {"min_px": min_px, "min_ratio": 1000.0}}}
            result = audit.scan(from_measurements=report, config=config, select=["mask.tiny"])
            print(f"min_px = {min_px:3}: {len(result.findings)} masks are tiny")


if __name__ == "__main__":
    main()
