"""The commands of the gate, their files and their exit codes, as a shell sees them."""

import json
from pathlib import Path

import pytest

from audit.cli.main import main

SQUARE = [[2, 2, 8, 2, 8, 8, 2, 8]]
SHIFTED = [[2, 2, 9, 2, 9, 8, 2, 8]]
APART = [[12, 2, 18, 2, 18, 8, 12, 8]]


def coco(*masks, images=1, **fields):
    """Make a document with these masks on the first image."""
    return {
        "images": [
            {"id": k + 1, "file_name": f"{k + 1}.png", "height": 20, "width": 20} for k in range(images)
        ],
        "annotations": [
            {
                "id": k + 1,
                "image_id": 1,
                "category_id": 1,
                "segmentation": m,
                "iscrowd": 0,
                "area": 36,
                "bbox": [2, 2, 6, 6],
                **fields,
            }
            for k, m in enumerate(masks)
        ],
        "categories": [{"id": 1, "name": "cell"}],
    }


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working directory with a clean and a bad batch."""
    monkeypatch.chdir(tmp_path)
    Path("maskaudit.toml").write_text('select = ["overlap"]\n')
    Path("clean.json").write_text(json.dumps(coco(SQUARE, APART)))
    Path("bad.json").write_text(json.dumps(coco(SQUARE, SQUARE, APART)))
    return tmp_path


def run(*arguments):
    return main([str(a) for a in arguments])


POLICIES = {
    "strict": "[[gate.limits]]\nseverity = 'error'\nmax_count = 0\n",
    "lenient": "[[gate.limits]]\nrule = '*'\nmax_count = 9\n",
    "undecided": "[[gate.limits]]\nrule = '*'\nmax_rate = 0.5\nmin_sample = 100\n",
    "typo": "[[gate.limits]]\nrule = '*'\nmax_cuont = 9\n",
    "expired": "[[gate.limits]]\nrule = '*'\nmax_count = 9\n[[gate.waivers]]\nrule = 'mask'\nfile = '*'\nreason = 'r'\nuntil = 2020-01-01\n",
    "pardon": "[[gate.limits]]\nrule = '*'\nmax_count = 0\n[[gate.waivers]]\nrule = 'overlap'\nfile = '*'\nreason = 'r'\nuntil = 2020-01-01\n",
}

EXIT_CODES = {
    "clean batch": (0, ["clean.json"]),
    "bad batch": (1, ["bad.json"]),
    "bad batch, lenient policy": (0, ["bad.json", "--policy", "lenient.toml"]),
    "clean batch, strict policy": (0, ["clean.json", "--policy", "strict.toml"]),
    "too small": (1, ["clean.json", "--policy", "undecided.toml"]),
    "too small, but let through": (0, ["clean.json", "--policy", "undecided.toml", "--undecided", "pass"]),
    "waiver expired": (1, ["clean.json", "--policy", "expired.toml"]),
    "waiver in time": (0, ["bad.json", "--policy", "pardon.toml", "--today", "2020-01-01"]),
    "waiver a day late": (1, ["bad.json", "--policy", "pardon.toml", "--today", "2020-01-02"]),
    "policy with a typo": (2, ["clean.json", "--policy", "typo.toml"]),
    "no policy": (2, ["clean.json", "--policy", "none.toml"]),
    "no baseline": (2, ["clean.json", "--baseline", "none.json"]),
    "baseline is a dataset": (2, ["clean.json", "--baseline", "clean.json"]),
    "ratchet without baseline": (2, ["clean.json", "--ratchet"]),
    "plan without review": (2, ["clean.json", "--sample-plan", "plan.json"]),
    "a plan for too many images": (2, ["clean.json", "--plan", str(10**30)]),
    "a plan that is no number": (2, ["clean.json", "--plan", "plan.json"]),
    "a plan of no images": (2, ["clean.json", "--plan", "0"]),
    "a plan": (0, ["bad.json", "--plan", "300"]),
    "no review": (2, ["clean.json", "--reviewed", "none.json"]),
    "no labels": (2, ["none.json"]),
    "broken labels": (2, ["broken.json"]),
    "unknown group": (2, ["clean.json", "--group-by", "annotator"]),
    "unknown option": (2, ["clean.json", "--polcy", "strict.toml"]),
    "no argument": (2, []),
    "folder is a file": (2, ["clean.json", "--out", "clean.json"]),
    "folder of the file is a file": (2, ["clean.json", "--junit", "clean.json/x.xml"]),
}


@pytest.mark.parametrize("case", EXIT_CODES)
def test_exit_codes(here, capsys, case):
    for name, text in POLICIES.items():
        Path(f"{name}.toml").write_text(text)
    Path("broken.json").write_text("{")
    code, arguments = EXIT_CODES[case]
    assert run("gate", *arguments) == code
    said = capsys.readouterr().err
    assert (said.count("\n") == 1) == (code != 0), "one line on stderr, and only where something is wrong"
    assert "Traceback" not in said


def test_a_typo_gets_a_helpful_line(here, capsys):
    Path("p.toml").write_text(POLICIES["typo"])
    run("gate", "clean.json", "--policy", "p.toml")
    said = capsys.readouterr().err
    assert said == 'maskaudit: p.toml: gate.limits[0].max_cuont: unknown key; did you mean "max_count"?\n'


def test_the_policy_of_the_configuration(here, capsys):
    Path("maskaudit.toml").write_text('select = ["overlap"]\n' + POLICIES["lenient"])
    assert run("gate", "bad.json") == 0
    Path("maskaudit.toml").write_text(POLICIES["typo"])
    assert run("gate", "bad.json") == 2
    assert "maskaudit.toml: gate.limits[0].max_cuont" in capsys.readouterr().err


def test_baseline_from_writing_to_pruning(here, capsys):
    assert run("baseline", "write", "bad.json", "--out", "b.json") == 0
    assert run("gate", "bad.json", "--baseline", "b.json", "--ratchet") == 0
    assert run("baseline", "show", "b.json") == 0
    assert "overlap.duplicate" in capsys.readouterr().out
    assert run("gate", "clean.json", "--baseline", "b.json") == 0
    assert "1 finding of the baseline is mended; maskaudit baseline prune" in capsys.readouterr().out
    assert run("baseline", "prune", "b.json", "clean.json") == 0
    assert "1 mended findings forgotten, 0 still known" in capsys.readouterr().out
    assert run("gate", "bad.json", "--baseline", "b.json") == 1
    assert run("baseline", "show", "none.json") == 2


def test_the_verdict_is_said_once_and_new_findings_beside_all(here, capsys):
    Path("worse.json").write_text(json.dumps(coco(SQUARE, SQUARE, APART, APART)))
    Path("strict.toml").write_text(POLICIES["strict"])
    assert run("baseline", "write", "bad.json", "--out", "b.json") == 0
    capsys.readouterr()
    assert run("gate", "worse.json", "--baseline", "b.json", "--policy", "strict.toml", "--out", "g") == 1
    text, errors = capsys.readouterr()
    assert "1 new of 2 findings; 1 known, 0 waived, 0 dismissed.\n" in text
    assert (text.count("Verdict: fail"), text.count("Policy: strict.toml")) == (1, 1)
    assert errors == "maskaudit: the batch does not pass: * (error): 1 found, 0 allowed\n"
    index, gate = (Path("g", name).read_text() for name in ("index.html", "gate.html"))
    assert "Only new findings are shown and counted here: 1 of 2 is neither known" in index
    assert "1 new of 2 findings; 1 known" in gate


def test_lines_name_the_place_of_every_new_finding(here, capsys):
    labels = coco(SQUARE, SQUARE, APART, APART)
    Path("worse.json").write_text(json.dumps(labels, indent=1))
    assert run("scan", "worse.json", "--format", "lines", "--no-html") == 0
    lines = capsys.readouterr().out.splitlines()
    text = Path("worse.json").read_text().splitlines()
    for line, first, second in zip(lines, (1, 3), (2, 4), strict=True):
        place, rest = line.split(": ", 1)
        name, line_number, column = place.split(":")
        assert (name, text[int(line_number) - 1][int(column) - 1]) == ("worse.json", "{")
        assert any(text[int(line_number)].strip() == f'"id": {number},' for number in (first, second))
        assert rest.startswith(f"1.png {first},{second} overlap.duplicate ")
    assert run("baseline", "write", "bad.json", "--out", "b.json") == 0
    capsys.readouterr()
    assert run("gate", "worse.json", "--baseline", "b.json", "--format", "lines") == 1
    assert capsys.readouterr().out.splitlines() == lines[1:]


def test_a_quiet_gate_says_why_it_refuses(here, capsys):
    """A pre-commit hook is quiet: without these lines nobody would know what to mend."""
    Path("many.json").write_text(json.dumps(coco(*[SQUARE] * 6, APART)))
    assert run("gate", "many.json", "--quiet", "--policy", here / "limits.toml") == 2
    Path("limits.toml").write_text("[[gate.limits]]\nrule = 'overlap'\nmax_count = 2\n")
    capsys.readouterr()
    assert run("gate", "many.json", "--quiet", "--policy", "limits.toml") == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    first, *lines, more, policy = printed.err.splitlines()
    assert first == "maskaudit: the batch does not pass: overlap: 15 found, 2 allowed"
    assert len(lines) == 10
    assert lines[0].startswith("many.json:1:")
    assert " overlap.duplicate " in lines[0]
    assert (more, policy) == ("... and 5 more findings", "Policy: limits.toml")
    assert run("gate", "clean.json", "--quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_a_gate_names_policy_and_configuration_always(here, capsys):
    assert run("gate", "clean.json") == 0
    text = capsys.readouterr().out
    assert "Policy: none, so the default limits\n" in text
    assert f"Configuration: {here / 'maskaudit.toml'}\n" in text
    Path("maskaudit.toml").unlink()
    assert run("scan", "clean.json", "--no-html") == 0
    assert "Configuration: none, so defaults\n" in capsys.readouterr().out


def test_findings_as_workflow_annotations(here, capsys):
    assert run("scan", "bad.json", "--format", "github", "--no-html") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("::error file=bad.json,line=1,col=")
    assert ",title=overlap.duplicate::1.png: " in line
    assert run("gate", "bad.json", "--format", "github") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "::error title=maskaudit gate::fail: 1 of 2 limits keep to the policy"
    assert lines[-1] == line
    assert run("gate", "bad.json", "--format", "github", "--github", "--no-html") == 1
    assert capsys.readouterr().out.splitlines() == lines, "said twice"


def test_statistics_count_each_rule(here, capsys):
    Path("worse.json").write_text(json.dumps(coco(SQUARE, SQUARE, SHIFTED, APART)))
    assert run("scan", "worse.json", "--statistics", "--no-html") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("3  error  overlap.duplicate  One object annotated twice")
    assert run("gate", "clean.json", "--statistics") == 0
    assert capsys.readouterr().out == ""
    assert run("scan", "worse.json", "--statistics", "--format", "json") == 2


def test_a_gate_without_new_findings_does_not_call_the_rules_silent(here):
    assert run("baseline", "write", "bad.json", "--out", "b.json") == 0
    assert run("gate", "bad.json", "--baseline", "b.json", "--out", "g") == 0
    index = Path("g/index.html").read_text()
    assert "Nothing new found; 1 finding known, waived or dismissed." in index
    assert "every rule that was on is silent" not in index
    assert "on and found nothing new</summary>" in index


def test_the_report_of_a_sample_counts_what_was_drawn(here):
    lot = coco(*[SQUARE] * 60, images=30)
    for number, annotation in enumerate(lot["annotations"]):
        annotation["image_id"] = 1 + number // 2
    Path("lot.json").write_text(json.dumps(lot))
    assert run("sample", "lot.json", "--limit", "0.1", "--out", "s") == 0
    index = Path("s/index.html").read_text()
    assert "19 images, 38 annotations" in index
    assert "on 38 of 38 annotations (100\u00a0%)" in index
    assert (
        "Review 19 of 30 images; none of them may be wrong. A batch in which 10\u00a0% of the images" in index
    )


def test_a_ratchet_keeps_the_smaller_baseline(here, capsys):
    assert run("baseline", "write", "clean.json", "--out", "b.json") == 0
    before = Path("b.json").read_bytes()
    assert run("baseline", "write", "bad.json", "--out", "b.json", "--ratchet") == 1
    assert "overlap.duplicate: 0 before, 1 now" in capsys.readouterr().out
    assert Path("b.json").read_bytes() == before
    assert run("baseline", "write", "bad.json", "--out", "b.json") == 0


def test_pruning_leaves_rules_that_were_not_judged(here, capsys):
    run("baseline", "write", "bad.json", "--out", "b.json")
    assert run("baseline", "prune", "b.json", "clean.json", "--select", "mask") == 0
    assert "0 mended findings forgotten, 1 still known" in capsys.readouterr().out


def test_decisions_count(here, capsys):
    run("scan", "bad.json", "--out", "r", "--no-html", "--quiet")
    (found,) = json.loads(Path("r/findings.json").read_text())["findings"]
    for verdict, code in (("fine", 0), ("real", 1)):
        content = {"schema_version": 1, "decisions": {found["fingerprint"]: {"verdict": verdict}}}
        Path("d.json").write_text(json.dumps(content))
        assert run("gate", "bad.json", "--decisions", "d.json") == code
        assert "precision" in capsys.readouterr().out


def test_all_outputs(here, capsys, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "step.md")
    options = ["--junit", "o/j.xml", "--sarif", "o/s.sarif", "--gitlab", "o/g.json", "--summary-md", "o/m.md"]
    assert run("gate", "bad.json", "--out", "out", "--no-html", "--github", "--quiet", *options) == 1
    assert {p.name for p in Path("o").iterdir()} == {"j.xml", "s.sarif", "g.json", "m.md"}
    assert json.loads(Path("out/gate.json").read_text())["outcome"] == "fail"
    assert Path("out/findings.json").exists()
    assert Path("step.md").read_text() == Path("o/m.md").read_text()
    assert capsys.readouterr().out.startswith("::error title=maskaudit gate::fail")


def test_json_on_the_terminal(here, capsys):
    assert run("gate", "clean.json", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["outcome"] == "pass"


def test_groups(here, capsys):
    assert run("gate", "clean.json", "--group-by", "file:(\\d)") == 0
    assert "by file:(\\d)" in capsys.readouterr().out


def test_diff(here, capsys):
    Path("new.json").write_text(json.dumps(coco(SHIFTED, APART, [[2, 12, 8, 12, 8, 18, 2, 18]])))
    assert run("diff", "clean.json", "new.json", "--out", "d") == 0
    assert "reshaped" in capsys.readouterr().out
    content = json.loads(Path("d/diff.json").read_text())
    counts = {"kept": 1, "reshaped": 1, "added": 1, "masks_added": 1}
    assert {k: v for k, v in content["summary"].items() if v} == counts
    assert run("diff", "clean.json", "new.json", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == content
    assert run("diff", "clean.json", "none.json") == 2


def test_sample_review_and_verdict(here, capsys):
    Path("lot.json").write_text(json.dumps(coco(SQUARE, APART, images=30)))
    assert run("sample", "lot.json", "--limit", "0.1", "--out", "s", "--no-html") == 0
    said = capsys.readouterr().out
    assert "Review 19 of 30 images; none of them may be wrong." in said
    plan = json.loads(Path("s/plan.json").read_text())
    assert (plan["plan"]["size"], plan["plan"]["accept"], len(plan["images"])) == (19, 0, 19)
    found = json.loads(Path("s/findings.json").read_text())["findings"]
    assert [f["rule"] for f in found].count("sample.image") == 19
    assert run("gate", "lot.json", "--reviewed", "s/review.csv") == 1, "nobody has looked yet"
    text = Path("s/review.csv").read_text()
    Path("s/review.csv").write_text(text.replace(",0,,,", ",0,fine,,"))
    assert run("gate", "lot.json", "--reviewed", "s/review.csv") == 0
    assert "0 of 19 reviewed images are wrong" in capsys.readouterr().out
    verdicts = {image["fingerprint"]: {"verdict": "fine"} for image in plan["images"]}
    verdicts[plan["images"][3]["fingerprint"]] = {"verdict": "real"}
    Path("s/decisions.json").write_text(json.dumps({"schema_version": 1, "decisions": verdicts}))
    assert run("gate", "lot.json", "--reviewed", "s/decisions.json") == 1
    assert "1 of 19 reviewed images are wrong; the plan allows 0 of 19" in capsys.readouterr().out


def test_a_review_is_of_one_batch_alone(here, capsys):
    """All is fine in twelve images: neither a later batch nor the same names with a mask moved pass by that."""
    for name, masks, n_images in (("lot", SQUARE, 12), ("later", SQUARE, 13), ("moved", SHIFTED, 12)):
        Path(f"{name}.json").write_text(json.dumps(coco(masks, APART, images=n_images)))
    assert run("sample", "lot.json", "--limit", "0.05", "--out", "s", "--no-html") == 0
    assert "Review 12 of 12 images" in capsys.readouterr().out
    text = Path("s/review.csv").read_text()
    Path("s/review.csv").write_text(text.replace(",0,,,", ",0,fine,,"))
    for name, reason in (
        ("later", "drawn from another batch of 12 images, and says nothing about this one of 13"),
        ("moved", "the labels of 1 of 12 drawn images have changed"),
    ):
        for options in ([], ["--undecided", "pass"]):
            assert run("gate", f"{name}.json", "--reviewed", "s/review.csv", *options) == 1, name
            said = " ".join(capsys.readouterr().out.split())
            assert reason in said
            assert "does not pass" in said
    assert run("gate", "lot.json", "--reviewed", "s/review.csv") == 0
    lines = Path("s/review.csv").read_text().replace(",fine,", ",real,", 1)
    Path("s/review.csv").write_text(lines)
    assert run("gate", "lot.json", "--reviewed", "s/review.csv") == 1, "all were seen, and one is wrong"


def test_sampling_plans_that_cannot_be(here, capsys):
    assert run("sample", "clean.json", "--good", "0.1", "--limit", "0.05") == 2
    assert run("sample", "clean.json", "--limit", "0") == 2
    assert "between 0 and 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("tool", "files"),
    [
        ("fiftyone", ["labels.json", "proposals.json"]),
        ("cvat", ["annotations.xml", "labels.json"]),
        ("labelstudio", ["config.xml", "tasks.json"]),
        ("csv", ["review.csv"]),
    ],
)
def test_exports(here, capsys, tool, files):
    assert run("export", tool, "bad.json", "--out", "e") == 0
    assert "2 annotations on 1 image to look at" in capsys.readouterr().out
    assert sorted(p.name for p in Path("e").iterdir()) == files
    run("baseline", "write", "bad.json", "--out", "b.json", "--quiet")
    assert run("export", tool, "bad.json", "--out", "e", "--baseline", "b.json") == 0
    assert "0 annotations on 0 images" in capsys.readouterr().out


def test_exports_called_wrongly(here):
    assert run("export", "cvat", "bad.json", "--url-prefix", "x") == 2
    assert run("export", "excel", "bad.json") == 2
    assert run("export", "csv", "bad.json", "--out", "bad.json") == 2


def test_the_policys_own_ratchet(here, capsys):
    Path("p.toml").write_text("[gate]\nratchet = true\n" + POLICIES["lenient"])
    assert run("gate", "bad.json", "--policy", "p.toml") == 2
    assert "--baseline" in capsys.readouterr().err
    assert run("baseline", "write", "clean.json", "--out", "b.json") == 0
    assert run("gate", "bad.json", "--policy", "p.toml", "--baseline", "b.json") == 1
    assert run("baseline", "write", "bad.json", "--out", "b.json") == 0
    assert run("gate", "bad.json", "--policy", "p.toml", "--baseline", "b.json") == 0


def test_pages_are_written_unless_the_configuration_or_the_command_says_no(here):
    for html, flags, written in (("true", [], True), ("true", ["--no-html"], False), ("false", [], False)):
        Path("maskaudit.toml").write_text(f'select = ["overlap"]\n[report]\nhtml = {html}\n')
        for command in ("scan", "gate", "sample"):
            out = Path(f"{command}-{html}-{len(flags)}")
            run(command, "clean.json", "--out", out, "--quiet", *flags)
            assert (out / "findings.json").exists()
            assert (out / "index.html").exists() is written, (command, html, flags)


def test_every_drawn_image_has_a_page(here):
    Path("maskaudit.toml").write_text('select = ["overlap"]\n[report]\nmax_pages = 1\n')
    Path("many.json").write_text(json.dumps(coco(SQUARE, APART, images=5)))
    assert run("sample", "many.json", "--out", "s", "--limit", "0.2", "--quiet") == 0
    drawn = json.loads(Path("s/plan.json").read_text())["images"]
    assert len(drawn) > 1
    assert len(list(Path("s/images").glob("*.html"))) == len(drawn)


def test_a_plan_says_beforehand_what_a_batch_can_prove(here, capsys):
    """Two annotations an image: 299 images without a defect show 1 %, and 298 cannot."""
    Path("policy.toml").write_text(
        "[[gate.limits]]\nrule = '*'\nmax_rate = 0.01\nconfidence = 0.95\n"
        "[[gate.limits]]\nseverity = 'error'\nmax_count = 0\n"
        "[[gate.limits]]\nrule = '*'\nmax_rate = 0.5\nmin_sample = 5000\n"
    )
    said = {}
    for n_images in ("298", "600"):
        assert run("gate", "clean.json", "--policy", "policy.toml", "--plan", n_images) == 0
        said[n_images] = " ".join(capsys.readouterr().out.split())
    assert "What a batch of 298 images like these could prove:" in said["298"]
    assert (said["298"].count("nothing"), said["600"].count("nothing")) == (2, 1)
    for text in ("1.00 %", "299", "0 findings", "2,500"):
        assert text in said["298"], text
    for text in ("4 of 1,200", "299", "0 findings", "2,500"):
        assert text in said["600"], text
    assert "2 of 3 limits cannot be kept" in said["298"]
    assert "1 of 3 limits cannot be kept" in said["600"]


def test_a_plan_keeps_its_word(here, capsys):
    """What is said beforehand is what the gate then says."""
    Path("policy.toml").write_text("[[gate.limits]]\nrule = '*'\nmax_rate = 0.1\nconfidence = 0.9\n")
    for n_images, code in ((21, 1), (22, 0)):
        batch = coco(images=n_images)
        record = coco(SQUARE)["annotations"][0]
        batch["annotations"] = [record | {"id": k, "image_id": k} for k in range(1, n_images + 1)]
        Path("batch.json").write_text(json.dumps(batch))
        assert run("gate", "batch.json", "--policy", "policy.toml") == code
        capsys.readouterr()
        assert run("gate", "batch.json", "--policy", "policy.toml", "--plan", str(n_images)) == 0
        assert ("0 of 22 annotations" in capsys.readouterr().out) == (code == 0)
