"""Loss curves as training tools write them."""

import json

import numpy as np
import pytest

from audit.loaders.loaded import UnreadableError
from audit.loaders.training_log import read_training_log

NAN = float("nan")


def read(tmp_path, text):
    path = tmp_path / "log"
    path.write_text(text)
    return read_training_log(path).to_numpy().tolist()


def test_detectron2_writes_json_lines_and_the_last_may_be_cut_off(tmp_path):
    lines = [
        {"iteration": 19, "total_loss": 2.5, "loss_mask": 0.69, "loss_cls": 1.1, "lr": 0.001},
        {"iteration": 39, "segm/AP": 31.0},
        {"iteration": 39, "total_loss": 1.5, "loss_mask": 0.5},
    ]
    text = "\n".join(map(json.dumps, lines)) + '\n{"iteration": 59, "total_'
    assert read(tmp_path, text) == [[2.5, 0.69], [1.5, 0.5]]


def test_mmdetection_says_which_lines_are_of_the_training(tmp_path):
    lines = [
        {"mode": "train", "iter": 50, "loss": 1.5, "loss_mask": 0.6},
        {"mode": "val", "iter": 50, "loss": 9.0},
    ]
    assert read(tmp_path, "\n".join(map(json.dumps, lines))) == [[1.5, 0.6]]


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_list_of_records(tmp_path, wrapped):
    records = [{"step": 1, "loss": 2.0}, {"step": 2, "eval_loss": 1.0}, {"step": 2, "loss": "?"}]
    text = json.dumps({"log_history": records} if wrapped else records, indent=1)
    np.testing.assert_array_equal(read(tmp_path, text), [[2.0, NAN]])


def test_csv_with_empty_cells_and_with_parts_alone(tmp_path):
    lightning = "epoch,step,train_loss,val_loss\n0,9,1.5,\n0,9,,1.7\n1,19,nan,\n"
    np.testing.assert_array_equal(read(tmp_path, lightning), [[1.5, NAN], [NAN, NAN]])
    ultralytics = "epoch, train/box_loss, train/seg_loss, val/seg_loss\n1, 1.0, 0.5, 7\n2, 0.5, 0.25, 8\n"
    assert read(tmp_path, ultralytics) == [[1.5, 0.5], [0.75, 0.25]]


def test_the_text_of_torchvisions_references(tmp_path):
    line = "Epoch: [0]  [{}/60]  eta: 0:01  lr: 0.00  loss: {} (2.0)  loss_mask: {} (0.9)  time: 1.1\n"
    text = "Not using distributed mode\n" + line.format(0, "2.5000", "0.7") + line.format(10, "nan", "nan")
    np.testing.assert_array_equal(read(tmp_path, text), [[2.5, 0.7], [NAN, NAN]])


@pytest.mark.parametrize(
    "text", ["", "epoch,lr\n1,2\n", "[1, 2]", '{"lr": 1}', "{", "no numbers here", "\x00\xff"]
)
def test_what_holds_no_loss_is_refused_in_one_line(tmp_path, text):
    with pytest.raises(UnreadableError, match="no loss is written in it"):
        read(tmp_path, text)
