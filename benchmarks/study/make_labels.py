"""Make the label conditions of the study: clean, spoiled, and mended where the audit says so.

    python benchmarks/study/make_labels.py CLEAN.json OUT/ [--rate 0.4] [--seed 1]

CLEAN.json is a COCO file whose labels are as clean as you have. OUT gets one file a condition: ``clean``,
``merged`` (a share of the touching pairs became one annotation) and ``mended`` (of the merged file, the top
tenth by ``merge_score`` is drawn as in the clean one). Make training and validation labels with two seeds.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec
import numpy as np

from audit.loaders.read import read_dataset
from audit.pipeline.run import scan
from audit.synthetic.plant_labels import plant_labels
from audit.synthetic.truth import Truth

MENDED_SHARE = 0.1
"""Share of the annotations, those of the highest merge_score, that a person would look at and draw again."""


def mend_labels(clean: dict, merged: dict, truth: Truth, named: list[int]) -> dict:
    """Replace annotations by those that they were made from.

    Parameters
    ----------
    clean, merged : dict
        COCO documents; ids are those of the file.
    truth : Truth
        What was planted into ``merged``.
    named : list of int
        Ids of annotations of ``merged`` that are drawn again.
    """
    source_ids = {merge.annotation_id: merge.source_ids for merge in truth.merges}
    is_mended = {name for name in named if name in source_ids}
    clean_by_id = {annotation["id"]: annotation for annotation in clean["annotations"]}
    annotations = [record for record in merged["annotations"] if record["id"] not in is_mended]
    for name in sorted(is_mended):
        annotations += [clean_by_id[source] for source in source_ids[name]]
    # Ids of two files meet here, so all are numbered anew.
    numbered = [{**record, "id": number} for number, record in enumerate(annotations, 1)]
    return {**merged, "annotations": numbered}


def find_suspects(path: Path, share: float = MENDED_SHARE) -> list[int]:
    """Return the ids of the annotations with the highest ``merge_score``."""
    result = scan(path)
    instances = result.measurements.instances
    score = instances["merge_score"].fillna(-1).to_numpy()
    best = np.argsort(-score, kind="stable")[: round(share * len(score))]
    return [int(name) for name in instances["annotation_id"].to_numpy()[best]]


def make_conditions(clean_path: Path, out: Path, rate: float, seed: int) -> dict[str, Path]:
    """Write all conditions; return their files by name."""
    out.mkdir(parents=True, exist_ok=True)
    paths = {name: out / f"{name}.json" for name in ("clean", "merged", "mended")}
    clean = msgspec.json.decode(clean_path.read_bytes())
    paths["clean"].write_bytes(msgspec.json.encode(clean))
    merged, truth = plant_labels(read_dataset([clean_path]).dataset, rate=rate, seed=seed, kinds=("merges",))
    paths["merged"].write_bytes(msgspec.json.encode(merged))
    mended = mend_labels(clean, merged, truth, find_suspects(paths["merged"]))
    paths["mended"].write_bytes(msgspec.json.encode(mended))
    return paths


def main() -> None:
    """Make the labels that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clean", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rate", type=float, default=0.4, help="share of the touching pairs that is merged")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    for name, path in make_conditions(arguments.clean, arguments.out, arguments.rate, arguments.seed).items():
        print(f"{name}: {path}")


if __name__ == "__main__":
    main()
