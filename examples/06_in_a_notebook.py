"""What a Jupyter notebook shows of a scan and a comparison: run these lines in cells of their own.

`scan` alone as a cell's last line draws what to look at first and the worst images; `comparison` says why
predictions overlap, with pictures. Their tables are pandas DataFrames. Here, outside of a notebook, the same
HTML goes into files.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

import audit
from audit.synthetic.make import make_demo
from audit.synthetic.predictions import simulate_predictions, write_simulated


def main() -> None:
    with TemporaryDirectory() as folder:
        demo = make_demo(Path(folder), images=20)

        # %% the scan; in a notebook the cell ends with `scan`
        scan = audit.scan(demo.instances, images=demo.pictures)
        print(scan)
        shown = Path(folder) / "cell.html"
        shown.write_text(scan._repr_html_(), encoding="utf-8")
        print(f"The cell is {shown.stat().st_size / 1000:.0f} kB of HTML.")

        # %% tables
        by_rule = scan.findings.groupby(["severity", "rule"]).size().rename("findings")
        print(by_rule.to_frame().head(8).to_string())
        print(scan.pairs["iou"].describe().round(2).to_frame().T.to_string())

        # %% the numbers behind a rule's findings, a column each
        partial = scan.findings[scan.findings["rule"] == "overlap.partial"]
        print(pd.json_normalize(partial["evidence"]).head(3).to_string())

        # %% predictions; in a notebook the cell ends with `comparison`
        labels, results = write_simulated(simulate_predictions(scan.result.dataset), Path(folder))
        comparison = audit.compare(labels, results, what_ifs=False)
        print(comparison)
        shown.write_text(comparison._repr_html_(), encoding="utf-8")
        comparison.report(Path(folder) / "comparison")

        # %% one file for a colleague
        index = scan.report(Path(folder) / "report", single_file=True)
        print(f"{index.name}: {index.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
