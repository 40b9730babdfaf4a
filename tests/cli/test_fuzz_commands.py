"""A few rounds of `make fuzz`: broken files end with an answer in every command."""

import importlib.util
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
    files = sys.modules["fuzz_files"]
    monkeypatch.setattr(files, "break_document", lambda document, rng: document)
    monkeypatch.setattr(files, "break_bytes", lambda data, rng: data)
    monkeypatch.chdir(tmp_path)
    fuzz.write_files(tmp_path, random.Random(0))
    with fuzz.save_time(charts=False):
        for name, lines in fuzz.RUNS.items():
            for line in lines:
                line = fuzz.add_options(line, pages=False)
                ended = (
                    fuzz.evaluate_average_precision(*line[1:])
                    if name == "average_precision"
                    else fuzz.maskaudit(line)
                )
                assert ended in (0, 1), line


@pytest.mark.slow
def test_broken_files_end_with_an_answer(fuzz, tmp_path, capsys):
    assert (
        fuzz.main(["--count", "3", "--seed", "15", "--charts", "9", "--pages", "3", "--keep", str(tmp_path)])
        == 0
    ), capsys.readouterr().out


def test_what_ends_without_an_answer_is_told(fuzz, monkeypatch):
    for outcome, told in ((3, "exit code 3"), (0, ""), (2, "")):
        monkeypatch.setattr(fuzz, "maskaudit", lambda line, outcome=outcome: outcome)
        assert fuzz.run_command([], 60).startswith(told)
        assert bool(fuzz.run_command([], 60)) == bool(told)


def test_what_was_tried_before_an_interrupt_is_told(fuzz, monkeypatch, tmp_path, capsys):
    rounds = iter([0, 0, fuzz.INTERRUPTED])
    monkeypatch.setattr(fuzz, "maskaudit", lambda line: next(rounds))
    assert fuzz.main(["--only", "baseline", "--keep", str(tmp_path)]) == 0
    assert "baseline: 2 runs, 0 without an answer" in capsys.readouterr().out
