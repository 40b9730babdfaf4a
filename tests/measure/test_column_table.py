import copy
import pickle

import numpy as np
import pandas as pd
import pytest

from audit.measure.column_table import ColumnTable

SIZES = ColumnTable(
    {
        "name": np.array(["a", "b", "c"], dtype=object),
        "area_px": np.array([4, 2, 9]),
        "score": np.array([0.5, np.nan, 1.0]),
    }
)


def test_columns_are_numpy_arrays_that_cannot_be_written_to():
    values = SIZES["area_px"]
    assert type(values.to_numpy()) is np.ndarray
    assert values.to_numpy(np.float64).dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        values.to_numpy()[0] = 1
    with pytest.raises(TypeError):
        SIZES["area_px"] = values


def test_what_numpy_does_not_know_is_asked_of_pandas():
    assert SIZES["name"].isin(["a"]).tolist() == [True, False, False]
    assert SIZES[SIZES["area_px"] > 2]["name"].tolist() == ["a", "c"]
    assert SIZES.loc[1, "area_px"] == 2
    assert SIZES[["area_px"]].to_numpy().tolist() == [[4], [2], [9]]
    with pytest.raises(AttributeError, match="nothing_like_it"):
        SIZES.nothing_like_it  # noqa: B018
    with pytest.raises(KeyError):
        SIZES["nothing_like_it"]


def test_assign_makes_another_table():
    changed = SIZES.assign(area_px=0, name="x", more=[1, 2, 3])
    assert changed["area_px"].tolist() == [0, 0, 0]
    assert changed["name"].tolist() == ["x", "x", "x"]
    assert changed["name"].to_numpy().dtype == object
    assert changed.columns == ["name", "area_px", "score", "more"]
    assert SIZES["area_px"].tolist() == [4, 2, 9]


def test_to_pandas_has_the_same_columns_and_types():
    frame = SIZES.to_pandas()
    assert frame.dtypes.astype(str).tolist() == ["object", "int64", "float64"]
    frame.loc[0, "area_px"] = 7
    assert SIZES["area_px"].tolist() == SIZES.to_pandas()["area_px"].tolist() == [4, 2, 9]
    assert ColumnTable({}).to_pandas().shape == (0, 0)


def test_equal_tables():
    again = pickle.loads(pickle.dumps(copy.copy(SIZES)))
    assert again.equals(SIZES)
    assert SIZES.equals(SIZES.to_pandas())
    assert not SIZES.equals(SIZES.assign(area_px=1))


def test_rows():
    assert SIZES.take(np.array([2, 0]))["name"].tolist() == ["c", "a"]
    assert SIZES.take(slice(1))["area_px"].tolist() == [4]
    assert SIZES.record(1)["name"] == "b"
    assert isinstance(SIZES.to_pandas(), pd.DataFrame)
