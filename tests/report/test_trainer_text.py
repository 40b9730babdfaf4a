import io

from rich.console import Console

from audit.report.report_data import ExtraPage
from audit.report.trainer_page import trainer_extra_page
from audit.report.trainer_text import render_trainer_view, render_trainer_views
from audit.report.trainer_wording import describe_settings
from audit.testing import dataset, scene
from audit.trainers.presets import TRAINERS, choose_trainer
from audit.trainers.trainer_view import view_as_trainer

ROWS = ["aaaaaaaa" + "." * 32] * 8 + ["b" + "." * 39] + ["." * 40] * 31
IMAGE = scene("\n".join(ROWS), categories={"a": "cell", "b": "dot"}, file_name="two.png")


def print_plain(renderable):
    stream = io.StringIO()
    Console(file=stream, width=200, color_system=None).print(renderable)
    return " ".join(stream.getvalue().split())


def test_one_trainer_says_what_is_lost_where():
    view = view_as_trainer(dataset(IMAGE), choose_trainer("yolo-seg", image_size=40))
    text = print_plain(render_trainer_view(view))
    assert "yolo-seg does not see 1 of 2 labels (50.0 %) as they are drawn" in text
    assert "a recall of 0.450 and an AP of 0.450 at most" in text
    assert "lost 1 50.0 % no cell of its target is set" in text
    assert "2 labels have no polygon" in text
    assert "dot 1 0 1 0 0 0.000" in text
    assert "two.png 2 0 1 0 0 0.450" in text


def test_only_crowds_are_said_at_once():
    crowd = scene("\n".join(ROWS), crowd="ab")
    text = print_plain(render_trainer_view(view_as_trainer(dataset(crowd), TRAINERS["detectron2"])))
    assert "detectron2 sees no label: all annotations are crowd regions." in text
    assert "2 annotations are crowd regions" in text


def test_all_trainers_are_one_table():
    views = [view_as_trainer(dataset(IMAGE), trainer) for trainer in TRAINERS.values()]
    text = print_plain(render_trainer_views(views))
    for name in TRAINERS:
        assert f"{name} 2" in text


def test_the_page_holds_what_the_terminal_says():
    page = trainer_extra_page(view_as_trainer(dataset(IMAGE), choose_trainer("yolo-seg", image_size=40)))
    assert isinstance(page, ExtraPage)
    assert page.values["settings"] == describe_settings(choose_trainer("yolo-seg", image_size=40))
    assert ("lost", 1, 0.5, "no cell of its target is set") in page.values["outcomes"]
    assert page.values["categories"][0] == ("dot", 1, 0, 0, 1, 0, "0.000", "0.000")
    assert page.values["images"] == [("two.png", 1, 2, 0, 0, 1, 0, "0.450")]
    assert page.values["losses"] == ["changed", "hidden", "lost", "left out"]
