import numpy as np

from audit.findings.finding import Finding, Severity
from audit.pipeline.row_lookup import Place, places
from audit.testing import measured, scene

TWO = (scene("aab"), scene("cc"))


def said(rule: str, *annotations: int, image: int | None = None, **fields) -> Finding:
    given = {"image_id": image, "annotation_ids": annotations, "source": "drawn.json"}
    return Finding(rule, Severity.WARNING, "Something.", **(given | fields))


def of(m, *findings) -> tuple[Place, ...]:
    return places(findings, m)


def test_ids_lead_to_rows_in_their_order():
    assert of(measured(*TWO), said("mask.tiny", 2, 1, image=1, pointer="")) == (Place(0, (1, 0)),)


def test_an_id_of_another_image_is_not_taken():
    assert of(measured(*TWO), said("mask.tiny", 3, image=1, pointer="")) == (Place(0, ()),)


def test_the_pointer_decides_between_annotations_of_one_id():
    m = measured(*TWO)
    m.instances["annotation_id"] = np.array([7, 7, 7])
    first, second = (
        said("annotation.duplicate_id", 7, image=1, pointer=f"/annotations/{k}/id") for k in (0, 1)
    )
    assert of(m, first, second) == (Place(0, (0,)), Place(0, (1,)))
    both = said("annotation.duplicate_id", 7, 7, image=1, pointer="/annotations/1")
    assert of(m, both) == (Place(0, (1, 0)),)


def test_a_pointer_leads_to_a_record_without_ids():
    m = measured(*TWO)
    annotation = said("annotation.id", image=None, pointer="/annotations/2/bbox/0")
    image = said("image.size", image=None, pointer="/images/1/width")
    bare = said("result.score", image=None, pointer="/2/score")
    assert of(m, annotation, image, bare) == (Place(1, (2,)), Place(1, ()), Place(1, (2,)))


def test_pointers_into_other_files_and_other_lists_lead_nowhere():
    m = measured(*TWO)
    other = said("annotation.id", pointer="/annotations/2", source="other.json")
    category = said("category.name", pointer="/categories/0")
    beyond = said("annotation.id", pointer="/annotations/99")
    strange = [
        said("json.key", pointer=p)
        for p in ("", "/", "/annotations", "/annotations/-1", "/annotations/x", "/²")
    ]
    assert set(of(m, other, category, beyond, *strange)) == {Place(-1, ())}


def test_an_unknown_image_is_none():
    assert of(measured(*TWO), said("ref.image", image=99)) == (Place(-1, ()),)
