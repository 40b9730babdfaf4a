"""Whatever stands in a file, an audit ends, and says why: it never crashes or hangs."""

import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from corpus.base import Raw, dumps, sound, written
from corpus.compare import plain, resolve
from corpus.results import sound_results
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.loaders.loaded import UnreadableError
from audit.pipeline.outputs import write_scan_files
from audit.pipeline.result import ScanResult
from audit.pipeline.run import scan

LIMIT_S = 300
"""Far more than any of these small files needs."""
# Every example is a whole scan; `make fuzz` makes thousands, of other files each time.
FUZZ = settings(max_examples=40, suppress_health_check=list(HealthCheck), print_blob=True)
At = tuple[str | int, ...]

NASTY: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2,
    0.5,
    -0.0,
    1e308,
    -1e9,
    1e-320,
    2**31,
    2**32 + 5,
    2**63 - 1,
    2**63,
    -(2**63),
    10**30,
    10**400,
    math.nan,
    math.inf,
    -math.inf,
    Raw("1e400"),
    Raw("9" * 5000),
    Raw("-0"),
    Raw('{"size": [48, 64], "size": [1, 1], "counts": ""}'),
    "",
    "7001",
    "NaN",
    "é",
    "\0",
    "\ud800",
    "\u202e",
    "=1+1",
    "../../x",
    "PPPP",
    "o" * 99,
    "x" * 5000,
    [],
    [[]],
    [[[]]],
    [None],
    [math.nan, 1, 2, 3],
    [[1, 2]],
    [[1, 2, 3, 4, 5]],
    [[1, 2, 3, 4, 5, 6], []],
    [0, 3072],
    [3072],
    [0, 0, 0, 3072],
    [-5, 3077],
    [48.0, 64.0],
    {},
    {"id": 1},
    {"size": [48, 64], "counts": "PPYo1"},
    {"size": [48, 64], "counts": [0, 3072]},
    {"size": [0, 0], "counts": [1]},
    {"counts": []},
)


def places(value: Any, at: At = ()) -> Iterator[At]:
    """List the places of all values in a document."""
    if at:
        yield at
    if isinstance(value, dict):
        for key, part in value.items():
            yield from places(part, (*at, key))
    elif isinstance(value, list):
        for k, part in enumerate(value):
            yield from places(part, (*at, k))


def holder(document: Any, at: At) -> Any:
    for key in at[:-1]:
        if not isinstance(document, dict | list):
            return None
        try:
            document = document[key]
        except (LookupError, TypeError):
            return None  # an earlier change took it away
    return document


def mutate(document: Any, at: At, action: str, value: Any) -> None:
    """Change one value; nothing where earlier changes took its place away."""
    inside, key = holder(document, at), at[-1]
    if not isinstance(inside, dict | list):
        return
    try:
        old = inside[key]
    except (LookupError, TypeError):
        return
    if action == "replace":
        inside[key] = value
    elif action == "delete":
        del inside[key]
    elif action == "wrap":
        inside[key] = [old]
    elif isinstance(inside, list):
        inside.insert(int(key), old if action == "double" else value)
    elif isinstance(inside, dict):
        inside[f"{key} " if action == "double" else key] = old if action == "double" else value


BYTES = b'0123456789-.eE"[]{},:ntf\\ \n\0\x80\xc3\xff'
"""What JSON is made of, and what breaks it."""

DOCUMENTS = {"labels": sound, "results": sound_results}
PLACES = {name: list(places(make())) for name, make in DOCUMENTS.items()}
# Coordinates and runs are many, and one of them is as good as another: a field is chosen first.
FIELDS = {
    name: sorted({tuple("#" if isinstance(k, int) else k for k in at) for at in found}, key=str)
    for name, found in PLACES.items()
}


def place_in(name: str) -> st.SearchStrategy[At]:
    def of_field(field: tuple[str, ...]) -> st.SearchStrategy[At]:
        return st.sampled_from(
            [at for at in PLACES[name] if tuple("#" if isinstance(k, int) else k for k in at) == field]
        )

    return st.sampled_from(FIELDS[name]).flatmap(of_field)


def mutations(name: str) -> st.SearchStrategy[list[tuple[At, str, Any]]]:
    actions = st.sampled_from(["replace", "replace", "replace", "delete", "wrap", "double", "insert"])
    one = st.tuples(place_in(name), actions, st.integers(0, len(NASTY) - 1))
    return st.lists(one, min_size=1, max_size=5)


def audit_ends(folder: Path, labels: bytes, results: bytes | None = None) -> None:
    """Audit files: there is a result that can be written, or one line that says why there is none."""
    path = written(folder, labels).path
    predictions = None if results is None else written(folder, results, "results.json").path
    start = time.monotonic()
    try:
        result = scan(path, predictions=predictions)
    except UnreadableError as error:
        assert str(error).isprintable()
        assert error.where
        assert error.rule
    else:
        can_be_written(result, folder / "out", predictions or path)
    assert time.monotonic() - start < LIMIT_S


def can_be_written(result: ScanResult, out: Path, guilty: Path) -> None:
    out.mkdir(exist_ok=True)
    write_scan_files(result, out)
    said = json.loads((out / "findings.json").read_bytes())["findings"]
    assert len(said) == len(result.findings)
    document = plain(guilty)
    for f in result.findings:
        assert f.source == str(guilty)
        resolve(document, f.pointer)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_values_of_any_kind(name, tmp_path):
    @FUZZ
    @given(changes=mutations(name))
    def check(changes):
        document = DOCUMENTS[name]()
        for at, action, k in changes:
            value = NASTY[k]
            mutate(document, at, action, value if isinstance(value, Raw) else json_copy(value))
        data = dumps(document)
        if name == "labels":
            audit_ends(tmp_path, data)
        else:
            audit_ends(tmp_path, dumps(sound()), data)

    check()


def json_copy(value: Any) -> Any:
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_bytes_of_any_kind(name, tmp_path):
    whole = dumps(DOCUMENTS[name]())

    @FUZZ
    @given(
        flips=st.lists(st.tuples(st.integers(0, len(whole) - 1), st.sampled_from(BYTES)), max_size=4),
        end=st.integers(0, len(whole)) | st.just(len(whole)),
    )
    def check(flips, end):
        data = bytearray(whole)
        for position, value in flips:
            data[position] = value
        if name == "labels":
            audit_ends(tmp_path, bytes(data[:end]))
        else:
            audit_ends(tmp_path, dumps(sound()), bytes(data[:end]))

    check()


@FUZZ
@given(end=st.integers(0, len(dumps(sound()))))
def test_what_is_left_of_a_file_can_be_salvaged(end, tmp_path):
    path = written(tmp_path, dumps(sound())[:end]).path
    try:
        result = scan(path, salvage=True)
    except UnreadableError as error:
        assert error.rule == "json.empty"
    else:
        assert end == len(dumps(sound())) or "json.syntax" in {f.rule for f in result.findings}
