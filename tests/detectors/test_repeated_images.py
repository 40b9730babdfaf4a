import pytest

from audit.detectors.repeated_images import find_repeated_images

ONE = {"masks_hash": 7, "annotations": 3}
READ = {"picture_hash": "ab"}


def found(m, min_masks=2):
    return [(s.row, s.first, s.by) for s in find_repeated_images(m, min_masks)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        ([ONE], []),
        ([ONE, ONE, {}], [(1, 0, "masks")]),
        ([READ, {}, READ, READ], [(2, 0, "picture"), (3, 0, "picture")]),
        ([ONE, {**ONE, "masks_hash": 8}], []),
        ([ONE, {**ONE, "width": 65}], []),
        ([{}, {}], []),  # no masks are not equal masks
        ([{**ONE, **READ}, ONE], []),  # the bytes of only one are known
        ([{**ONE, **READ}, {**ONE, "picture_hash": "cd"}], []),
        ([{**ONE, **READ}, ONE, READ, ONE], [(2, 0, "picture"), (3, 1, "masks")]),
    ],
)
def test_the_first_of_its_kind_is_repeated(pictured, rows, expected):
    assert found(pictured(*rows)) == expected


@pytest.mark.parametrize(("min_masks", "number"), [(3, 1), (4, 0)])
def test_few_masks_say_nothing(pictured, min_masks, number):
    assert len(found(pictured(ONE, ONE), min_masks)) == number


def test_says_by_what_it_is_known_and_whether_in_one_file(pictured):
    (same,) = find_repeated_images(pictured(READ, {**READ, "source": 1}), 2)
    assert (same.by, same.same_source) == ("picture", False)
    (same,) = find_repeated_images(pictured(ONE, ONE), 2)
    assert (same.by, same.same_source, same.masks) == ("masks", True, 3)
