import dataclasses
import io
from itertools import combinations

import numpy as np
import pytest
from rich.console import Console

from audit.agreement.joint import measure_agreement
from audit.agreement.joint_objects import MAX_HEAP, drop_unseen, find_joint_objects
from audit.agreement.krippendorff import ABSENT, MISSING, krippendorff_alpha
from audit.agreement.label_ceiling import measure_label_ceilings
from audit.agreement.rater_clusters import cluster_raters
from audit.agreement.raters import NO_CATEGORY, raters_of_files, raters_of_groups
from audit.gates.grouping import assign_groups
from audit.geometry.runs import runs_to_dense
from audit.pipeline.run import scan
from audit.report.agreement_text import render_agreement, summarize_agreement
from audit.testing import dataset, measured, scene


def panel(*drawings, **categories):
    """Return raters A, B, ...: of each the drawings of pictures 0, 1, ...; None where it has no picture."""
    files = []
    for pictures in drawings:
        scenes = [
            scene(*drawn.split("/"), categories=categories, file_name=f"{number}.png")
            for number, drawn in enumerate(pictures)
            if drawn is not None
        ]
        files.append((dataset(*scenes), measured(*scenes)))
    return raters_of_files("ABCDEFGH"[: len(files)], files)


def test_one_object_of_each_rater_is_one_object():
    raters = panel(["aa.b"], ["cc.d"], ["ee.."]).raters
    objects = find_joint_objects(raters)
    assert objects.labels.tolist() == [[0, 0, 0], [0, 0, MISSING]]


def test_who_did_not_label_a_picture_is_absent_and_who_drew_nothing_says_missing():
    raters = panel(["aa", "bb"], ["cc", ".."], ["dd", None]).raters
    assert find_joint_objects(raters).labels.tolist() == [[0, 0, 0], [0, MISSING, ABSENT]]


def test_an_iou_of_one_half_is_alike_and_less_is_not():
    assert find_joint_objects(panel(["aaa."], [".bbb"]).raters).labels.tolist() == [[0, 0]]
    assert len(find_joint_objects(panel(["aaa.."], ["..bbb"]).raters).labels) == 2


def test_a_chain_of_masks_is_not_one_object():
    # A and B are alike (0.6), B and C too, A and C are not (0.33): every two must be.
    objects = find_joint_objects(panel(["aaaa.."], [".bbbb."], ["..cccc"]).raters)
    assert sorted(map(sorted, objects.labels.tolist())) == [[MISSING, MISSING, 0], [MISSING, 0, 0]]


def test_two_masks_of_one_rater_are_never_one_object():
    twice = scene("aa..", file_name="p"), scene("b...", file_name="p")
    names = np.array(["A", "A"], dtype=object)
    same = raters_of_groups(names, names, dataset(*twice), measured(*twice), no_group="-").raters
    other = panel(["cc.."]).raters
    objects = find_joint_objects(
        (
            *same,
            other[0].__class__("Z", *[getattr(other[0], name) for name in ("masks", "category", "pictures")]),
        )
    )
    assert objects.labels[:, 0].tolist().count(0) == 2


def brute_force_objects(raters):
    """Link masks by hand: of all pairs of objects the most alike first, while every two of them are alike."""
    masks = [
        (number, picture, frozenset(np.flatnonzero(dense)), category)
        for number, rater in enumerate(raters)
        for picture, dense, category in zip(
            rater.masks.image.tolist(), drawn(rater), rater.category.tolist(), strict=True
        )
    ]
    objects = [[mask] for mask in masks]

    def farthest(one, other):
        alike = [
            len(a[2] & b[2]) / len(a[2] | b[2]) if a[0] != b[0] and a[1] == b[1] else 0.0
            for a in one
            for b in other
        ]
        return min(alike)

    while len(objects) > 1:
        likeness, i, j = max(
            (farthest(objects[i], objects[j]), -i, -j) for i, j in combinations(range(len(objects)), 2)
        )
        if likeness < 0.5:
            break
        objects[-i] += objects.pop(-j)
    return sorted(sorted((rater, category) for rater, _, _, category in found) for found in objects)


def drawn(rater):
    return runs_to_dense(rater.masks.decode(slice(0, len(rater.masks))), 2, 24).reshape(len(rater.masks), -1)


