"""Edits of a record's text keep every character of what does not change."""

import json

from hypothesis import given
from hypothesis import strategies as st

from audit.fixes.json_text import drop_elements, find_elements, find_members, replace_members

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
INDENTS = st.sampled_from([None, 0, 2])


@given(st.dictionaries(st.text(), VALUES), VALUES, st.text(), INDENTS)
def test_one_member_changes_and_no_other(record, value, name, indent):
    text = json.dumps(record, indent=indent)
    changed = replace_members(text, {name: value})
    assert json.loads(changed) == {**record, name: value}
    before, after = find_members(text), find_members(changed)
    for other in record.keys() - {name}:
        assert text[slice(*before[other].value)] == changed[slice(*after[other].value)]


@given(st.lists(VALUES), st.sets(st.integers(0, 5)), INDENTS)
def test_elements_are_dropped(values, dropped, indent):
    text = json.dumps(values, indent=indent)
    assert len(find_elements(text)) == len(values)
    kept = [value for position, value in enumerate(values) if position not in dropped]
    assert json.loads(drop_elements(text, dropped)) == kept


def test_new_members_look_like_the_others():
    text = '{\n  "id" : 1,\n  "area" : 2.0\n}'
    assert replace_members(text, {"iscrowd": 0}) == '{\n  "id" : 1,\n  "area" : 2.0,\n  "iscrowd" : 0\n}'


def test_of_a_doubled_name_the_last_counts():
    assert replace_members('{"id": 1, "id": 2}', {"id": 3}) == '{"id": 1, "id": 3}'
