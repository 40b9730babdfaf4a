from audit.testing import hits, scene

RULE = "dataset.empty"


def test_finds_a_dataset_of_nothing(judged):
    (found,) = judged(RULE, categories=[{"name": "cell"}])
    assert (found.severity, found.evidence) == ("info", {"images": 0, "annotations": 0, "categories": 1})
    assert found.message == "There are no images and no annotations (1 category)."


def test_silent_where_there_is_something(judged):
    assert judged(RULE, [{"file_name": "a.png"}]) == []
    assert hits(RULE, scene("a")) == []


def test_silent_where_nothing_was_read():
    assert hits(RULE) == []
