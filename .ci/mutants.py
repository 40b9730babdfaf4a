"""Change the code in small ways and see whether a public clone's tests notice (Cosmic Ray does the changing).

python .ci/mutants.py                    files changed since main's last commit but one
python .ci/mutants.py audit/gates --count 50 --seed 3
python .ci/mutants.py audit/gates/sampling.py

The work is done in a copy of the checkout without real data, so what only real data would notice counts as survived.
Exit code 1 where more than one in ten survives.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import WorkItem

ROOT = Path(__file__).resolve().parents[1]
OPERATORS = (
    "core/NumberReplacer",
    "core/ReplaceComparisonOperator",
    "core/ReplaceAndWithOr",
    "core/ReplaceOrWithAnd",
    "core/ReplaceTrueWithFalse",
    "core/ReplaceFalseWithTrue",
    "core/ReplaceUnaryOperator",
    "core/ReplaceBinaryOperator_Add_Sub",
    "core/ReplaceBinaryOperator_Sub_Add",
    "core/ReplaceBinaryOperator_Mul_Div",
    "core/ReplaceBinaryOperator_Div_Mul",
    "core/ReplaceBinaryOperator_BitAnd_BitOr",
    "core/AddNot",
)
"""What is changed: numbers, comparisons, logic and arithmetic. Others make mutants that equal the code (types)."""
LIMIT_S = 300.0
MAX_SURVIVED = 0.1


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "places", nargs="*", type=Path, help="files or folders of audit/; default: changed files"
    )
    parser.add_argument("--count", type=int, default=20, help="mutants that are tried, drawn at random")
    parser.add_argument("--seed", type=int, default=0, help="another number draws others")
    options = parser.parse_args(arguments)
    files = sorted(source_files(options.places or changed_files()))
    if not files:
        print("No file of audit/ was changed: name files or folders.")
        return 0
    with tempfile.TemporaryDirectory(prefix="maskaudit-mutants-") as folder:
        copy = Path(folder) / "checkout"
        copy_checkout(copy)
        items = [item for file in files for item in mutations(copy, file)]
        drawn = random.Random(options.seed).sample(items, min(options.count, len(items)))
        for command in sorted({test_command(str(item.mutations[0].module_path)) for item in drawn}):
            if not tests_pass(copy, command):
                print(f"Nothing can be learned: these tests fail as the code stands.\n{command}")
                return 2
        survived = [line for item in drawn if (line := try_mutant(copy, item))]
    print(
        f"{len(drawn) - len(survived)} of {len(drawn)} mutants killed ({len(items)} possible, seed {options.seed})."
    )
    return int(len(survived) > MAX_SURVIVED * len(drawn))


def changed_files() -> list[Path]:
    """List the Python files that differ from the commit before the last."""
    names = subprocess.run(
        ["git", "diff", "--name-only", "--diff-filter=d", "HEAD~1", "--", "audit"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    return [ROOT / name for name in names]


def source_files(places: Sequence[Path]) -> Iterator[str]:
    """Name the modules in files and folders, relative to the checkout."""
    for place in places:
        path = place if place.is_absolute() else ROOT / place
        for file in [path] if path.is_file() else path.rglob("*.py"):
            if file.suffix == ".py" and file.name != "__init__.py":
                yield str(file.relative_to(ROOT))


def copy_checkout(folder: Path) -> None:
    """Copy what git knows, in a folder that has no real data beside it."""
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in names.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


def mutations(checkout: Path, file: str) -> list[WorkItem]:
    """List the changes of one file that are worth trying."""
    config = checkout / "mutants.toml"
    config.write_text(
        f'[cosmic-ray]\nmodule-path = "{file}"\ntimeout = {LIMIT_S}\nexcluded-modules = []\n'
        f'test-command = "{test_command(file)}"\n[cosmic-ray.distributor]\nname = "local"\n'
    )
    session = checkout / "mutants.sqlite"
    session.unlink(missing_ok=True)
    subprocess.run(
        [cosmic_ray(), "init", config.name, session.name], cwd=checkout, check=True, capture_output=True
    )
    with use_db(session, WorkDB.Mode.open) as database:
        return [i for i in database.work_items if i.mutations[0].operator_name.startswith(OPERATORS)]


def test_command(file: str) -> str:
    """Run the tests of the file's room, and the file's own examples."""
    room = Path(file).parts[1]
    tests = f"tests/{room}" if (ROOT / "tests" / room).is_dir() else "tests"
    marks = "not shared and not slow and not browser"
    return f"{sys.executable} -m pytest -x -q -p no:cacheprovider -m '{marks}' {file} {tests}"


def try_mutant(checkout: Path, item: WorkItem) -> str:
    """Apply one change, run the tests, undo it; return a line about it if it survived."""
    (mutation,) = item.mutations
    path = checkout / mutation.module_path
    before = path.read_text(encoding="utf-8")
    try:
        subprocess.run(
            [cosmic_ray(), "apply", str(mutation.module_path), mutation.operator_name, str(mutation.occurrence)],
            cwd=checkout, check=True, capture_output=True,
        )  # fmt: skip
        survived = tests_pass(checkout, test_command(str(mutation.module_path)))
        line = mutation.start_pos[0]
        changed = path.read_text(encoding="utf-8").splitlines()[line - 1].strip()
    finally:
        path.write_text(before, encoding="utf-8")
    place = f"{mutation.module_path}:{line}: {before.splitlines()[line - 1].strip()}  ->  {changed}"
    print(f"{'SURVIVED' if survived else 'killed  '} {place}", flush=True)
    return place if survived else ""


def tests_pass(checkout: Path, command: str) -> bool:
    """Run the tests in the copy, without what the caller's environment adds to it; no answer in time is no."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(checkout), "PYTHONPATH": str(checkout), "CI": "true"}
    try:
        done = subprocess.run(
            command, shell=True, cwd=checkout, timeout=LIMIT_S, capture_output=True, env=environment
        )
        return done.returncode == 0
    except subprocess.TimeoutExpired:
        return False


def cosmic_ray() -> str:
    return str(Path(sys.executable).with_name("cosmic-ray"))


if __name__ == "__main__":
    raise SystemExit(main())
