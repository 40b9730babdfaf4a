from audit.testing import measured, scene
from audit.touching.overview import overview


def test_counts_what_the_rules_name(wrong):
    page = overview(wrong, 0.4)
    (cells,) = page.categories
    assert (cells.contacts, cells.merged, cells.split, cells.reason) == (241, 3, 1, "")
    assert [share.name for share in page.images] == ["3.png", "5.png", "7.png", "9.png"]
    assert [share.merged + share.split for share in page.images] == [1, 1, 1, 1]
    assert page.curve["as_two"].sum() == 238
    assert page.curve["odd_as_one"].sum() == 3
    assert page.curve["odd_as_two"].sum() == 1
    # Where the evidence says several, annotators draw two; where it says one, they draw one.
    assert page.curve["as_two"].iloc[-1] > page.curve["as_one"].iloc[-1]
    assert page.batches == ()


def test_names_the_batches(batches):
    first, second = overview(batches).batches
    assert (first.name, second.name) == ("first", "second")
    assert first.odd_high < second.odd_low


def test_says_why_nothing_was_learned():
    page = overview(measured(scene("aab")))
    assert len(page.curve) == 0
    assert page.categories == ()
