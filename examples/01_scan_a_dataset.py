"""Audit a dataset from Python and look at what was found.

The dataset is the demo's: pictures of cells with known errors. For your own, put the paths of your
COCO file and of its pictures in.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import audit
from audit.synthetic.make import make_demo


def main() -> None:
    with TemporaryDirectory() as folder:
        demo = make_demo(Path(folder), images=20)
        scan = audit.scan(demo.instances, images=demo.pictures)

        print(f"{len(scan.instances)} annotations, {len(scan.findings)} findings")
        print(scan.findings["rule"].value_counts().head().to_string())

        worst = next(f for f in scan.result.findings if f.rule.startswith("overlap."))
        print(f"\n{worst.file_name}: {worst.message}")
        print(f"annotations {worst.annotation_ids}, numbers {dict(worst.evidence)}")

        index = scan.report(Path(folder) / "report")
        print(f"\nPages written: {len(list(index.parent.rglob('*.html')))}")


if __name__ == "__main__":
    main()
