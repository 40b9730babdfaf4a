RULE = "dataset.leak"


def test_names_the_other_file(judged):
    images = [
        {"file_name": "1.png", "picture_hash": "ab", "source": 0},
        {"file_name": "2.png", "picture_hash": "ab", "source": 1, "annotations": 5},
    ]
    (found,) = judged(RULE, images, sources=("train.json", "val.json"))
    assert (found.severity, found.source, found.pointer) == ("error", "val.json", "/images/1")
    assert found.message == "The image 2.png is the same picture as 1.png of train.json, byte for byte."
    assert found.evidence["first_source"] == "train.json"
    assert found.evidence["annotations"] == 5
