RULE = "dataset.image_without_annotations"


def images(labelled, unlabelled):
    return [{"annotations": 4}] * labelled + [
        {"annotations": 0, "image_id": k, "file_name": f"{k}.png"} for k in range(unlabelled)
    ]


def test_finds_the_one_that_was_skipped(judged):
    (found,) = judged(RULE, images(9, 1))
    assert (found.severity, found.file_name, found.image_id) == ("warning", "0.png", 0)
    assert found.evidence == {"images": 1, "of": 10, "share": 0.1}
    assert found.pointer == "/images/9"


def test_silent_where_all_or_none_are_like_that(judged):
    assert judged(RULE, images(5, 0)) == []
    assert judged(RULE, images(0, 5)) == []
    assert judged(RULE) == []


def test_many_are_said_once(judged):
    (found,) = judged(RULE, images(100, 20))
    assert (found.severity, found.file_name) == ("info", None)
    assert found.evidence["images"] == 20
    assert found.evidence["of"] == 120
    assert found.evidence["example_file_names"] == ["0.png", "1.png", "2.png", "3.png", "4.png"]
    assert len(judged(RULE, images(100, 20), once_above=0.2)) == 20
    assert len(judged(RULE, images(400, 20))) == 20
