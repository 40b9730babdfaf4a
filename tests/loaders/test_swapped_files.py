"""Labels and results in the wrong order, whatever form the results have."""

import json

import pytest

from audit.cli.main import main
from audit.comparison.evaluate_files import average_precision
from audit.loaders.loaded import UnreadableError
from audit.pipeline.compare import compare
from audit.pipeline.run import scan

RLE = {"size": [4, 4], "counts": [0, 4, 12]}
RESULT = {"image_id": 1, "category_id": 1, "segmentation": RLE, "score": 0.5}
LABELS = {
    "images": [{"id": 1, "file_name": "a.png", "width": 4, "height": 4}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 4], "area": 4, "iscrowd": 0,
                     "segmentation": RLE}],
    "categories": [{"id": 1, "name": "cell"}],
}  # fmt: skip
WHOLE = LABELS | {"annotations": [LABELS["annotations"][0] | {"score": 0.5}]}


@pytest.fixture
def files(tmp_path):
    def write(**documents):
        for name, document in documents.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(document))
        return [str(tmp_path / f"{name}.json") for name in documents]

    return write


@pytest.mark.parametrize("results", [[RESULT], [], WHOLE])
def test_the_right_order_is_named(files, results):
    results_file, labels_file = files(results=results, labels=LABELS)
    calls = [
        lambda: compare(results_file, labels_file),
        lambda: scan(results_file, predictions=labels_file),
        lambda: average_precision(results_file, labels_file),
    ]
    for call in calls:
        with pytest.raises(UnreadableError) as caught:
            call()
        assert caught.value.rule == "schema.top_level" and "swapped" in caught.value.what
        assert caught.value.remedy == f"labels come first: {labels_file} {results_file}"
    compare(labels_file, results_file, what_ifs=False)


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [(LABELS, LABELS, "labels, not results"), ([RESULT], [RESULT], "is a list, not a COCO dataset")],
)
def test_two_of_a_kind_are_not_called_swapped(files, first, second, what):
    with pytest.raises(UnreadableError) as caught:
        compare(*files(first=first, second=second))
    assert what in caught.value.what


def test_it_is_one_line(files, capsys):
    results_file, labels_file = files(results=[RESULT], labels=LABELS)
    assert main(["compare", results_file, labels_file]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("maskaudit: ") and f"{labels_file} {results_file}" in line
