"""Put broken and hostile files through the commands: each must end with an answer (exit code 0, 1 or 2).

python .ci/fuzz.py                         200 rounds, always the same
python .ci/fuzz.py --count 5000 --seed 3   more of them, and others
python .ci/fuzz.py --only compare,gate

A round breaks labels, results, decisions and a policy in one to four places, or some of their bytes, and runs every
command on them. What ends with another exit code, a traceback or not within --limit seconds is kept in --keep.
Exit code 1 where there is any.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import functools
import io
import json
import os
import random
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from audit.cli.main import main as maskaudit

NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 7, 0.5, -0.0, 1e308, -1e308, float("nan"), float("inf"), 2**31, 2**53 + 1, 2**63,
    2**64, -(2**63), 10**30, "", " ", "1", "a", "a" * 300, "\ud800", "\x00", "\x1b[31m", "\u202e", "\ufffe", "=1+1",
    "::error::x", "##[error]", "../../etc/passwd", "<script>", [], {}, [[]], [None], [[0]], [[1, 2, 3, 4]],
    [[0, 0, 9, 0, 9, 9]], {"size": [20, 20], "counts": ""}, {"size": [20, 20], "counts": [400]},
    {"size": [20, 20], "counts": [-1, 401]}, {"size": [2**20, 2**20], "counts": [1]},
    {"size": [20, 20], "counts": "\u00ff0"}, [-5, -5, 1e9, 1e9], [0, 0, 0, 0],
)  # fmt: skip
"""What replaces a value."""
SQUARE = [2, 2, 9, 2, 9, 9, 2, 9]
COMMANDS = ("scan", "compare", "gate", "diff", "sample", "baseline", "bench", "export", "pictures", "stored")


def example() -> dict[str, Any]:
    """Return files that are right: labels, results, decisions and a policy."""
    annotations = [
        {
            "id": k, "image_id": 1 + k % 3, "category_id": 1 + k % 2, "iscrowd": 0, "area": 49, "bbox": [2 + k, 2, 7, 7],
            "segmentation": [[x + k * (not odd) for odd, x in zip([0, 1] * 4, SQUARE, strict=True)]],
        }
        for k in range(1, 8)
    ]  # fmt: skip
    annotations[0] |= {"iscrowd": 1, "segmentation": {"size": [20, 20], "counts": [10, 30, 360]}, "area": 30}
    return {
        "labels": {
            "images": [{"id": k, "file_name": f"{k}.png", "width": 20, "height": 20} for k in (1, 2, 3)],
            "annotations": annotations,
            "categories": [{"id": 1, "name": "cell"}, {"id": 2, "name": "nucleus", "supercategory": "cell"}],
        },
        "results": [
            {key: a[key] for key in ("image_id", "category_id", "segmentation", "bbox")}
            | {"score": 0.9 - 0.1 * k}
            for k, a in enumerate(annotations)
        ],
        "decisions": {"schema_version": 1, "decisions": {"0" * 16: {"verdict": "real", "rule": "mask.tiny"}}},
        "policy": {"gate": {"limits": [{"rule": "overlap.*", "max_rate": 0.1, "confidence": 0.9}]}},
    }


def list_places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """List the places of a document at which something stands."""
    if isinstance(value, dict | list):
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*place, key)
            yield from list_places(member, (*place, key))


def break_document(document: Any, rng: random.Random) -> Any:
    """Change, remove or double what stands at one to four places."""
    document = copy.deepcopy(document)
    for _ in range(rng.randint(1, 4)):
        places = list(list_places(document))
        if not places:
            return document
        *path, key = rng.choice(places)
        holder = document
        for step in path:
            holder = holder[step]
        action = rng.choice(("replace", "replace", "replace", "remove", "double"))
        if action == "replace":
            holder[key] = copy.deepcopy(rng.choice(NASTY))
        elif action == "remove":
            del holder[key]
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        else:
            holder[f"{key}2"] = copy.deepcopy(holder[key])
    return document


def break_bytes(data: bytes, rng: random.Random) -> bytes:
    """Change, remove or insert bytes, or cut the end off."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        position = rng.randrange(len(changed) + 1)
        changed[position : position + rng.randint(0, 3)] = rng.randbytes(rng.randint(0, 3))
    return bytes(changed[: rng.randrange(len(changed) + 1)] if rng.random() < 0.2 else changed)


def write_toml(value: Any) -> str:
    """Write a policy; what TOML cannot say becomes text."""
    lines = []
    gate = value.get("gate")
    limits = gate.get("limits") if isinstance(gate, dict) else None
    for limit in limits if isinstance(limits, list) else []:
        lines.append("[[gate.limits]]")
        for key, member in limit.items() if isinstance(limit, dict) else []:
            lines.append(f"{json.dumps(str(key))} = {json.dumps(member, default=str)}")
    return "\n".join(lines or ["[gate]", ""])


