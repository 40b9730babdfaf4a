import numpy as np
import pandas as pd

from audit.diff.identical_masks import identical_masks, match_categories, match_images


def images(*names):
    return pd.DataFrame({"file_name": list(names)})


def categories(**names):
    rows = [(int(key[1:]), name) for key, name in names.items()]
    return pd.DataFrame(rows, columns=["category_id", "name"])


def test_pictures_by_name_then_by_base_name():
    found = match_images(
        images("a/1.png", "a/2.png", "x/3.png"), images("2.png", "a/1.png", "y/3.png", "4.png")
    )
    assert found.new.tolist()[:3] == [1, 0, 2]
    assert found.new[3] not in found.old
    assert found.added == ("4.png",)
    assert found.removed == ()


def test_base_names_that_occur_twice_match_nothing():
    found = match_images(images("a/1.png", "b/1.png"), images("1.png"))
    assert found.added == ("1.png",)
    assert found.removed == ("a/1.png", "b/1.png")


def test_one_name_twice_is_one_picture():
    assert match_images(images("1.png", "1.png"), images("1.png")).old.tolist() == [0, 0]


def test_slashes_do_not_matter():
    assert match_images(images("a\\1.png"), images("./a/1.png")).added == ()


def test_categories_by_name_not_by_id():
    found = match_categories(categories(c1="cell", c2="dirt"), categories(c1="dirt", c3="cell", c4="new"))
    assert found.old.tolist() == [1, 0]
    assert found.renamed == {}


def test_a_new_name_for_an_id_is_a_new_name():
    found = match_categories(categories(c1="cell", c2="dirt"), categories(c1="nucleus", c2="dirt"))
    assert found.renamed == {"cell": "nucleus"}
    assert found.old.tolist() == found.new.tolist()
    assert found.name_of(-1) == "(no category)"


def test_the_same_pixels_under_the_same_name_go_first():
    keys = (np.array([0, 0, 1]), np.array([7, 7, 7], np.uint64), np.array([1, 2, 1]))
    other = (np.array([0, 0]), np.array([7, 7], np.uint64), np.array([2, 3]))
    old, new = identical_masks(keys, other)
    assert list(zip(old.tolist(), new.tolist(), strict=True)) == [(1, 0), (0, 1)]


def test_a_name_that_roboflow_made_is_the_picture_before():
    old = images("cell_png.rf.aa000000000000000000000000000001.jpg", "dirt.jpg")
    new = images("train/cell_png.rf.bb000000000000000000000000000001.jpg", "dirt_jpg.rf.0a0a0a0a.jpg")
    assert match_images(old, new).new.tolist() == [0, 1]


def test_base_names_that_occur_twice_are_told_apart_by_their_masks():
    old, new = images("a/1.png", "b/1.png", "c/1.png"), images("x/1.png", "y/1.png", "z/1.png")
    found = match_images(old, new, (["f 1", "e", ""], ["e", "f 1", ""]))
    assert found.new.tolist()[:2] == [1, 0]
    assert found.added == ("z/1.png",)