@pytest.mark.parametrize("seed", range(8))
def test_objects_are_those_that_linking_by_hand_gives(seed):
    generator = np.random.default_rng(seed)
    drawings = []
    for _ in range(4):
        line = np.full((2, 24), ".")
        for number, letter in enumerate("abc"):
            start = 8 * number + generator.integers(0, 3)
            line[:, start : start + generator.integers(3, 6)] = letter
        drawings.append(["/".join("".join(row) for row in line)])
    raters = panel(*drawings, b="other").raters
    labels = find_joint_objects(raters).labels
    found = sorted(
        sorted((rater, category) for rater, category in enumerate(row) if category not in (MISSING, ABSENT))
        for row in labels.tolist()
    )
    assert found == brute_force_objects(raters)


def test_a_heap_too_large_is_left_out_and_counted(monkeypatch):
    monkeypatch.setattr("audit.agreement.joint_objects.MAX_HEAP", 3)
    chain = panel(["aaaa....d"], [".bbbb...d"], ["..cccc..d"], ["...eeee.."]).raters
    objects = find_joint_objects(chain)
    assert (objects.n_left_out, len(objects.labels)) == (4, 1)
    assert MAX_HEAP > 3


def test_what_only_the_others_drew_is_no_agreement_about_its_absence():
    objects = find_joint_objects(panel(["aa.b"], ["cc.."], ["dd.."]).raters)
    assert drop_unseen(objects, np.array([1, 2])).labels.tolist() == [[0, 0]]


def test_vitality_names_who_pulls_agreement_down():
    right = "aa.bb.cc.dd"
    names = {"b": "other", "d": "other", "x": "other", "y": "thing"}
    agreement = measure_agreement(panel([right], [right], [right], ["xx.yy.cc..."], **names))
    vitality = [rater.vitality for rater in agreement.raters]
    assert min(vitality[:3]) > 0 > vitality[3]
    assert vitality[3] == pytest.approx(agreement.alpha - 1)


def test_hard_categories_lead():
    agreement = measure_agreement(
        panel(["aa.bb.cc"], ["aa.bb.dd"], ["aa.bb.cc"], a="cell", b="cell", c="dirt", d="dust")
    )
    assert [(record.name, record.n_objects, record.n_unanimous) for record in agreement.categories] == [
        ("dirt", 1, 0), ("dust", 1, 0), ("cell", 2, 2),
    ]  # fmt: skip
    assert agreement.categories[-1].alpha == 1.0
    labels = np.array([[1, 1, 1], [1, 1, 1], [0, 0, 0]])
    assert agreement.categories[-1].alpha == krippendorff_alpha(labels)


def test_two_schools_are_told_and_one_is_not():
    coarse, fine = "aaaaaa.bb", "cc.ddd.bb"
    schools = measure_agreement(panel([coarse], [coarse], [fine], [fine]))
    assert [rater.cluster for rater in schools.raters] == [0, 0, 1, 1]
    alike = measure_agreement(panel(*[[coarse]] * 4))
    assert [rater.cluster for rater in alike.raters] == [0, 0, 0, 0]
    three = measure_agreement(panel([coarse], [coarse], [fine]))
    assert [rater.cluster for rater in three.raters] == [0, 0, 0], "three raters have no schools"


def test_clusters_need_a_reasonable_structure():
    generator = np.random.default_rng(0)
    noise = generator.uniform(0.5, 0.7, (8, 8))
    assert cluster_raters((noise + noise.T) / 2).tolist() == [0] * 8
    unknown = np.full((4, 4), np.nan)
    assert cluster_raters(unknown).tolist() == [0] * 4


def test_the_ceiling_of_equal_labels_is_one():
    ceilings = measure_label_ceilings(panel(["aa.b"], ["cc.d"], b="x", d="x").raters)
    assert ceilings[0, 1] == ceilings[1, 0] == 1.0


def test_the_ceiling_counts_what_is_matched_at_each_threshold():
    # IoU 3 of 4: a match at .5 to .75, six of ten thresholds.
    ceilings = measure_label_ceilings(panel(["aaaa"], ["bbb."]).raters)
    assert ceilings[0, 1] == pytest.approx(0.6)


