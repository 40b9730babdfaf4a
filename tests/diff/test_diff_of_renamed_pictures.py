import pytest

from audit.diff.diff import diff
from audit.testing import scene

TWICE = ("aaaa\naaaa\n....", "bbbb\nbbbb\n....")
ROBOFLOW = "im_png.rf.{}000000000000000000000000000001.jpg"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("im.png", "images/default/im.png"),
        ("im.png", ROBOFLOW.format("aa")),
        (ROBOFLOW.format("aa"), ROBOFLOW.format("bb")),
    ],
)
def test_a_renamed_picture_keeps_its_findings(version, before, after):
    old, new = version(scene(*TWICE, file_name=before)), version(scene(*TWICE, file_name=after))
    changes = diff(old, new)
    assert (changes.findings_new, changes.findings_fixed) == ((), ())
    assert changes.findings_remaining == len(new.findings) > 0
    assert changes.kept == 2


def test_a_finding_that_a_renamed_picture_loses_is_fixed(version):
    old = version(scene(*TWICE, file_name="im.png"))
    new = version(scene("aaaa\naaaa\n....", file_name="x/im.png"))
    changes = diff(old, new)
    assert [finding.rule for finding in changes.findings_fixed] == [finding.rule for finding in old.findings]
    assert not changes.findings_remaining
