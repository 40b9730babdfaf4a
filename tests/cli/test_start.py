"""Commands that only talk start quickly, because they import little."""

import gc
import json
import os
import subprocess
import sys

import pytest
from PIL import Image

from audit.cli.main import run

HEAVY = {"pandas", "scipy", "pyarrow", "PIL", "shapely", "skimage", "pycocotools", "jinja2", "matplotlib"}


def loaded(*arguments):
    """Return the packages that a command has imported when it ends, and the rooms of this one."""
    program = (
        "import json, sys, maskaudit; from audit.cli.main import main; code = main(sys.argv[1:]); "
        "print(json.dumps([code, sorted(name for name in sys.modules if '.' not in name or name.startswith('audit.'))]), file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    code, names = json.loads(ran.stderr.splitlines()[-1])
    assert code == 0
    return set(names)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["scan", "--help"], ["demo", "--help"]])
def test_help_needs_none_of_the_libraries(arguments):
    assert not loaded(*arguments) & {*HEAVY, "numpy", "msgspec", "rich"}


@pytest.mark.parametrize("arguments", [["rules"], ["explain", "overlap.duplicate"]])
def test_the_catalogue_needs_numpy_at_most(arguments):
    assert not loaded(*arguments) & HEAVY


def test_a_small_scan_imports_little(tmp_path):
    square = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 25, "bbox": [1, 1, 5, 5]}
    document = {
        "images": [{"id": 1, "file_name": "a.png", "height": 20, "width": 20}],
        "categories": [{"id": 1, "name": "cell"}],
        "annotations": [{**square, "segmentation": [[1, 1, 6, 1, 6, 6, 1, 6]]}],
    }
    (tmp_path / "a.json").write_text(json.dumps(document))
    arguments = ["scan", str(tmp_path / "a.json"), "--out", str(tmp_path / "out"), "--no-html"]
    names = loaded(*arguments)
    assert names & HEAVY == {"pyarrow"}
    # Every rule is loaded, those about predictions too, but nothing that only predictions need.
    assert "audit.detectors.prediction.loose_mask" in names
    assert not any(name.startswith("audit.comparison") for name in names)
    # Pages need what fills them in, and of the comparison only the names of causes.
    paged = loaded(*arguments[:-1])
    assert paged & HEAVY == {"pyarrow", "jinja2"}
    compared = {name for name in paged if name.startswith("audit.comparison")}
    assert compared == {"audit.comparison", "audit.comparison.cause_names"}
    # Pictures need no scipy, whose import takes as long as some hundred small pictures.
    Image.new("L", (20, 20)).save(tmp_path / "a.png")
    assert not loaded(*arguments, "--images", str(tmp_path)) & {"pandas", "scipy"}
    # Nor does comparing need what lays out tables for people.
    result = {"image_id": 1, "category_id": 1, "score": 0.9, "segmentation": [[1, 1, 6, 1, 6, 5, 1, 5]]}
    (tmp_path / "results.json").write_text(json.dumps([result]))
    compared = loaded("compare", arguments[1], str(tmp_path / "results.json"), *arguments[2:])
    assert compared & HEAVY == {"pyarrow"}


@pytest.mark.parametrize(("given_number", "expected"), [(None, "1"), ("4", "4")])
def test_linear_algebra_has_one_thread_unless_the_user_says_otherwise(monkeypatch, given_number, expected):
    collected_after = gc.get_threshold()
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", given_number or "")
    if given_number is None:
        monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    monkeypatch.setattr(sys, "argv", ["maskaudit", "--version"])
    try:
        with pytest.raises(SystemExit):
            run()
        assert os.environ["OPENBLAS_NUM_THREADS"] == expected
    finally:
        gc.set_threshold(*collected_after)


def test_what_was_imported_is_not_freed_piece_by_piece_at_the_end():
    program = (
        "import atexit, gc, sys; from audit.__main__ import run; sys.argv = ['maskaudit', '--version'];"
        "atexit.register(lambda: print(len(gc.get_objects()), gc.get_freeze_count())); run()"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    n_tracked, n_frozen = map(int, ran.stdout.splitlines()[-1].split())
    assert n_frozen > 100 * n_tracked
