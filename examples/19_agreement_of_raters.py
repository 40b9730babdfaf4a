"""How far do three annotators of the same pictures agree, and who draws otherwise?"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from audit.agreement.joint import measure_agreement
from audit.agreement.raters import raters_of_files
from audit.pipeline.run import scan
from audit.report.agreement_text import summarize_agreement
from audit.synthetic.make import make_demo


def main() -> None:
    with TemporaryDirectory() as name:
        labels = make_demo(Path(name), images=4, planted=False).instances
        content = json.loads(labels.read_text(encoding="utf-8"))
        # Cleo leaves every third object out.
        del content["annotations"][::3]
        hasty = Path(name) / "cleo.json"
        hasty.write_text(json.dumps(content), encoding="utf-8")

        scans = [scan(file) for file in (labels, labels, hasty)]
        panel = raters_of_files(
            ("Ann", "Ben", "Cleo"),
            [(found.dataset, found.measurements) for found in scans if found.dataset is not None],
        )
        agreement = measure_agreement(panel)
        print(*summarize_agreement(agreement), sep="\n")
        for rater in agreement.raters:
            print(f"{rater.name:5} vitality {rater.vitality:+.3f}")


if __name__ == "__main__":
    main()
