"""Measure on a cluster: here a Dask cluster of two workers on this machine, made for the scan.

`engine="dask://scheduler:8786"` or `engine="ray://head:10001"` connects to a cluster that runs. What is found
does not depend on the engine.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import audit
from audit.synthetic.make import make_demo


def main() -> None:
    with TemporaryDirectory() as folder:
        demo = make_demo(Path(folder), images=20)
        alone = audit.scan(demo.instances)
        together = audit.scan(demo.instances, engine="dask", workers=2)
    print(f"one process: {len(alone.findings)} findings")
    print(f"two workers of a cluster: {len(together.findings)} findings")
    assert alone.findings.equals(together.findings)


if __name__ == "__main__":  # the workers import this file
    main()