def test_the_ceiling_is_pycocotools_ap_where_the_order_does_not_matter(tmp_path):
    from audit import average_precision

    truth = {
        "images": [{"id": 1, "width": 9, "height": 2, "file_name": "0.png"}],
        "categories": [{"id": 1, "name": "thing"}],
        "annotations": [box_record(1, 0, 3), box_record(2, 4, 3), box_record(3, 8, 1)],
    }
    results = [{**box_record(7, 0, 3), "score": 1.0}, {**box_record(8, 4, 2), "score": 1.0}]
    measured_ap = average_precision(truth, results)["AP"]
    ceilings = measure_label_ceilings(panel(["aaa.bbb.c/aaa.bbb.c"], ["aaa.bb.../aaa.bb..."]).raters)
    # At thresholds that the second mask misses it is wrong after the first, which is right: its place counts.
    first_only = [34 / 101] * 6
    both = [67 / 101] * 4
    assert measured_ap == pytest.approx(np.mean(first_only + both), abs=1e-9)
    halved = [0.5 * 34 / 101] * 6
    assert ceilings[0, 1] == pytest.approx(np.mean(halved + both), abs=1e-9)


def box_record(number, left, width):
    corners = [left, 0, left + width, 0, left + width, 2, left, 2]
    return {
        "id": number, "image_id": 1, "category_id": 1, "segmentation": [corners],
        "bbox": [left, 0, width, 2], "area": 2 * width, "iscrowd": 0,
    }  # fmt: skip


def test_without_shared_pictures_nothing_is_known():
    apart = measure_agreement(panel(["aa", None], [None, "bb"]))
    assert (apart.n_pictures, apart.n_objects, apart.pairs) == (0, 0, ())
    assert np.isnan([apart.alpha, apart.low, apart.ceiling, apart.raters[0].ceiling]).all()


def test_an_unknown_category_is_one_and_has_no_ceiling():
    scenes = scene("aa", file_name="p"), scene("bb", file_name="p")
    files = [(dataset(drawing), measured(drawing)) for drawing in scenes]
    both = raters_of_files("AB", files)
    assert both.categories == ("thing",)
    assert NO_CATEGORY not in both.raters[0].category


@pytest.mark.shared
def test_three_annotators_of_real_pictures(shared_data):
    result = scan(shared_data / "iaa" / "test_annotation.json")
    groups = assign_groups("annotator", result)
    raters = raters_of_groups(
        groups.instance_groups, groups.image_groups, result.dataset, result.measurements, no_group="-"
    )
    agreement = measure_agreement(raters)
    assert (len(agreement.raters), agreement.n_pictures) == (3, 3)
    assert agreement.low <= agreement.alpha <= agreement.high
    assert 0 < agreement.ceiling < 1


def test_many_categories_and_pairs_are_shortened_in_the_terminal():
    drawing = "/".join("".join(f"{letter}." for letter in letters) for letters in ("abcdefghi", "jklmnopqr"))
    names = {letter: f"name {letter}" for letter in "abcdefghijklmnopqr"}
    agreement = measure_agreement(panel(*[[drawing]] * 7, **names))
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(render_agreement(agreement))
    text = console.export_text()
    assert "3 more: --out DIR writes all." in text
    assert "6 more: --out DIR writes all." in text
    assert "labels alike" not in text


def test_the_sentences_name_schools_and_what_was_left_out():
    coarse, fine = "aaaaaa.bb", "cc.ddd.bb"
    agreement = measure_agreement(panel([coarse], [coarse], [fine], [fine]))
    sentences = " ".join(summarize_agreement(dataclasses.replace(agreement, n_left_out=1)))
    assert "There are 2 ways of labelling: A, B; C, D." in sentences
    assert "1 mask in heaps too large" in sentences


@pytest.mark.parametrize(
    ("alpha", "said"), [(0.8, "good"), (0.799, "tentative"), (0.667, "tentative"), (0.666, "too low")]
)
def test_alpha_is_judged_as_krippendorff_advises(alpha, said):
    agreement = dataclasses.replace(measure_agreement(panel(["aa"], ["bb"])), alpha=alpha)
    assert said in summarize_agreement(agreement)[1]


def test_alike_in_all_has_no_alpha():
    assert "alpha is not defined" in summarize_agreement(measure_agreement(panel(["aa"], ["bb"])))[1]
