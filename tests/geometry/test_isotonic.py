import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from audit.geometry.isotonic import fit_isotonic

POINTS = st.lists(
    st.tuples(st.floats(-5, 5) | st.integers(0, 3), st.floats(1e-3, 9)), min_size=1, max_size=40
)


@given(POINTS)
def test_scipy_gives_the_same_bits(points):
    values, weights = np.array(points, dtype=float).T
    expected = isotonic_regression(values, weights=weights).x
    assert fit_isotonic(values, weights).tobytes() == expected.tobytes()
