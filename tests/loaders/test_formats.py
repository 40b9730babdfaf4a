"""Formats can be named; without a name, the content tells."""

import json

import numpy as np
import pytest
from PIL import Image

import audit
from audit.loaders.formats import READERS
from audit.loaders.loaded import UnreadableError
from audit.loaders.read import read_dataset

NOTHING = {"images": [], "annotations": [], "categories": []}


@pytest.fixture
def mixed(tmp_path):
    """A folder that is label images by its content, and has the text files of another format."""
    (tmp_path / "labels").mkdir()
    Image.fromarray(np.array([[0, 1], [2, 2]], dtype=np.uint8)).save(tmp_path / "labels" / "a.png")
    (tmp_path / "labels" / "a.txt").write_text("0 0.1 0.1 0.9 0.1 0.5 0.9\n")
    return tmp_path


def test_a_named_format_beats_the_content(mixed):
    assert read_dataset([mixed]).dataset.sources[0].format == "yolo"
    loaded = read_dataset([mixed], input_format="label_images")
    assert loaded.dataset.sources[0].format == "label_images"
    assert len(loaded.dataset.annotations) == 2


def test_every_way_in_takes_the_format(mixed, tmp_path):
    assert len(audit.scan(mixed, input_format="label_images").instances) == 2
    assert len(audit.trainer_view(mixed, "mmdet", input_format="label_images").labels) == 2
    results = tmp_path / "results.json"
    results.write_text("[]")
    assert audit.average_precision(mixed, results, input_format="label_images")["AP"] == 0
    assert len(audit.compare(mixed, results, input_format="label_images").overlaps) == 0


@pytest.mark.parametrize("name", READERS)
def test_a_format_that_is_not_there_is_refused_in_one_line(tmp_path, name):
    with pytest.raises(UnreadableError) as caught:
        read_dataset([tmp_path], input_format=name)
    assert caught.value.rule in {"input.format", "schema.top_level"}
    with pytest.raises(UnreadableError, match=r"input\.missing"):
        read_dataset([tmp_path / "none"], input_format=name)


def test_an_unknown_format_is_answered_with_the_known_ones(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(NOTHING))
    with pytest.raises(UnreadableError, match=r"no format yulo; name one of coco, .*labelme"):
        read_dataset([path], input_format="yulo")
    assert read_dataset([path], input_format="coco").dataset.sources[0].format == "coco"
