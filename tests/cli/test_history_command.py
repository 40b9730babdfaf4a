"""``maskaudit history`` over files and over commits."""

import json
import subprocess
from pathlib import Path

import pytest

from audit.cli.main import main
from audit.loaders import git_versions
from audit.loaders.git_versions import extract_git_versions
from audit.loaders.loaded import UnreadableError

SQUARE = [[2, 2, 18, 2, 18, 18, 2, 18]]
MENDED = [[2, 2, 18, 2, 18, 17, 2, 17]]
CROSSED = [[30, 30, 50, 50, 50, 30, 30, 50]]


def labels(*masks):
    annotations = [
        {
            "id": k,
            "image_id": 1,
            "category_id": 1,
            "segmentation": mask,
            "bbox": [0, 0, 1, 1],
            "area": 1,
            "iscrowd": 0,
        }
        for k, mask in enumerate(masks, start=1)
    ]
    image = {"id": 1, "file_name": "a.png", "height": 64, "width": 64}
    return json.dumps({"images": [image], "annotations": annotations, "categories": [{"id": 1, "name": "x"}]})


def git(*arguments):
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Three versions of one file in a folder of a repository, the middle one of another file too."""
    monkeypatch.chdir(tmp_path)
    git("init", "-q", ".")
    Path("set").mkdir()
    for number, masks in enumerate([(SQUARE, CROSSED), (SQUARE, MENDED), (MENDED, MENDED)], start=1):
        Path("set/labels.json").write_text(labels(*masks))
        git("add", ".")
        git("commit", "-qm", f"version {number}")
        git("tag", f"v{number}")
        Path(f"other{number}.txt").write_text("x")
        git("add", ".")
        git("commit", "-qm", "other")
    return Path("set/labels.json")


def test_the_versions_of_a_range_begin_with_the_one_before(repository, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    versions = extract_git_versions(repository, "v1..v3", folder)
    assert [version.path.read_text() for version in versions] == [
        labels(SQUARE, CROSSED), labels(SQUARE, MENDED), labels(MENDED, MENDED),
    ]  # fmt: skip
    assert len(extract_git_versions(repository, "v3", folder)) == 3, "from the first commit on"
    assert extract_git_versions(repository, "v3..HEAD", folder) == ()


def test_only_the_newest_versions_are_read(repository, tmp_path, monkeypatch):
    monkeypatch.setattr(git_versions, "MAX_VERSIONS", 2)
    newest = extract_git_versions(repository, "v3", tmp_path)
    assert [version.path.read_text() for version in newest] == [
        labels(SQUARE, MENDED),
        labels(MENDED, MENDED),
    ]


def test_a_version_in_which_the_file_was_away_is_left_out(repository, tmp_path):
    git("rm", "-q", "set/labels.json")
    git("commit", "-qm", "away")
    repository.parent.mkdir(exist_ok=True)
    repository.write_text(labels(SQUARE))
    git("add", ".")
    git("commit", "-qm", "back")
    assert len(extract_git_versions(repository, "v1..HEAD", tmp_path)) == 4


def test_commits_are_compared_as_files_are(repository, capsys):
    assert main(["history", str(repository), "--git", "v1..v3", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert len(document["versions"]) == 3
    assert document["versions"][0].startswith(f"{repository}@")
    assert (document["annotations"], document["corrected"]) == (4, 2)


@pytest.mark.parametrize(
    ("revisions", "said"),
    [("nowhere..v3", "nowhere"), ("--output=x", "no range of commits"), ("v3..HEAD", "no version of")],
)
def test_a_range_that_gives_nothing_is_one_line(repository, capsys, revisions, said):
    assert main(["history", str(repository), f"--git={revisions}"]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_a_file_outside_of_a_repository_and_a_machine_without_git(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    alone = tmp_path / "labels.json"
    alone.write_text(labels(SQUARE))
    with pytest.raises(UnreadableError, match="repository"):
        extract_git_versions(alone, "v1..v2", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnreadableError, match="git cannot be run"):
        extract_git_versions(alone, "v1..v2", tmp_path)


def test_a_range_takes_one_file_and_files_are_at_least_two(repository, capsys):
    assert main(["history", "a.json", "b.json", "--git", "v1..v2"]) == 2
    assert "one file" in capsys.readouterr().err
    assert main(["history", "a.json"]) == 2
    assert "--git" in capsys.readouterr().err
