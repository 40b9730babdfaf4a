from audit.testing import hits, scene

RULE = "image.empty"


def test_says_once_that_no_image_has_annotations():
    (hit,) = hits(RULE, scene("..."), scene("..."))
    assert hit.evidence == {"images": 2}
    assert hit.message == "None of the 2 images has annotations."


def test_silent_where_one_has_some_and_where_there_are_none():
    assert hits(RULE, scene("..."), scene("a..")) == []
    assert hits(RULE) == []
