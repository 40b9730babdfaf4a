"""Audit a dataset from Python and look at what was found.

The dataset is the demo's: pictures of cells with known errors. For your own, put the paths of your
COCO file and of its pictures in.
"""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import audit
from audit.demo.make import make_demo


def main() -> None:
    with TemporaryDirectory() as folder:
        demo = make_demo(Path(folder), images=20)
        result = audit.scan(demo.instances, images=demo.pictures)

        print(f"{len(result.measurements.instances)} annotations, {len(result.findings)} findings")
        for rule, count in Counter(f.rule for f in result.findings).most_common(5):
            print(f"{count:4} {rule}")

        worst = next(f for f in result.findings if f.rule.startswith("overlap."))
        print(f"\n{worst.file_name}: {worst.message}")
        print(f"annotations {worst.annotation_ids}, numbers {dict(worst.evidence)}")

        audit.write_report(result, Path(folder) / "report")
        print(f"\nPages written: {len(list((Path(folder) / 'report').rglob('*.html')))}")


if __name__ == "__main__":
    main()
