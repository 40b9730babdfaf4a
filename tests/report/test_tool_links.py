import json

import pytest

from audit.pipeline.config import parse_config
from audit.pipeline.run import scan
from audit.pipeline.validation import ConfigError
from audit.report.report_writer import write_report
from audit.report.tool_links import link_findings

SQUARE = [[2, 2, 8, 2, 8, 8, 2, 8]]


@pytest.fixture
def labels(tmp_path):
    """Two images, each with one object twice; only the first says where it lies in the tool."""
    images = [
        {"id": 1, "file_name": "a <b>.png", "height": 20, "width": 20, "task": "7&x=1", "job": 3},
        {"id": 2, "file_name": "task_8/job-4/frame_000012.png", "height": 20, "width": 20},
    ]
    annotations = [
        {"id": k, "image_id": 1 + k // 2, "category_id": 1, "segmentation": SQUARE, "iscrowd": 0,
         "area": 36, "bbox": [2, 2, 6, 6], **({"attributes": {"track": "ü"}} if k < 2 else {})}
        for k in range(4)
    ]  # fmt: skip
    path = tmp_path / "labels.json"
    path.write_text(
        json.dumps({"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "c"}]})
    )
    return path


@pytest.mark.parametrize(
    ("template", "first", "second"),
    [
        ("https://t.example/{task}/{job}", "https://t.example/7%26x%3D1/3", "https://t.example/8/4"),
        ("http://t.example/?f={frame}", "", "http://t.example/?f=12"),
        ("https://t.example/{stem}", "https://t.example/a%20%3Cb%3E", "https://t.example/frame_000012"),
        ("https://t.example/{image_id}/{annotation_id}", "https://t.example/1/0", "https://t.example/2/2"),
        ("https://t.example/{track}", "https://t.example/%C3%BC", ""),
    ],
)
def test_fields_come_from_records_and_file_names(labels, template, first, second):
    result = scan(labels, select=["overlap.duplicate"])
    assert [f.image_id for f in result.findings] == [1, 2]
    assert link_findings(result, template) == [first, second]
    assert link_findings(result, "") == link_findings(result, "https://t.example/") == []


@pytest.mark.parametrize(
    "template",
    ["javascript:alert({task})", "https://{task}.example/", "https://{task}/", "ftp://a/{task}", "//a/{task}",
     "https://a.example/{task", "https://a.example/{0}", "https://a.example/<{task}>", "https://a@b/{task}",
     "https://a.example{task}/", "data:text/html,{task}", "https:///{task}", "https://a.example/ {task}"],
)  # fmt: skip
def test_only_addresses_with_a_server_of_their_own(template):
    with pytest.raises(ConfigError, match=r"maskaudit.toml: report.link: expected an address as https://"):
        parse_config({"report": {"link": template}}, "maskaudit.toml")


def test_pages_lead_to_the_tool(labels, tmp_path):
    result = scan(labels, select=["overlap.duplicate"])
    write_report(result, tmp_path / "out", link="https://t.example/{task}?a=1&job={job}")
    page = next((tmp_path / "out/images").glob("*1.html")).read_text(encoding="utf-8")
    assert 'href="https://t.example/7%26x%3D1?a=1&amp;job=3" target="_blank" rel="noreferrer"' in page
    write_report(result, tmp_path / "out")
    page = next((tmp_path / "out/images").glob("*1.html")).read_text(encoding="utf-8")
    assert "t.example" not in page


def test_files_that_are_gone_have_no_fields(labels):
    result = scan(labels, select=["overlap.duplicate"])
    labels.unlink()
    assert link_findings(result, "https://t.example/{task}") == ["", "https://t.example/8"]
