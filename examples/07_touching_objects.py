"""Objects that touch: which are drawn as one though they are several, and what is usual here?

The dataset teaches what its annotators mean by one object. The curve counts, from "looks like one" to
"looks like several", how often they drew one annotation and how often two.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import audit
from audit.synthetic.make import make_demo
from audit.touching.overview import overview


def main() -> None:
    with TemporaryDirectory() as folder:
        demo = make_demo(Path(folder), images=20)
        m = audit.scan(demo.instances, select=["touching"]).result.measurements

    for row in m.conventions.itertuples():
        name = "all" if row.category < 0 else m.categories["name"][row.category]
        print(f"{name}: {row.pairs} touching pairs; {row.reason or f'AUROC {row.auroc:.2f}'}")

    worst = m.instances.nlargest(5, "merge_score")
    print(f"\n{worst[['image_id', 'annotation_id', 'area_px', 'merge_score']].to_string(index=False)}\n")

    for step in overview(m).curve.itertuples():
        print(f"evidence {step.low:6.1f} to {step.high:6.1f}: {step.as_one} as one, {step.as_two} as two")


if __name__ == "__main__":
    main()
