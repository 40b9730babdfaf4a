"""The measurements are tables: ask your own questions with pandas.

One row an annotation in `instances`, one row a pair of masks that overlap or lie within 2 px in
`pairs`. The columns, with units, are listed in `audit/measure/schema.py`.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import audit
from audit.synthetic.make import make_demo


def main() -> None:
    with TemporaryDirectory() as folder:
        demo = make_demo(Path(folder), images=20)
        m = audit.scan(demo.instances, select=["overlap"])

    cells = m.instances.merge(m.categories[["category_id", "name"]], on="category_id")
    print(cells.groupby("name")["area_px"].describe()[["count", "50%", "max"]].round(0).to_string())

    touching = m.pairs[(m.pairs["gap_px"] == 0) & (m.pairs["intersection_px"] == 0)]
    print(f"\n{len(touching)} pairs share a border, {touching['contact_px'].median():.0f} px long (median)")
    deepest = m.pairs.nlargest(3, "depth_px")[["image_id", "annotation_id_a", "annotation_id_b", "depth_px"]]
    print(f"\nDeepest overlaps:\n{deepest.to_string(index=False)}")


if __name__ == "__main__":
    main()
