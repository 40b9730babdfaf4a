import numpy as np

from audit.testing import dataset, scene
from audit.trainers.presets import TRAINERS
from audit.trainers.record_filters import Reason, find_reasons, label_boxes


def test_boxes_are_clipped_to_the_picture():
    data = dataset(scene("aa..\naa..", boxes={"a": (-1, 0, 9, 1)}))
    assert label_boxes(data.annotations, data.images, np.zeros((1, 4))).tolist() == [[0, 0, 4, 1]]


def test_a_crowd_is_a_crowd_whatever_else_it_lacks():
    data = dataset(scene("aa", crowd="a", boxes={"a": (0, 0, 0, 0)}))
    boxes = label_boxes(data.annotations, data.images, data.annotations.bbox)
    for trainer in TRAINERS.values():
        assert find_reasons(data.annotations, data.images, boxes, trainer).tolist() == [Reason.CROWD]
