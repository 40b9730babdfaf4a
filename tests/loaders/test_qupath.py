"""QuPath's GeoJSON: outlines and classes, with holes cut out."""

import json

import numpy as np
import pytest
from PIL import Image

from audit.api.scanning import scan
from audit.geometry.runs import runs_to_dense
from audit.loaders.loaded import UnreadableError
from audit.loaders.read import read_dataset
from audit.measure.masks import decode_runs

SQUARE = [[1, 1], [6, 1], [6, 6], [1, 6], [1, 1]]
HOLE = [[3, 3], [4, 3], [4, 4], [3, 4], [3, 3]]


def feature(coordinates=(SQUARE,), kind="Polygon", name="Tumor"):
    # As QuPath 0.5 exports a detection.
    properties = {"objectType": "detection", "classification": {"name": name, "color": [200, 0, 0]}}
    geometry = {"type": kind, "coordinates": list(coordinates)}
    return {"type": "Feature", "id": "b5c9", "geometry": geometry, "properties": properties}


def write(folder, *features, picture=True, is_list=False):
    if picture:
        Image.new("L", (12, 8)).save(folder / "a.tif")
    document = list(features) if is_list else {"type": "FeatureCollection", "features": features}
    (folder / "a.geojson").write_text(json.dumps(document))
    return folder / "a.geojson"


def mask_of(dataset, row):
    sizes = dataset.images.height[dataset.annotations.image], dataset.images.width[dataset.annotations.image]
    return runs_to_dense(decode_runs(dataset.annotations.segmentation, *sizes), 8, 12)[row]


def test_polygons_and_classes(tmp_path):
    path = write(tmp_path, feature(), feature(name=None), feature([[SQUARE], [HOLE]], "MultiPolygon"))
    for given in (path, tmp_path):
        loaded = read_dataset([given])
        data = loaded.dataset
        assert loaded.findings == ()
        assert data.sources[0].format == "qupath"
        assert data.images.file_name == ("a.tif",)
        assert data.categories.name == ("Tumor", "unclassified")
        assert np.diff(data.annotations.segmentation.ring_start).tolist() == [1, 1, 2]
        assert data.annotations.segmentation.xy[:4].tolist() == SQUARE[:4]


def test_holes_are_cut_out_of_their_part_alone(tmp_path):
    inner = [[[3, 3], [4, 3], [4, 4], [3, 4], [3, 3]]]
    data = read_dataset(
        [write(tmp_path, feature([SQUARE, HOLE]), feature([[SQUARE, HOLE], inner], "MultiPolygon"))]
    ).dataset
    assert (mask_of(data, 0).sum(), mask_of(data, 0)[3, 3]) == (24, False)
    assert mask_of(data, 1).sum() == 25


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (None, "schema.type"),
        ({"type": "Feature"}, "segm.type"),
        (feature(kind="LineString"), "segm.missing"),
        (feature([]), "segm.nesting"),
        (feature([[[1, 1], [2, None], [3, 3]]]), "polygon.type"),
        (feature([[[1, 1], [2, float("nan")], [3, 3]]]), "number.nonfinite"),
        (feature([[[1, 1], [2, 10**300], [3, 3]]]), "polygon.range"),
        (feature([SQUARE, [[1, 1], [2, 2]]]), "polygon.range"),
    ],
)
def test_a_bad_feature_is_a_finding_and_the_others_stay(tmp_path, bad, rule):
    loaded = read_dataset([write(tmp_path, feature(), bad, feature())])
    assert [finding.rule for finding in loaded.findings] == [rule]
    assert loaded.findings[0].pointer.startswith("/features/1")
    assert {0, 2} <= set(loaded.dataset.annotations.index.tolist())


def test_lists_places_and_files_without_a_picture(tmp_path):
    path = write(tmp_path, feature(), feature(), is_list=True)
    assert "/features/0" in scan(path).findings["pointer"].tolist()
    (tmp_path / "a.tif").unlink()
    assert [finding.rule for finding in read_dataset([path]).findings] == ["image.size"]
    path.write_text('{"type": "FeatureCollection"}')
    with pytest.raises(UnreadableError, match=r"schema\.top_level"):
        read_dataset([path])
