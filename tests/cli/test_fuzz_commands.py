"""A few rounds of `make fuzz`: broken files end with an answer in every command."""

import importlib.util
import os
import random
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def fuzz():
    sys.path.insert(0, str(ROOT / ".ci"))
    spec = importlib.util.spec_from_file_location("fuzz", ROOT / ".ci" / "fuzz.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(ROOT / ".ci"))


def test_whole_files_are_read_by_every_command(fuzz, tmp_path, monkeypatch):
    """Else the rounds would show only how usage errors end."""
    for name in ("fuzz_files", "fuzz_formats", "fuzz_tools", "fuzz_writers"):
        for function in ("break_document", "break_bytes"):
            monkeypatch.setattr(sys.modules[name], function, lambda whole, rng: whole, raising=False)
    monkeypatch.setattr(sys.modules["fuzz_writers"], "NASTY", (None,))
    monkeypatch.setattr(random.Random, "randint", lambda self, least, most: least)
    lines = {line for lines in fuzz.RUNS.values() for line in lines}
    with fuzz.save_time(charts=False):
        for number, line in enumerate(sorted(lines)):
            folder = tmp_path / str(number)
            folder.mkdir()
            fuzz.write_files(folder, line, "0")
            monkeypatch.chdir(folder)
            line = fuzz.add_options(line, pages=False, what_ifs=False)
            ended = (
                fuzz.evaluate_average_precision(*line[1:])
                if line[0] == "average_precision"
                else fuzz.maskaudit(line)
            )
            assert ended in (0, 1), line


@pytest.mark.slow
def test_broken_files_end_with_an_answer(fuzz, tmp_path, capsys):
    line = ["--count", "4", "--seed", "15", "--pages", "4", "--batch", "0", "--keep", str(tmp_path)]
    assert fuzz.main(line) == 0, capsys.readouterr().out


def test_what_ends_without_an_answer_is_told(fuzz, monkeypatch):
    for outcome, told in ((3, "exit code 3"), (0, ""), (2, "")):
        monkeypatch.setattr(fuzz, "maskaudit", lambda line, outcome=outcome: outcome)
        assert fuzz.run_command([], 60).startswith(told)
        assert bool(fuzz.run_command([], 60)) == bool(told)


def test_what_was_tried_before_an_interrupt_is_told(fuzz, monkeypatch, tmp_path, capsys):
    rounds = iter([0, 0, fuzz.INTERRUPTED])
    monkeypatch.setattr(fuzz, "maskaudit", lambda line: next(rounds))
    monkeypatch.setattr(fuzz, "write_files", lambda folder, line, seed: None)
    assert fuzz.main(["--only", "baseline", "--batch", "0", "--keep", str(tmp_path)]) == 0
    assert "baseline: 2 runs, 0 without an answer" in capsys.readouterr().out


def test_a_process_that_dies_costs_one_round(fuzz, monkeypatch, tmp_path, capsys):
    """What runs in a child is only a function that kills it: no thread is needed there."""
    monkeypatch.setattr(
        fuzz, "try_line", lambda line, seed, limit: "" if seed != "0 1" else os.kill(os.getpid(), 9)
    )
    monkeypatch.setattr(fuzz, "write_files", lambda folder, line, seed: None)
    assert fuzz.main(["--only", "policy", "--count", "4", "--keep", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert "round 1: maskaudit gate whole.json" in told
    assert "the process ended (-9)" in told
    assert "policy: 4 runs, 1 without an answer" in told
