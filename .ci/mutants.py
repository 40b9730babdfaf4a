"""Change the code in small ways and see whether a public clone's tests notice (Cosmic Ray does the changing).

python .ci/mutants.py                    files changed since main's last commit but one
python .ci/mutants.py audit/gates --count 50 --seed 3
python .ci/mutants.py audit/gates/sampling.py
python .ci/mutants.py audit --one-a-file --count 50 --jobs 2

The work is done in a copy of the checkout without real data, so what only real data would notice counts as survived.
A mutant meets the tests named like its file first, then its room's, and with --all-rooms every test.
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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

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
LIMIT_S = 600.0
NO_TESTS = 5
"""What pytest returns where a file has no examples and no tests of its name."""
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
    parser.add_argument(
        "--one-a-file", action="store_true", help="draw files by their lines, then one in each"
    )
    parser.add_argument("--all-rooms", action="store_true", help="what its room lets live meets all tests")
    parser.add_argument("--jobs", type=int, default=1, help="mutants that are tried at a time")
    options = parser.parse_args(arguments)
    files = sorted(source_files(options.places or changed_files()))
    if not files:
        print("No file of audit/ was changed: name files or folders.")
        return 0
    with tempfile.TemporaryDirectory(prefix="maskaudit-mutants-") as folder:
        checkouts = [Path(folder) / f"checkout{job}" for job in range(options.jobs)]
        for checkout in checkouts:
            copy_checkout(checkout)
        draw = draw_one_a_file if options.one_a_file else draw_evenly
        drawn = draw(checkouts[0], files, options.count, random.Random(options.seed))
        trial = Trial(checkouts, options.all_rooms)
        for command in trial.baseline_commands([str(item.mutations[0].module_path) for item in drawn]):
            if not tests_pass(checkouts[0], command):
                print(f"Nothing can be learned: these tests fail as the code stands.\n{command}")
                return 2
        with ThreadPoolExecutor(options.jobs) as pool:
            survived = [line for line in pool.map(trial.try_mutant, drawn) if line]
    print(f"{len(drawn) - len(survived)} of {len(drawn)} mutants killed (seed {options.seed}).")
    return int(len(survived) > MAX_SURVIVED * len(drawn))


def draw_evenly(checkout: Path, files: Sequence[str], count: int, rng: random.Random) -> list[WorkItem]:
    """Draw among all changes that can be made."""
    items = [item for file in files for item in mutations(checkout, file)]
    return rng.sample(items, min(count, len(items)))


def draw_one_a_file(checkout: Path, files: Sequence[str], count: int, rng: random.Random) -> list[WorkItem]:
    """Draw files, long ones more often, and one change in each; needs no list of all changes."""
    lines = {file: len((checkout / file).read_text(encoding="utf-8").splitlines()) for file in files}
    # Sorting by u**(1/weight) draws without replacement (Efraimidis and Spirakis 2006).
    order = sorted(files, key=lambda file: rng.random() ** (1 / max(lines[file], 1)), reverse=True)
    drawn: list[WorkItem] = []
    for file in order:
        if len(drawn) < count and (items := mutations(checkout, file)):
            drawn.append(rng.choice(items))
    return drawn


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
    """Copy what git knows and the built C++ core, in a folder that has no real data beside it."""
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in [*names.splitlines(), "audit/native/libmaskaudit.so"]:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    # An editable install may find `audit` by a hook of its own, which goes before PYTHONPATH: the copy is meant.
    (folder / "sitecustomize.py").write_text(
        "import sys\nsys.meta_path[:] = [x for x in sys.meta_path if 'ScikitBuild' not in type(x).__name__]\n"
    )


def mutations(checkout: Path, file: str) -> list[WorkItem]:
    """List the changes of one file that are worth trying."""
    config = checkout / "mutants.toml"
    config.write_text(
        f'[cosmic-ray]\nmodule-path = "{file}"\ntimeout = {LIMIT_S}\nexcluded-modules = []\n'
        f'test-command = "true"\n[cosmic-ray.distributor]\nname = "local"\n'
    )
    session = checkout / "mutants.sqlite"
    session.unlink(missing_ok=True)
    subprocess.run(
        [cosmic_ray(), "init", config.name, session.name], cwd=checkout, check=True, capture_output=True
    )
    with use_db(session, WorkDB.Mode.open) as database:
        return [i for i in database.work_items if i.mutations[0].operator_name.startswith(OPERATORS)]


def test_command(*tests: str) -> str:
    """Run files or folders of tests that need neither real data nor a browser."""
    marks = "not shared and not slow and not browser"
    return f"{sys.executable} -m pytest -x -q -p no:cacheprovider -m '{marks}' {' '.join(tests)}"


def test_commands(file: str, *, all_rooms: bool) -> list[str]:
    """List what a change of a file must pass to survive: the nearest tests first."""
    room = Path(file).parts[1]
    near = sorted(
        str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob(f"test_{Path(file).stem}.py")
    )
    commands = [test_command(file, *near)]
    if (ROOT / "tests" / room).is_dir():
        commands.append(test_command(f"tests/{room}", f"audit/{room}"))
        return [*commands, test_command()] if all_rooms else commands
    return [*commands, test_command()]


class Trial:
    """Tries changes in copies of the checkout, one change a copy at a time."""

    def __init__(self, checkouts: Sequence[Path], all_rooms: bool) -> None:
        self.free: SimpleQueue[Path] = SimpleQueue()
        for checkout in checkouts:
            self.free.put(checkout)
        self.all_rooms = all_rooms

    def baseline_commands(self, files: Sequence[str]) -> list[str]:
        """List the widest tests of each file, which must pass before anything is changed."""
        return sorted({test_commands(file, all_rooms=self.all_rooms)[-1] for file in files})

    def try_mutant(self, item: WorkItem) -> str:
        """Apply one change, run the tests, undo it; return a line about it if it survived."""
        checkout = self.free.get()
        try:
            return try_mutant(checkout, item, all_rooms=self.all_rooms)
        finally:
            self.free.put(checkout)


def try_mutant(checkout: Path, item: WorkItem, *, all_rooms: bool = False) -> str:
    """Apply one change, run the tests, undo it; return a line about it if it survived."""
    (mutation,) = item.mutations
    path = checkout / mutation.module_path
    before = path.read_text(encoding="utf-8")
    try:
        subprocess.run(
            [cosmic_ray(), "apply", str(mutation.module_path), mutation.operator_name, str(mutation.occurrence)],
            cwd=checkout, check=True, capture_output=True,
        )  # fmt: skip
        commands = test_commands(str(mutation.module_path), all_rooms=all_rooms)
        survived = all(tests_pass(checkout, command) for command in commands)
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
        return done.returncode in (0, NO_TESTS)
    except subprocess.TimeoutExpired:
        return False


def cosmic_ray() -> str:
    return str(Path(sys.executable).with_name("cosmic-ray"))


if __name__ == "__main__":
    raise SystemExit(main())
