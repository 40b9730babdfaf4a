import pytest

from audit.cli.scan import TrainerName
from audit.trainers.presets import TRAINERS, choose_trainer


def test_the_command_knows_every_trainer():
    assert [name.value for name in TrainerName] == list(TRAINERS)


@pytest.mark.parametrize("trainer", TRAINERS.values(), ids=lambda trainer: trainer.name)
def test_every_number_has_a_source(trainer):
    said = " ".join(fact.does for fact in trainer.facts)
    assert all("/" in fact.source for fact in trainer.facts)
    numbers = (trainer.image_size, trainer.largest_size, trainer.mask_stride, trainer.smallest_image)
    assert all(str(number) in said for number in numbers if number)


def test_settings_are_checked():
    assert choose_trainer("detectron2", image_size=400).largest_size == 666
    for wrong in (
        {"name": "yolo"},
        {"name": "mmdet", "mask_stride": 4},
        {"name": "yolo-seg", "mask_stride": 0},
    ):
        with pytest.raises(ValueError, match=r"\w"):
            choose_trainer(**wrong)
    with pytest.raises(ValueError, match="32 to 8192"):
        choose_trainer("mmdet", image_size=1)
