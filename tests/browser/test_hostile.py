"""Texts of a dataset that try to become markup, script, attributes or addresses stay texts."""

import contextlib
import io
import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from audit.cli.main import main
from audit.findings.number_format import join_percent_signs
from audit.report.text_format import format_category, shorten_text

RUN = "window.hacked=1"
HOSTILE = {
    "script": f"<script>{RUN}</script>",
    "end-of-script": f"</script><script>{RUN}</script>",
    "end-of-template": f"</template></svg></title></style><img src=x onerror={RUN}>",
    "comment": f"<!-- <script> --!><script>{RUN}</script>",
    "attribute": f'x" onmouseover="{RUN}" autofocus onfocus="{RUN}',
    "attribute-single": f"x' onclick='{RUN}' style='position:fixed",
    "picture": f"<img src=x onerror={RUN}>.jpg",
    "svg": f"<svg onload={RUN}><a xlink:href='javascript:{RUN}'>",
    "address": f"javascript:{RUN}",
    "entities": "&lt;script&gt;&quot;&#39;&amp;",
    "encoded": "%3Cscript%3E%20%2B%",
    "state": "a&rule=b#c?d=e+f g",
    "view": "#/image/000001",
    "template": "{{7*7}} ${7*7} <%= 7*7 %>",
    "prototype": "__proto__",
    "constructor": "constructor",
    "line-separator": "cup\u2028lid\u2029end",
    "override": "cup \u202egpj.exe",
    "isolate": "cup \u2066x\u2069",
    "escape": "\x1b[2J\x1b[31mcup\rlid\x00nul",
    "wide": "茶碗 \U0001f375 cafe\u0301",
    "rtl": "קוד קטגוריה",
    "numbers": "7 of 9, 1.5 px",
    "formula": "=cmd|'/c calc'!A1",
    "spaces": "  two  spaces  ",
    "empty": "",
    "one-word": "W" * 200,
    "huge": "x" * 2**20,
}
"""What each tries to break; one category and one image bears each name."""
NOT_OURS = """() => {
  const all = [...document.querySelectorAll("*")];
  return [
    ...all.filter((n) => n.matches("img, iframe, object, embed, form[action], base, meta[http-equiv=refresh]")),
    ...all.filter((n) => [...n.attributes].some((a) => a.name.startsWith("on") || /^\\s*javascript:/i.test(a.value) && a.name.endsWith("href"))),
    ...all.filter((n) => n.matches("script:not([type='text/plain'])") && document.querySelectorAll("script:not([type='text/plain'])").length > 1),
    ...all.filter((n) => n.hasAttribute("style")),
  ].map((n) => n.outerHTML.slice(0, 120));
}"""


@pytest.fixture(scope="module")
def hostile(draw, reported, tmp_path_factory):
    names = list(HOSTILE.values())
    boxes = [
        (2 * k + j + 1, k + 1, k + 1, 2 + 12 * j, 5, 20, 20) for k in range(len(names)) for j in range(2)
    ]
    images = {f"{name[:300]}.{k}": (40, 30) for k, name in enumerate(names)}
    path = tmp_path_factory.mktemp("hostile") / f"a' \"<img src=x onerror={RUN}>.json"
    return reported((draw(path, images, boxes, *names),))


@pytest.fixture(params=["folder", "single"])
def hostile_form(request, hostile):
    return hostile[request.param]


def assert_inert(page: Page) -> None:
    assert page.evaluate(NOT_OURS) == []
    assert page.evaluate("window.hacked") is None


