"""What did the annotators change? Two versions are compared by the pixels of their masks, not by ids."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from audit.diff.diff import diff
from audit.pipeline.run import scan
from audit.synthetic.make import make_demo


def main() -> None:
    with TemporaryDirectory() as name:
        old = make_demo(Path(name), images=4, planted=False).instances
        labels = json.loads(old.read_text(encoding="utf-8"))
        labels["annotations"].pop()
        for number, annotation in enumerate(reversed(labels["annotations"])):
            annotation["id"] = 1000 + number
        new = Path(name) / "new.json"
        new.write_text(json.dumps(labels), encoding="utf-8")

        result = diff(scan(old), scan(new))
        for kind, number in result.counts().items():
            print(f"{kind:14} {number}")
        for change in result.changes:
            print(change.kind.value, change.file_name, change.old_ids, change.new_ids)


if __name__ == "__main__":
    main()
