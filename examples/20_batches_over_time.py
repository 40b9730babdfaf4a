"""Do the labels get better? Findings per 100 annotations, batch after batch, with intervals."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from audit.diff.stored_runs import read_stored_run
from audit.diff.trend import measure_trend
from audit.pipeline.outputs import write_scan_files
from audit.pipeline.run import scan
from audit.synthetic.make import make_demo


def main() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        labels = json.loads(make_demo(folder, images=4, planted=False).instances.read_text(encoding="utf-8"))
        annotations = labels["annotations"]
        for batch in range(
            3
        ):  # as `maskaudit scan` leaves them; in the last batch objects are labelled twice
            if batch == 2:
                labels["annotations"] = annotations + [r | {"id": 10_000 + r["id"]} for r in annotations[::5]]
            file, report = folder / f"batch{batch}.json", folder / f"report{batch}"
            file.write_text(json.dumps(labels), encoding="utf-8")
            report.mkdir()
            write_scan_files(scan(file), report)

        trend = measure_trend([read_stored_run(folder / f"report{batch}") for batch in range(3)])
        print("annotations:", *trend.annotations)
        for rule in trend.rules:
            rates = "  ".join(
                f"{rate.per_100:.1f} ({rate.low:.1f} to {rate.high:.1f})" for rate in rule.batches
            )
            print(f"{rule.rule}: {rates}  {rule.verdict or 'no change beyond chance'}")


if __name__ == "__main__":
    main()
