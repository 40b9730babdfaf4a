RULE = "path.symlink_escape"


def test_finds_a_link_that_leads_out(looked_at):
    outside = looked_at.folder.parent / "secret.png"
    outside.write_bytes((looked_at.folder / "sound.png").read_bytes())
    (looked_at.folder / "link.png").symlink_to(outside)
    (hit,) = looked_at(RULE, "link.png")
    assert (hit.image, hit.instances) == (1, ())
    assert hit.evidence["file_name"] == "link.png"
    assert hit.message.startswith("The picture link.png was not opened: ")


def test_finds_a_file_behind_a_linked_folder(looked_at):
    away = looked_at.folder.parent / "away"
    away.mkdir()
    (away / "x.png").write_bytes(b"")
    (looked_at.folder / "linked").symlink_to(away)
    assert [h.image for h in looked_at(RULE, "linked/x.png")] == [1]


def test_silent_on_links_that_stay_inside(looked_at):
    (looked_at.folder / "again.png").symlink_to(looked_at.folder / "sound.png")
    assert looked_at(RULE, "again.png") == []
