"""A file with k defects reports all k of them in one run, and leaves the sound records as they are."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from corpus import CASES, FINDING, Case
from corpus.base import (
    ABSENT,
    RECORD,
    SOUND_COUNTS,
    VICTIM,
    VICTIM_CATEGORY,
    VICTIM_IMAGE,
    Place,
    changed,
    dumps,
    sound,
    written,
)
from corpus.compare import is_at, resolve, said, sound_instances
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.pipeline.run import scan

LONG = 10_000
"""Characters of text from which on a defect is too heavy to be combined."""


def is_light(changes: Mapping[str, Any]) -> bool:
    return len(dumps([value for value in changes.values() if value is not ABSENT])) < LONG


SINGLE = [case for case in CASES if case.expected == FINDING and case.entity and is_light(case.changes or {})]
"""Defects of one record."""
NAMED = {case.name: case for case in SINGLE}
VICTIM_OF = {"annotations": VICTIM, "images": VICTIM_IMAGE, "categories": VICTIM_CATEGORY}


def combined(cases: Sequence[Case]) -> dict[str, Any]:
    """Append an annotation, its image and its category for every defect; one of them gets the defect."""
    document = sound()
    for k, case in enumerate(cases):
        new = {name: copy.deepcopy(sound()[name][row]) for name, row in VICTIM_OF.items()}
        new["images"] |= {"id": 8000 + k, "file_name": f"{k}.jpg"}
        new["categories"] |= {"id": 100 + k, "name": f"kind {k}"}
        new["annotations"] |= {"id": 910000 + k, "image_id": 8000 + k, "category_id": 100 + k}
        changed(new[case.entity], case.changes or {})
        for name, record in new.items():
            document[name].append(record)
    return document


def moved(place: Place, k: int) -> Place:
    """Point at the record that was appended as the k-th instead of the victim."""
    if isinstance(place, tuple):
        return tuple(str(moved(one, k)) for one in place)
    for name, row in VICTIM_OF.items():
        place = place.replace(f"/{name}/{row}", f"/{name}/{SOUND_COUNTS[name] + k}", 1)
    return place


def all_are_reported(cases: Sequence[Case], folder: Any) -> None:
    document = combined(cases)
    result = scan(written(folder, dumps(document)).path)
    base = scan(written(folder, dumps(sound())).path)
    missed = []
    for k, case in enumerate(cases):
        found = [f.pointer for f in result.findings if f.rule == case.rule]
        for place in case.places:
            here = moved(place, k)
            if not any(is_at(pointer, here) for pointer in found):
                missed.append((case.name, here, found[:5]))
    assert missed == []
    for f in result.findings:
        if "records" not in f.evidence:
            resolve(document, f.pointer)
    assert sound_instances(result) == sound_instances(base)
    reported = {case.rule for case in cases}
    for rule in reported:
        assert said(base.findings, but=rule) <= said(result.findings, but="")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.sampled_from(sorted(NAMED)), min_size=2, max_size=9, unique=True))
def test_k_defects_are_all_reported(names, tmp_path):
    all_are_reported([NAMED[name] for name in names], tmp_path)


def test_every_defect_at_once(tmp_path):
    assert len(SINGLE) > 100
    all_are_reported(SINGLE, tmp_path)


@pytest.mark.parametrize("group", "ACDEFH")
def test_every_defect_of_a_group_at_once(group, tmp_path):
    all_are_reported([case for case in SINGLE if case.id.startswith(group)], tmp_path)


def test_defects_of_one_record_are_all_reported(tmp_path):
    document = sound()
    document["annotations"][VICTIM] |= {
        "id": "x",
        "image_id": "7001",
        "category_id": 99,
        "bbox": [1, 2, None, 4],
        "area": "12",
        "iscrowd": None,
        "segmentation": [[1, 2, 3]],
    }
    result = scan(written(tmp_path, dumps(document)).path)
    at_victim = {(f.rule, f.pointer) for f in result.findings if f.pointer.startswith(f"{RECORD}/")}
    assert at_victim >= {
        ("id.type", f"{RECORD}/id"),
        ("id.type", f"{RECORD}/image_id"),
        ("ref.category", f"{RECORD}/category_id"),
        ("bbox.type", f"{RECORD}/bbox/2"),
        ("area.type", f"{RECORD}/area"),
        ("iscrowd.type", f"{RECORD}/iscrowd"),
        ("polygon.odd", f"{RECORD}/segmentation/0"),
    }


def test_a_habit_is_said_once(tmp_path):
    document = sound()
    own = document["annotations"][VICTIM]
    del own["area"]
    for k in range(30):
        document["images"].append(document["images"][1] | {"id": 8000 + k, "file_name": f"{k}.jpg"})
        document["annotations"].append(own | {"id": 910000 + k, "image_id": 8000 + k})
    result = scan(written(tmp_path, dumps(document)).path)
    (said_once,) = (f for f in result.findings if f.rule == "area.missing")
    assert said_once.evidence["records"] == 31
    assert said_once.evidence["of"] == 37
    assert said_once.evidence["example_ids"][0] == 900903
    resolve(document, said_once.pointer)
