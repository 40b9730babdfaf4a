import pytest

from audit.dataset.root_category import find_root_category


@pytest.mark.parametrize(
    ("categories", "root"),
    [
        ([("cell", "none"), ("cell", "cell")], 0),
        ([("red", "blood"), ("blood", "")], 1),
        ([("red", "blood"), ("blood", "None"), ("white", "blood")], 1),
        ([("blood", "none")], -1),  # a root of nothing
        ([("red", "blood"), ("white", "blood")], -1),
        ([("blood", "none"), ("red", "blood"), ("dust", "none")], -1),
        ([("blood", "liquid"), ("red", "blood")], -1),
        ([("", ""), ("", "")], -1),
        ([("cell", "cell"), ("cell", "cell")], -1),
    ],
)
def test_the_root_is_above_all_others(categories, root):
    names, supercategories = zip(*categories, strict=True)
    assert find_root_category(names, supercategories) == root


def test_many_categories_are_each_looked_at_once():
    class Counted(str):
        """A name that counts how often it is hashed."""

        n_hashed = 0

        def __hash__(self):
            Counted.n_hashed += 1
            return super().__hash__()

    names = [f"cell {number}" for number in range(1_000)]
    assert find_root_category(names, [Counted("")] * 1_000) == -1
    assert Counted.n_hashed < 10_000
