"""Other packages add loaders and exporters; what is wrong with them is one line, and nothing else breaks."""

import logging
import sys

import pytest

import audit
from audit.cli.main import main
from audit.export.exporters import ExportError, exporter_names, find_exporter
from audit.loaders.read import read_dataset
from audit.plugins import EXPORTERS, LOADERS, load_plugins

NO_RECORDS = '{"images": [], "annotations": [], "categories": []}'
LOADER = """
from audit.loaders.coco import convert_document

def recognizes(path):
    return path.is_file() and path.read_bytes()[:3] == b"abc"

def load(path, *, salvage, pictures):
    image = {"id": 1, "file_name": "a.png", "height": 4, "width": 4}
    crowd = {"id": 7, "image_id": 1, "category_id": 9, "segmentation": [[0, 0, 3, 0, 3, 3]]}
    return convert_document({"images": [image], "annotations": [crowd], "categories": []}, path, "abc")
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a package of one module for this test: its entry points and its text."""
    monkeypatch.syspath_prepend(tmp_path / "site")
    load_plugins.cache_clear()

    def put(name, group, entry, text):
        folder = tmp_path / "site"
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{entry}\n")
        (folder / f"{name}.py").write_text(text)

    yield put
    load_plugins.cache_clear()
    for path in (tmp_path / "site").glob("*.py"):
        sys.modules.pop(path.stem, None)


@pytest.fixture
def abc_file(tmp_path):
    path = tmp_path / "labels.any"
    path.write_text("abc, and more")
    return path


def test_loader_reads_what_it_recognizes_and_its_records_are_checked(install, abc_file, tmp_path):
    install("abc_loader", LOADERS, "abc = abc_loader", LOADER)
    coco = tmp_path / "coco.json"
    coco.write_text(NO_RECORDS)
    loaded = read_dataset([abc_file, coco])
    assert [source.format for source in loaded.dataset.sources] == ["abc", "coco"]
    assert loaded.dataset.sources[0].size_bytes == len("abc, and more")
    assert {finding.rule for finding in loaded.findings} >= {"ref.category", "area.missing"}
    assert not loaded.dataset.record_offsets.get(str(abc_file))


def test_loader_that_breaks_is_one_line(install, abc_file, capsys):
    install("bad_loader", LOADERS, "bad = bad_loader", LOADER.replace("image = {", "1 / 0\n    image = {"))
    assert main(["scan", str(abc_file), "--out", str(abc_file.parent / "report")]) == 2
    problem = "the loader bad failed: ZeroDivisionError: division by zero; update or remove its package"
    assert capsys.readouterr().err.splitlines() == [f"maskaudit: {abc_file}: {problem} [input.format]"]


def test_loader_must_return_a_dataset(install, abc_file):
    install("odd_loader", LOADERS, "odd = odd_loader", LOADER + "\ndef load(path, **options): return 5")
    with pytest.raises(audit.UnreadableError, match="it returned int, not LoadedDataset"):
        read_dataset([abc_file])


def test_loader_that_cannot_look_does_not_keep_others_from_reading(install, tmp_path, caplog):
    install(
        "blind_loader", LOADERS, "blind = blind_loader", "def recognizes(path): raise OSError('too dark')"
    )
    coco = tmp_path / "coco.json"
    coco.write_text(NO_RECORDS)
    with caplog.at_level(logging.WARNING, "maskaudit"):
        assert len(read_dataset([coco]).dataset.sources) == 1
    assert caplog.messages == [f"loader blind failed at {coco}: OSError: too dark"]


def test_plugin_that_cannot_be_imported_is_one_line_and_the_rest_goes_on(install, tmp_path, capsys):
    install("broken_loader", LOADERS, "broken = broken_loader", "import no_such_module_anywhere")
    coco = tmp_path / "coco.json"
    coco.write_text(NO_RECORDS)
    assert main(["scan", str(coco), "--out", str(tmp_path / "report"), "--no-html", "--quiet"]) == 0
    problem = "ModuleNotFoundError: No module named 'no_such_module_anywhere'"
    line = f"maskaudit: plugin broken of broken_loader cannot be loaded: {problem}"
    assert capsys.readouterr().err.splitlines() == [line]


def test_exporter_writes_a_finished_scan(install, tmp_path):
    text = "def write(scan, images): return {'count.txt': str(len(scan.findings)).encode()}"
    install("counter", EXPORTERS, "counter = counter:write", text)
    coco = tmp_path / "coco.json"
    coco.write_text(NO_RECORDS)
    assert exporter_names() == ("fiftyone", "cvat", "labelstudio", "csv", "counter")
    assert main(["export", "counter", str(coco), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    assert (tmp_path / "out" / "count.txt").read_text().isdecimal()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise KeyError('x')", "the exporter bad failed: KeyError: 'x'"),
        ("return {'a.txt': 'text'}", "the exporter bad failed: a.txt is str, not bytes"),
        ("return {'../a.txt': b''}", "the exporter bad failed: '../a.txt' is no plain file name"),
    ],
)
def test_exporter_that_breaks_is_one_line(install, body, message):
    install("bad_exporter", EXPORTERS, "bad = bad_exporter:write", f"def write(scan, images): {body}")
    with pytest.raises(ExportError) as caught:
        find_exporter("bad")(None, [])
    assert str(caught.value) == message


def test_exporter_cannot_replace_a_format_of_maskaudit(install):
    install("thief", EXPORTERS, "csv = thief:write", "def write(scan, images): return {}")
    assert find_exporter("csv").__module__ == "audit.export.review_csv"


def test_unknown_format_is_a_usage_error_that_names_the_known(tmp_path, capsys):
    load_plugins.cache_clear()
    assert main(["export", "pdf", str(tmp_path / "a.json")]) == 2
    assert "unknown format pdf; known: fiftyone, cvat, labelstudio, csv" in capsys.readouterr().err


def test_of_two_plugins_with_one_name_the_first_counts(install, caplog):
    install("aaa", EXPORTERS, "twice = aaa:write", "def write(scan, images): return {}")
    install("bbb", EXPORTERS, "twice = bbb:write", "def write(scan, images): return {}")
    with caplog.at_level(logging.WARNING, "maskaudit"):
        assert load_plugins(EXPORTERS)["twice"].__module__ == "aaa"
    assert caplog.messages == ["plugin twice of bbb is left out: its name is taken"]
