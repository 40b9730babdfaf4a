import pytest

from audit.detectors.image.missing import Options, detect

GONE = {"picture": "image.missing", "picture_detail": "no such file"}


def test_each_missing_picture_is_listed(pictured):
    found = list(detect(pictured({}, GONE, GONE), Options()))
    assert [hit.image for hit in found] == [1, 2]
    assert found[0].evidence == {"file_name": "a.jpg", "detail": "no such file"}


def test_a_wrong_folder_is_said_once(pictured):
    (hit,) = detect(pictured(*[GONE] * 21), Options())
    assert hit.image is None
    assert hit.evidence == {"images": 21, "missing": 21, "file_name": "a.jpg"}
    assert "None of the 21 pictures" in hit.message


@pytest.mark.parametrize(("rows", "listed"), [([GONE] * 20, 20), ([GONE] * 30 + [{}], 30)])
def test_few_pictures_or_one_that_is_there_are_no_wrong_folder(pictured, rows, listed):
    assert len(list(detect(pictured(*rows), Options()))) == listed


def test_the_limit_is_an_option(pictured):
    assert len(list(detect(pictured(*[GONE] * 21), Options(max_listed=21)))) == 21
