"""What a Jupyter notebook shows of a scan: run these lines in cells of their own.

`scan` alone as a cell's last line draws the summary and the worst images; its tables are pandas
DataFrames. Here, outside of a notebook, the same HTML goes into a file.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import audit
from audit.synthetic.make import make_demo


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

        # %% one file for a colleague
        index = scan.report(Path(folder) / "report", single_file=True)
        print(f"{index.name}: {index.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