def test_the_overview_shows_them_as_texts(pages, hostile_form):
    form = hostile_form
    page = pages.open(form.index())
    page.evaluate("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
    names = [format_category(name) for name in HOSTILE.values()]
    assert sorted(page.locator("#categories tbody th a").all_text_contents()) == sorted(names)
    pairs = page.locator("#pairs tbody th").all_text_contents()
    assert len(pairs) == 20
    assert set(pairs) < set(names)
    shown = page.locator(".thumb .name").all_text_contents()
    assert shown == [image.name for image in form.pages[: len(shown)]]
    expect(page.locator("h1:visible")).to_have_text(shorten_text(form.labels[0].name))
    assert_inert(page)


def test_every_link_to_a_category_leaves_its_findings(pages, hostile_form):
    form = hostile_form
    page = pages.open(form.index())
    links = page.eval_on_selector_all("#categories tbody a", "all => all.map((a) => [a.textContent, a.href])")
    crossed = page.eval_on_selector_all("#matrix td a", "all => all.map((a) => a.href)")
    assert len(links) == len(crossed) == len(HOSTILE)
    pages.visit(page, form.findings())
    expect(page.locator("#listed")).not_to_be_empty()
    row = page.locator("#list .row")
    for name, address in links:
        page.evaluate("(address) => { location.hash = new URL(address).hash; }", address)
        expect(page.locator("#listed"), name).to_have_text(f"1 of {len(HOSTILE)} findings")
        assert page.locator("#filter-category").input_value() == name
        assert name in row.locator(".row-who span").all_text_contents()
    for address in crossed:
        page.evaluate("(address) => { location.hash = new URL(address).hash; }", address)
        expect(page.locator("#listed"), address).to_have_text(f"1 of {len(HOSTILE)} findings")
    assert_inert(page)


def test_the_list_shows_and_finds_them_as_texts(pages, hostile_form):
    form = hostile_form
    page = pages.open(form.findings())
    options = page.locator("#filter-category option")
    expect(options).to_have_count(len(HOSTILE) + 1)
    assert sorted(options.evaluate_all("all => all.slice(1).map((o) => o.value)")) == sorted(
        format_category(name) for name in HOSTILE.values()
    )
    page.locator("#filter-q").fill("<img")
    expect(page.locator("#listed")).to_have_text(f"2 of {len(HOSTILE)} findings")
    messages = [
        join_percent_signs(shorten_text(f.message, 300)) for f in form.result.findings if "<img" in f.message
    ]
    assert page.locator("#list .message").all_text_contents() == messages
    assert_inert(page)


def test_the_pages_of_images_show_them_as_texts(pages, hostile_form):
    form = hostile_form
    page = pages.open(form.image(0))
    acting = [(number, image) for number, image in enumerate(form.pages) if RUN in image.name]
    assert len(acting) == 9
    for number, image in acting:
        pages.visit(page, form.image(number))
        expect(page.locator("h1:visible")).to_have_text(image.name)
        page.locator(".choose").click()
        assert page.locator(".finding .message").all_text_contents() == [
            join_percent_signs(image.findings[0].message)
        ]
        assert page.locator("#labels text").all_text_contents() == [
            f"#{m.annotation_id} {m.category}" for m in image.masks
        ]
        assert page.title() == " ".join(f"{image.name} · maskaudit".split())
        assert_inert(page)


def test_huge_names_do_not_swell_the_pages(hostile):
    sizes = {path.name: path.stat().st_size for path in hostile["folder"].out.rglob("*.html")}
    assert max(sizes.values()) < 200_000
    assert (hostile["single"].out / "index.html").stat().st_size < 550_000


NAMES = [name for title, name in HOSTILE.items() if title != "huge"]
NAMES += ["\ud800", "\udfff<img src=x onerror=window.hacked=1>", "\ufffe</title>", "::error file=x::y"]
"""What JSON can say, lone surrogates too."""


def write_dataset(path: Path, shift: int = 0) -> Path:
    """Write labels whose every name is hostile: two masks that overlap in each image, and a moved one."""
    images, annotations = [], []
    for number, name in enumerate(NAMES, 1):
        images.append(
            {"id": number, "file_name": f"{name}.{number}", "width": 40, "height": 30, "annotator": name}
        )
        for k in range(3):
            x = 3 + (6 * k if k < 2 else 22 + shift % 3)
            annotations.append(
                {
                    "id": 10 * number + k, "image_id": number, "category_id": number, "iscrowd": 0, "area": 144,
                    "bbox": [x, 5, 12, 12], "annotator": name, "note": name,
                    "segmentation": [[x, 5, x + 12, 5, x + 12, 17, x, 17 - shift % 2]],
                }
            )  # fmt: skip
    categories = [{"id": k, "name": name, "supercategory": name} for k, name in enumerate(NAMES, 1)]
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return path


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Run every command that writes pages, with decisions whose notes are hostile."""
    folder = tmp_path_factory.mktemp("hostile-commands")
    old, new = write_dataset(folder / "old.json"), write_dataset(folder / f"new <img onerror={RUN}>.json", 1)
    results = [
        {
            "image_id": a["image_id"], "category_id": a["category_id"], "segmentation": a["segmentation"],
            "score": 0.9 - 0.1 * (a["id"] % 10),
        }
        for a in json.loads(new.read_text())["annotations"]
    ]  # fmt: skip
    (folder / "results.json").write_text(json.dumps(results))

    def run(*arguments):
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as error:
            code = main([*map(str, arguments), "--quiet"])
        assert code in (0, 1), error.getvalue()

    run("scan", old, "--no-html", "--out", folder / "first")
    findings = json.loads((folder / "first" / "findings.json").read_text())["findings"]
    decisions = {
        f["fingerprint"]: {
            "verdict": ("fine", "real", "unsure")[k % 3],
            "rule": f["rule"],
            "note": NAMES[k % len(NAMES)],
        }
        for k, f in enumerate(findings)
    }
    document = {"schema_version": 1, "decisions": decisions}
    (folder / "decisions.json").write_text(json.dumps(document))
    title = f"<script>{RUN}</script>"
    run("scan", old, "--decisions", folder / "decisions.json", "--title", title, "--out", folder / "scan")
    run("scan", new, "--single-file", "--title", title, "--out", folder / "single")
    run("compare", new, folder / "results.json", "--title", title, "--out", folder / "compare")
    run(
        "gate",
        new,
        "--group-by",
        "annotator",
        "--decisions",
        folder / "decisions.json",
        "--out",
        folder / "gate",
    )
    run("diff", old, new, "--out", folder / "diff")
    run("history", old, new, "--out", folder / "history")
    run("sample", new, "--limit", "0.2", "--out", folder / "sample")
    return folder


COMMANDS = ("scan", "single", "compare", "gate", "diff", "history", "sample")


@pytest.mark.parametrize("command", COMMANDS)
def test_no_page_runs_what_a_name_says(pages, reports, command):
    """No dialog, no script, no markup, no console error (`pages` fails on those), whatever page is opened."""
    addresses = [path.resolve().as_uri() for path in sorted((reports / command).rglob("*.html"))]
    assert addresses
    page = pages.open(addresses[0])
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    if command == "single":
        addresses += [f"{addresses[0]}#/image/{number:06}" for number in range(1, len(NAMES), 4)]
    for address in addresses:
        pages.visit(page, address)
        page.evaluate("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
        page.mouse.move(200, 200)
        page.keyboard.press("Tab")
        assert_inert(page)
    assert dialogs == []
