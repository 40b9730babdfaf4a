"""Files that the tools themselves wrote, byte for byte where they are kept here: read as the tools mean them."""

import base64
import json
import zipfile
import zlib

import numpy as np
from PIL import Image

import audit
from audit.geometry.runs import runs_to_dense
from audit.loaders.read import read_dataset
from audit.measure.masks import decode_runs

# labelme 6.3.1: write_label_file; the mask by labelme.utils.img_arr_to_b64.
LABELME = json.loads("""
{"version": "6.3.1", "flags": {}, "shapes": [{"label": "cell", "points": [[1.0, 1.0], [5.0, 1.0], [5.0, 5.0], [1.0, 5.0]], "group_id": null, "shape_type": "polygon", "flags": {}, "description": "", "mask": null},
 {"label": "debris", "points": [[2.0, 2.0], [6.0, 4.0]], "group_id": null, "shape_type": "rectangle", "flags": {}, "description": "", "mask": null},
 {"label": "cell", "points": [[8.0, 4.0], [8.0, 6.0]], "group_id": null, "shape_type": "circle", "flags": {}, "description": "", "mask": null},
 {"label": "debris", "points": [[6.0, 0.0], [9.0, 2.0]], "group_id": null, "shape_type": "mask", "flags": {}, "description": "", "mask": "iVBORw0KGgoAAAANSUhEUgAAAAQAAAADCAAAAACRn/EaAAAAFklEQVR4nAXBAQEAAACCIOz/6ICiGBwAQwAH1ZDx7gAAAABJRU5ErkJggg=="}], "imagePath": "a.png", "imageData": null, "imageHeight": 8, "imageWidth": 12}
""")
# ultralytics 8.4.190: convert_coco(use_segments=True) of a square and of an object of two triangles, which it joins.
ULTRALYTICS = """\
0 0.0833333 0.125 0.416667 0.125 0.416667 0.625 0.0833333 0.625
1 0.75 0.375 0.583333 0.125 0.75 0.125 0.75 0.375 0.666667 0.625 0.666667 0.75 0.583333 0.625 0.666667 0.625
"""
# cellpose 4.2.1.1: io.masks_flows_to_seg.
CELLPOSE = (
    b"c-rk&O-sW-5Z$B}ixs?x2fgH$3Q|x!h$w;u1%p)t4<1V0CR;a{kFvW_ii*8dE$pr1|M6#e(@k2iXo{kU9`Y6vGCRy<-n?11Up?MGJkihvx-uQY"
    b"ZDy_;=JkQOWSGs635J7u$Q%-"
    b"zcd*BavU7@CM17YQmy8?ZXPD|tJkAzT0y!5%eyd%s+aV)mKk|f&8N+Rm({)DdFyMkkwtzm!eBudmGH?bieXvj$Dp~{X;Rs5Wwn%d_?}&Db#Qyr"
    b"h8uT6pTREv+L$zAndr?Rp)|P-"
    b"quLd_zl7%o5o*NJjRHykkD4iUJv<lYr9nhlGqm|KU8}Fi_I9lZijfIvhU9I<aG{&Cp|GNNHhRpkzpO5Ea{+o4b|E<oVO_kDZ8it%eO;w02L}bC"
    b"`J`N)6r4XQZ6Dc&7-=sii(uAN7Qxux6M*{2<C11PT3eMEK>4ld(&i5hykYg(+28#PE&9<ST3}0yV$4(|h-"
    b"viz3RZjop4@P^vnRW83Jl0aCGB@m{8ky$m$jB_DjZ9}EBQisV41ar&sf&i=s*8aj40dmy2OAMqJLOmVj}Q6"
)
# tifffile 2026.3.3: imwrite(..., ome=True, metadata={"axes": "ZYX"}, compression="zlib").
OME_TIFF = (
    b"c-o~>&x_MQ6rOZ<WtC;|2VHmd66T~reoP9b8<Omyb*0dC3vHphCuh@XJCICDlG@gTcojT&@aVytcMl##FXEr!U*Xv|NfuKOWHIn1-"
    b"@JL>d+(b`yZs1lBZPJlQZ|tSYzLqeT<%nqjf~#}Y!qC^uN7QkSE-"
    b"<v6@)&);#Q&k38<EG_DVJH7Q70$r)*{XGvI!~zW^STv;^wQxxNE_6|pi>J|2&G!1UP)tv}26{<E)J``_MP-+p-"
    b"Kqn6p*ldu19d+G3l@^6Q?OAg;Ce;mG3)*Yh1xVoHwf9KV~jn~yD2yOmA2hPzl4Akc=PIx3-"
    b"Omq{gO!(1=i;0T|{bQ|xk38q}<gp5gB60CFO=q@YEEWqrnlTY_KaLVVnyvIGo)|rU%0ikLATTVG)HSn?bEUmZ_?miA%M_Mr5@UGM$(0%xNlJy!"
    b"K$UPi$%388r)f6dm7A+qRv1yp^kp)_>R`}rxp*E6dp_qQ+b6_4^e-A3qvTK{WK6V1-"
    b"M`RGYwVl(L$KP68BL?u#ihSUwM?t7*Yq0poOVbjOqGQ*X2W?ur6DVpCS-"
    b"K^k_AbYl2e(};vp0Aj!xqdgX+Vx=6N5h{nZSlb1qT>=iK8j*bpw!%ITSl8#!x2FlXm3E_VAe<~hwN6@mp>yMo)M?AW8>EMQ5O#n}{jc85=<X_u"
    b"x`!*h%x-E;b2wMA2^wvV9-XuAOwtQpNkD%;82+zF7(CVb(<J@gv|%HwY"
)
# label-studio-sdk 2.1.2: Converter.convert_to_json_min of a polygon and a brush stroke (brush.encode_rle).
JSON_MIN = """[{"image":"\\/data\\/upload\\/1\\/1f2e3d4c-a.png","id":5,"label":[{"points":[[10,12.5],[50,12.5],[50,62.5]],
"closed":true,"polygonlabels":["cell"],"original_width":12,"original_height":8}],"brush":[{"format":"rle","rle":
[0,0,1,128,57,27,254,103,0,183,255,136,192,45,255,237,176,0],"brushlabels":["debris"],"original_width":12,
"original_height":8}],"annotator":1,"annotation_id":9,"created_at":"2024-01-01","lead_time":3.5},
{"image":"\\/data\\/upload\\/1\\/1f2e3d4c-b.png","id":6,"annotator":1,"annotation_id":10,"lead_time":null}]"""
# roifile 2026.2.10: a square with a square hole as one composite region (ImagejRoi.tobytes).
COMPOSITE = bytes.fromhex(
    "496f757400e50100000100010007000700000000000000000000000000000000000000000000001a00000000000000000000000000"
    "00000000000000000000a8000000003f8000003f8000003f80000040e000003f8000003f80000040e0000040e000003f8000003f80"
    "000040e00000408000000000000040400000404000003f80000040a00000404000003f80000040a0000040a000003f800000404000"
    "0040a000004080"
) + bytes(14)


