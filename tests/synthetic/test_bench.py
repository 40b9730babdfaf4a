import importlib.util
import json
import sys

import numpy as np
import pytest

from audit.cli.main import main
from audit.loaders.read import read_dataset
from audit.synthetic.bench_labels import bench_labels
from audit.synthetic.plant_labels import KINDS, plant_labels
from audit.synthetic.ranking_metrics import measure_ranking, rank_items
from audit.synthetic.rankings import rank_scores
from audit.synthetic.truth import read_truth
from audit.testing import dataset, scene


@pytest.fixture(scope="module")
def made(draw_cells):
    return plant_labels(dataset(*(draw_cells(k, 0, 0) for k in range(30))), rate=0.1, seed=1)


def test_plants_every_kind_at_its_rate(made):
    _, truth = made
    assert len(truth.merges) == round(0.1 * 90)
    assert len(truth.splits) == round(0.1 * 180)
    counts = {kind: sum(s.kind == kind for s in truth.spoiled) for kind in KINDS[2:]}
    assert counts == {"duplicates": 18, "overlaps": 9, "shifts": 18, "drops": 18}
    ids = [merge.annotation_id for merge in truth.merges] + [
        i for s in truth.splits for i in s.annotation_ids
    ]
    ids += [i for s in truth.spoiled for i in s.annotation_ids]
    assert len(ids) == len(set(ids))
    eligible = {tuple(sorted(t[:2])) for t in truth.touching_pairs if t[6]}
    assert {tuple(sorted(s.annotation_ids)) for s in truth.splits} <= eligible


def test_the_same_seed_plants_the_same(draw_cells, made):
    again = plant_labels(dataset(*(draw_cells(k, 0, 0) for k in range(30))), rate=0.1, seed=1)
    assert again == made
    other = plant_labels(dataset(*(draw_cells(k, 0, 0) for k in range(30))), rate=0.1, seed=2)
    assert other[0] != made[0]


def test_command_plants_scans_and_judges(tmp_path, made, capsys):
    clean = tmp_path / "clean.json"
    clean.write_text(json.dumps(made[0]))
    assert (
        main(["bench", "labels", str(clean), "--out", str(tmp_path / "out"), "--draws", "5", "--seed", "3"])
        == 0
    )
    said = capsys.readouterr().out
    assert "touching.merged" in said
    assert "only with --images a rule looks for them" in said
    figures_file = json.loads((tmp_path / "out" / "figures.json").read_text())
    assert [line["rule"] for line in figures_file][:2] == ["touching.merged", "touching.split"]
    assert main(["bench", "labels", str(clean), "--kinds", "nonsense"]) == 2


def test_finds_most_of_what_is_planted_into_cells(tmp_path, draw_cells):
    coco = plant_labels(dataset(*(draw_cells(k, 0, 0) for k in range(30))), rate=0.0, seed=0)[0]
    (tmp_path / "clean.json").write_text(json.dumps(coco))
    _, lines = bench_labels(tmp_path / "clean.json", tmp_path / "out", kinds=KINDS[:2], draws=0)
    assert min(line.figures.average_precision for line in lines) > 0.9


def test_unscored_items_rank_last_and_are_never_recalled():
    image = np.zeros(4, dtype=int)
    found = measure_ranking(
        rank_items(np.array([True, True, False, False]), np.array([0.9, np.nan, 0.1, np.nan]), image)
    )
    assert found.auroc == (1 + 1 + 0.5) / 4
    assert found.recall_p80 == 0.5
    assert found.average_precision == 0.5 + 0.5 * 2 / 4


@pytest.mark.shared
def test_figures_are_those_of_the_reference(shared_data, tmp_path, made):
    place = shared_data.parent / "tools" / "protocol.py"
    spec = importlib.util.spec_from_file_location("protocol", place)
    protocol = importlib.util.module_from_spec(spec)
    sys.modules["protocol"] = protocol
    spec.loader.exec_module(protocol)
    (tmp_path / "planted.json").write_text(json.dumps(made[0]))
    bench_labels(tmp_path / "planted.json", tmp_path / "out", kinds=KINDS[:2], draws=0)
    truth, rows = (
        json.loads((tmp_path / "out" / f"{name}.json").read_text()) for name in ("truth", "scores")
    )
    theirs, _ = protocol.evaluate(truth, rows, lambda image: True)
    ours = rank_scores(read_truth(tmp_path / "out" / "truth.json"), rows)
    for kind, rule in (("merge", "touching.merged"), ("split", "touching.split")):
        reference = protocol.figures(*theirs[kind][:3])
        found = measure_ranking(ours[rule])
        names = ("AUROC", "AP", "R@P80", "R@P95")
        assert [reference[name] for name in names] == pytest.approx(
            [found.auroc, found.average_precision, found.recall_p80, found.recall_p95], abs=1e-12
        )
    assert read_dataset([tmp_path / "planted.json"]).dataset is not None


def test_an_object_takes_part_in_one_error_at_most(draw_cells):
    """Of three in a row, two pairs could be merged, but only one of them is."""
    row = scene(
        "\n".join(["." + "a" * 6 + "b" * 6 + "c" * 6 + "."] * 6), categories=dict.fromkeys("abc", "cell")
    )
    coco, truth = plant_labels(dataset(*[row] * 4), rate=1.0, seed=0, kinds=["merges", "overlaps"])
    assert len(truth.merges) == 4
    assert len(coco["annotations"]) == 8
    assert all(len(merge.source_ids) == 2 for merge in truth.merges)
    assert not truth.spoiled
