import json

import numpy as np
import pytest

from audit.findings.columns import COLUMN_NAMES
from audit.findings.encode import encode_evidence, encode_json
from audit.findings.finding import Finding, Severity
from audit.findings.table import findings_table

FINDINGS = [
    Finding("overlap.duplicate", Severity.ERROR, "twice", 0.9, 3, "a.png", (1, 2), (1,), {"iou": 0.9}),
    Finding("dataset.empty", Severity.INFO, "nothing"),
]


def test_one_row_a_finding_in_order():
    table = findings_table(FINDINGS)
    assert tuple(table.columns) == COLUMN_NAMES
    assert table["rule"].tolist() == ["overlap.duplicate", "dataset.empty"]
    assert table["annotation_ids"].tolist() == [[1, 2], []]
    assert table["image_id"].isna().tolist() == [False, True]
    assert table["file_name"].tolist() == ["a.png", None]


def test_empty_table_has_the_same_types():
    assert findings_table([]).dtypes.to_dict() == findings_table(FINDINGS).dtypes.to_dict()


def test_numpy_values_become_json_numbers():
    evidence = {"b": np.float64(0.5), "a": np.int64(3), "c": np.bool_(True), "d": np.array([1.5, np.inf])}
    assert encode_evidence(evidence) == '{"a":3,"b":0.5,"c":true,"d":[1.5,null]}'


def test_surrogates_become_escapes_at_any_depth():
    value = {"file\ud800": ["\udfff", {"x": ("\ud800", 1)}]}
    assert json.loads(encode_json(value)) == {"file\\ud800": ["\\udfff", {"x": ["\\ud800", 1]}]}


def test_what_json_cannot_hold_is_an_error():
    with pytest.raises(TypeError, match="object cannot be written as JSON"):
        encode_json({"a": object()})