def unpack(golden):
    return zlib.decompress(base64.b85decode(golden))


def masks(dataset):
    annotations = dataset.annotations
    sizes = dataset.images.height[annotations.image], dataset.images.width[annotations.image]
    return runs_to_dense(decode_runs(annotations.segmentation, *sizes), 8, 12)


def blank(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (12, 8)).save(path)


def draw(*boxes):
    """Draw boxes of rows and columns."""
    mask = np.zeros((8, 12), dtype=bool)
    for top, bottom, left, right in boxes:
        mask[top:bottom, left:right] = True
    return mask


def test_labelme(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(LABELME))
    loaded = read_dataset([tmp_path / "a.json"])
    assert loaded.findings == ()
    square, rectangle, circle, mask = masks(loaded.dataset)
    assert np.array_equal(square, draw((1, 5, 1, 5)))
    assert np.array_equal(rectangle, draw((2, 4, 2, 6)))
    assert circle.sum() == 12
    assert np.array_equal(mask, draw((0, 1, 7, 9), (1, 3, 6, 8)))
    assert loaded.dataset.categories.name == ("cell", "debris")


def test_ultralytics(tmp_path):
    blank(tmp_path / "images" / "a.png")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text(ULTRALYTICS)
    loaded = read_dataset([tmp_path])
    assert loaded.findings == ()
    square, joined = masks(loaded.dataset)
    assert np.array_equal(square, draw((1, 5, 1, 5)))
    assert joined.any()
    assert loaded.dataset.categories.name == ("0", "1")


def test_cellpose(tmp_path):
    (tmp_path / "c_seg.npy").write_bytes(unpack(CELLPOSE))
    blank(tmp_path / "c.png")
    loaded = read_dataset([tmp_path])
    assert loaded.findings == ()
    assert loaded.dataset.sources[0].format == "cellpose"
    assert np.array_equal(masks(loaded.dataset), [draw((1, 4, 1, 4)), draw((1, 4, 4, 6))])


def test_ome_tiff(tmp_path):
    (tmp_path / "a.ome.tif").write_bytes(unpack(OME_TIFF))
    loaded = read_dataset([tmp_path / "a.ome.tif"])
    assert loaded.findings == ()
    assert loaded.dataset.images.file_name == ("a.ome.tif[1]", "a.ome.tif[2]")
    first, second, third = masks(loaded.dataset)
    assert np.array_equal(first, draw((1, 4, 1, 4)))
    assert np.array_equal(second, draw((1, 4, 4, 6)))
    assert np.array_equal(third, draw((5, 7, 7, 11)))


def test_label_studio_json_min(tmp_path):
    (tmp_path / "a.json").write_text(JSON_MIN)
    loaded = read_dataset([tmp_path / "a.json"])
    data = loaded.dataset
    assert data.sources[0].format == "label_studio_min"
    assert data.images.file_name == ("1f2e3d4c-a.png", "1f2e3d4c-b.png")
    assert data.categories.name == ("cell", "debris")
    assert np.array_equal(masks(data)[1], draw((2, 4, 2, 5)))
    assert {finding.rule for finding in loaded.findings} == {"image.size"}  # nothing says that of the second
    pointers = audit.scan(tmp_path / "a.json").findings.set_index("rule")["pointer"]
    assert pointers["mask.tiny"] == "/0"


def test_imagej_composite(tmp_path):
    blank(tmp_path / "a.png")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("1.roi", COMPOSITE)
    loaded = read_dataset([tmp_path / "a.zip"])
    assert loaded.findings == ()
    expected = draw((1, 7, 1, 7)) & ~draw((3, 5, 3, 5))
    assert np.array_equal(masks(loaded.dataset), [expected])