def write_files(folder: Path, rng: random.Random) -> None:
    """Write the files of one round."""
    for name, document in example().items():
        broken = break_document(document, rng) if rng.random() < 0.7 else document
        text = write_toml(broken) if name == "policy" and isinstance(broken, dict) else json.dumps(broken)
        data = text.encode(errors="surrogatepass")
        path = folder / (f"{name}.toml" if name == "policy" else f"{name}.json")
        path.write_bytes(break_bytes(data, rng) if rng.random() < 0.1 else data)
    (folder / "whole.json").write_text(json.dumps(example()["labels"]))
    (folder / "label-images").mkdir()
    for name, dtype in (("1.png", np.uint8), ("2.png", np.uint16), ("3.tif", np.int32)):
        image, numbers = (
            io.BytesIO(),
            np.array([[rng.choice((0, 0, 1, 2, 255)) for _ in range(9)] for _ in range(9)]),
        )
        Image.fromarray(numbers.astype(dtype)).save(image, "PNG" if name.endswith("png") else "TIFF")
        data = image.getvalue()
        (folder / "label-images" / name).write_bytes(break_bytes(data, rng) if rng.random() < 0.7 else data)
    for name, data in measure_example().items():
        path = folder / "stored" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(break_bytes(data, rng) if rng.random() < 0.3 else data)


@functools.cache
def measure_example() -> dict[str, bytes]:
    """Scan what is right; return the files that a later scan judges again."""
    with tempfile.TemporaryDirectory(prefix="maskaudit-fuzz-") as folder:
        labels, report = Path(folder) / "labels.json", Path(folder) / "report"
        labels.write_text(json.dumps(example()["labels"]))
        maskaudit(["scan", str(labels), "--out", str(report), "--quiet", "--no-html"])
        return {str(p.relative_to(report)): p.read_bytes() for p in report.rglob("*") if p.is_file()}


def list_runs() -> dict[str, list[list[str]]]:
    """List the command lines of a round, by command."""
    quiet = ["--quiet", "--no-html"]
    return {
        "scan": [
            [
                "scan",
                "labels.json",
                "--predictions",
                "results.json",
                "--decisions",
                "decisions.json",
                "--quiet",
            ],
            ["scan", "labels.json", "--salvage", *quiet],
        ],
        "compare": [["compare", "labels.json", "results.json", "--quiet"]],
        "gate": [
            ["gate", "labels.json", "--policy", "policy.toml", "--junit", "j.xml", "--summary-md", "s.md"],
            [
                "gate",
                "labels.json",
                "--group-by",
                "image_id",
                "--sarif",
                "s.sarif",
                "--github",
                "--out",
                "gated",
            ],
        ],
        "diff": [
            ["diff", "whole.json", "labels.json", "--out", "diff"],
            ["diff", "labels.json", "whole.json"],
        ],
        "sample": [["sample", "labels.json", "--limit", "0.5", *quiet]],
        "baseline": [["baseline", "write", "labels.json", "--out", "baseline.json"]],
        "bench": [["bench", "labels", "labels.json", "--out", "bench"]],
        "pictures": [["scan", "label-images", *quiet]],
        "stored": [["scan", "--from-measurements", "stored", "--out", "judged", *quiet]],
        "export": [["export", "cvat", "labels.json"], ["export", "labelstudio", "labels.json"]],
    }


def run_command(arguments: Sequence[str], limit_s: int) -> str:
    """Run a command in this process; return what is wrong with how it ended, or nothing."""

    def stop(*_: object) -> None:
        raise TimeoutError

    error, output = io.StringIO(), io.StringIO()
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, stop)
        signal.alarm(limit_s)
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(error):
            code = maskaudit(list(arguments))
    except TimeoutError:
        return f"no answer in {limit_s} s"
    except BaseException as raised:  # what gets out of main is what is looked for
        return f"{type(raised).__name__}: {raised}"
    finally:
        if hasattr(signal, "SIGALRM"):
            signal.alarm(0)
    if code not in (0, 1, 2) or "Traceback" in error.getvalue():
        return f"exit code {code}: {error.getvalue().strip()[-300:]}"
    return ""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=200, help="rounds")
    parser.add_argument("--seed", type=int, default=0, help="another number breaks other places")
    parser.add_argument("--limit", type=int, default=300, help="seconds a command may take")
    parser.add_argument("--only", default=",".join(COMMANDS), help="commands, separated by commas")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"), help="folder for what went wrong")
    options = parser.parse_args(arguments)
    keep, before = options.keep.resolve(), Path.cwd()
    problems: Counter[str] = Counter()
    n_runs = 0
    for number in range(options.count):
        with tempfile.TemporaryDirectory(prefix="maskaudit-fuzz-") as folder:
            write_files(Path(folder), random.Random(f"{options.seed} {number}"))
            os.chdir(folder)
            try:
                for command in options.only.split(","):
                    for line in list_runs()[command]:
                        n_runs += 1
                        problem = run_command(line, options.limit)
                        if problem:
                            problems[f"{command}: {problem}"] += 1
                            print(f"round {number}: maskaudit {' '.join(line)}: {problem}", flush=True)
                            shutil.copytree(folder, keep / f"{options.seed}-{number}", dirs_exist_ok=True)
            finally:
                os.chdir(before)
    print(f"{n_runs:,} runs, {sum(problems.values()):,} without an answer (seed {options.seed}).")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
