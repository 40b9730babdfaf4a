import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from audit.geometry.text_hash import hash_texts


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=8))
def test_pandas_gives_the_same_numbers(texts):
    expected = pd.util.hash_array(np.array(texts, dtype=object))
    assert hash_texts(texts).tolist() == expected.tolist()
