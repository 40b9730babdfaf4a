"""What writes the files that a command line of `fuzz.py` names: most of them are broken."""

from __future__ import annotations

import functools
import json
import os
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from fuzz_files import NASTY, break_document, example_texts, write_broken, write_picture, write_toml
from fuzz_formats import FORMAT_WRITERS

from audit.cli.main import main as maskaudit


def write_document(folder: Path, name: str, rng: random.Random) -> None:
    """Write a JSON or TOML file, most of the time a broken one."""
    document = json.loads(example_texts()[Path(name).stem])
    broken = break_document(document, rng) if rng.random() < 0.7 else document
    text = write_toml(broken) if name.endswith("toml") else json.dumps(broken)
    write_broken(folder / name, text.encode(errors="surrogatepass"), rng, 0.1)


def write_whole(folder: Path, name: str, rng: random.Random) -> None:
    """Write labels that are right."""
    (folder / name).write_text(example_texts()["labels"])


def write_label_images(folder: Path, name: str, rng: random.Random) -> None:
    """Write a folder of label images."""
    for picture, dtype in (("1.png", np.uint8), ("2.png", np.uint16), ("3.tif", np.int32)):
        numbers = np.array([[rng.choice((0, 0, 1, 2, 255)) for _ in range(9)] for _ in range(9)])
        data = write_picture(numbers.astype(dtype), "PNG" if picture.endswith("png") else "TIFF")
        write_broken(folder / name / picture, data, rng, 0.7)


def write_stored(folder: Path, name: str, rng: random.Random) -> None:
    """Write the files of a report whose tables are judged again."""
    files = list_stored_files("scan", "labels.json", "--out", "out", "--quiet", "--no-html")
    for member, data in files.items():
        share = 0.3 if member.endswith("parquet") else 0.1
        if member.endswith("json") and rng.random() < 0.3:
            data = json.dumps(break_document(json.loads(data), rng)).encode()
        write_broken(folder / name / member, data, rng, share)


def write_table(folder: Path, name: str, rng: random.Random) -> None:
    """Write a table of groups, a log of losses, or the sheet of a review, some of the time a broken one."""
    if name == "review.csv":
        text = write_sample()["review.csv"].decode()
        text = text.replace(",,", f",{rng.choice(('fine', 'real', 'unsure', 'fix'))},")
    elif name == "log.jsonl":
        text = "".join(f'{{"iteration": {k}, "loss": {5 / k}, "val_loss": {6 / k}}}\n' for k in range(1, 30))
    else:
        text = "file_name,group\n1.png,ann\n2.png,ben\n3.png,ann\n"
    for _ in range(rng.randint(0, 3)):
        cells = text.split(",")
        cells[rng.randrange(len(cells))] = str(rng.choice(NASTY))
        text = ",".join(cells)
    write_broken(folder / name, text.encode(errors="surrogatepass"), rng, 0.2)


def write_made(folder: Path, name: str, rng: random.Random) -> None:
    """Write a JSON file that a command makes, most of the time a broken one."""
    if name == "plan.json":
        data = write_sample()[name]
    else:
        data = list_stored_files("baseline", "write", "labels.json", "--out", "out/baseline.json", "--quiet")[
            name
        ]
    if rng.random() < 0.7:
        data = json.dumps(break_document(json.loads(data), rng)).encode()
    write_broken(folder / name, data, rng, 0.1)


def write_sample() -> dict[str, bytes]:
    """Return what `maskaudit sample` writes."""
    return list_stored_files(
        "sample", "labels.json", "--limit", "0.5", "--out", "out", "--quiet", "--no-html"
    )


@functools.cache
def list_stored_files(*line: str) -> dict[str, bytes]:
    """Run a command on labels that are right; return the files that it writes into the folder `out`."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="maskaudit-fuzz-") as folder:
        os.chdir(folder)
        try:
            Path("labels.json").write_text(example_texts()["labels"])
            Path("out").mkdir()
            maskaudit(list(line))
            return {str(p.relative_to("out")): p.read_bytes() for p in Path("out").rglob("*") if p.is_file()}
        finally:
            os.chdir(before)


WRITERS: dict[str, Callable[[Path, str, random.Random], None]] = {
    **dict.fromkeys(("labels.json", "results.json", "proposals.json", "decisions.json"), write_document),
    **dict.fromkeys(("policy.toml", "config.toml"), write_document),
    **dict.fromkeys(("groups.csv", "review.csv", "log.jsonl"), write_table),
    **dict.fromkeys(("baseline.json", "plan.json"), write_made),
    **dict.fromkeys(("stored", "stored2"), write_stored),
    "whole.json": write_whole,
    "label-images": write_label_images,
    **FORMAT_WRITERS,
}
"""What writes the file or folder of a name that stands in a command line."""
