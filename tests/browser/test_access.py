"""Every reader can use the pages: contrast and structure, narrow screens, dark screens, no script."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from audit.findings.number_format import join_percent_signs

VIEWS = ("index", "findings", "pictures", "image", "chosen", "keys")
BAD = ("serious", "critical")


def address(form, view: str) -> str:
    if view == "findings":
        return form.findings()
    if view == "pictures":
        return form.findings(view="pictures")
    return form.index() if view in ("index", "keys") else form.image(0, "1" if view == "chosen" else "")


def show(pages, page: Page, form, view: str) -> None:
    """Go to one view of a report, with everything that can be unfolded unfolded."""
    pages.visit(page, address(form, view))
    if view == "findings":
        expect(page.locator("#list .row").first).to_be_visible()
        page.keyboard.press("j")
        page.keyboard.press("1")
    if view == "pictures":
        expect(page.locator("#sheet image").first).to_be_visible()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("1")
        page.keyboard.press("x")
    if view in ("image", "chosen"):
        expect(page.locator(".tools")).to_be_visible()
    if view == "chosen":
        page.keyboard.press("2")
    if view == "keys":
        page.keyboard.press("?")
    page.evaluate("document.querySelectorAll('details').forEach((node) => { node.open = true; })")


def axe(page: Page, **options) -> dict:
    """Run axe-core; it is not to load style sheets itself, which the page's policy would refuse."""
    return Axe().run(page, options={"preload": False, "resultTypes": ["violations"], **options}).response


def serious(pages, page: Page, form, **options) -> list[str]:
    found = []
    for view in VIEWS[: 4 if form.single else None]:  # the rest is the same there
        show(pages, page, form, view)
        result = axe(page, **options)
        assert "color-contrast" in {rule["id"] for rule in result["passes"]}, view
        for rule in result["violations"]:
            if rule["impact"] in BAD:
                found += [
                    f"{view}: {rule['id']}: {n['html'][:160]}: {n['failureSummary']}" for n in rule["nodes"]
                ]
    return found


def test_axe_finds_nothing_serious(pages, form):
    page = pages.open("about:blank", color_scheme="light", reduced_motion="reduce")
    found = serious(pages, page, form)
    assert not found, "\n".join(found)


def test_axe_finds_no_faint_text_on_dark_screens(pages, form):
    """Colours are all that differs there."""
    page = pages.open("about:blank", color_scheme="dark", reduced_motion="reduce")
    found = serious(pages, page, form, runOnly=["color-contrast", "link-in-text-block"])
    assert not found, "\n".join(found)


def test_axe_would_find_faint_text(pages, forms):
    """The check above can fail."""
    page = pages.open(forms["folder"].index())
    page.evaluate("document.querySelector('h1').style.color = '#eee'")
    assert "color-contrast" in {rule["id"] for rule in axe(page)["violations"]}


def test_nothing_is_wider_than_a_small_phone(pages, form):
    page = pages.open("about:blank", viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    for view in VIEWS:
        show(pages, page, form, view)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360, view
        wide = page.evaluate(
            """() => [...document.querySelectorAll('body *')].filter((node) => !node.closest('.scroll, svg, .skip')
              && node.getClientRects().length && node.getBoundingClientRect().right > 361).map((node) => node.outerHTML.slice(0, 90))"""
        )
        assert wide == [], view


def test_a_phone_keeps_the_picture_in_view(pages, form):
    page = pages.open(
        form.image(1, "20"), viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True
    )
    expect(page.locator(".finding.chosen")).to_be_in_viewport()
    expect(page.locator("#stage")).to_be_in_viewport()
    pages.visit(page, form.findings(view="pictures"))
    expect(page.locator("#sheet li").first).to_be_in_viewport()
    expect(page.locator("#filter-rule")).to_be_hidden()
    page.locator("#filters-on").click()
    expect(page.locator("#filter-rule")).to_be_in_viewport()


def test_a_dark_screen_gets_dark_pages(pages, forms):
    form = forms["folder"]

    def lightness(scheme: str) -> list[int]:
        page = pages.open(form.index(), color_scheme=scheme)
        return page.evaluate(
            "['background-color', 'color'].map((p) => getComputedStyle(document.body).getPropertyValue(p).match(/\\d+/g).reduce((a, b) => a + +b, 0))"
        )

    (light_page, light_text), (dark_page, dark_text) = lightness("light"), lightness("dark")
    assert light_page > 600 > 300 > light_text
    assert dark_page < 150 < 600 < dark_text


def test_without_script_the_overview_is_whole(pages, form):
    page = pages.open(form.index(), java_script_enabled=False)
    expect(page.locator("h1:visible")).to_have_text("cells.json, plates.json")
    expect(page.locator(".verdict")).to_contain_text("1 error on 2 of 72 annotations")
    assert page.locator("#rules tbody tr").count() == 5
    assert page.locator(".thumb").count() == 4
    assert page.locator(".thumb image").count() == 4
    assert page.locator(".chart .plot").count() > 2
    assert page.locator("#matrix td, #pairs td, #categories td").count() > 20
    for part in ("rules", "images", "matrix", "pairs", "shape", "categories", "run"):
        expect(page.locator(f"#{part} h2").first).to_be_visible()
    expect(page.locator(".help")).to_be_hidden()


def test_without_script_the_list_says_what_to_do(pages, form):
    page = pages.open(form.findings(), java_script_enabled=False)
    if form.single:
        expect(page.locator("noscript p").first).to_contain_text("need JavaScript")
    else:
        expect(page.locator("noscript p")).to_contain_text("findings.csv holds the same findings")
    assert page.locator("form.filters:visible, .pager:visible, #export:visible").count() == 0


def test_without_script_the_page_of_an_image_can_be_read(pages, forms):
    form = forms["folder"]
    page = pages.open(form.image(0), java_script_enabled=False)
    expect(page.locator("#masks .mask").first).to_be_visible()
    assert page.locator(".finding .message").all_inner_texts() == [
        join_percent_signs(f.message) for f in form.pages[0].findings
    ]
    expect(page.locator(".finding dl").first).to_be_visible()
    assert page.locator(".tools:visible, .decide:visible, .help:visible").count() == 0
    page.locator("#next-image").click()
    expect(page.locator("h1")).to_have_text(form.pages[1].name)


def test_the_keyboard_reaches_everything_and_shows_where_it_is(pages, forms):
    form = forms["folder"]
    page = pages.open(form.image(0))
    expect(page.locator(".tools")).to_be_visible()
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        what = page.evaluate(
            """() => { const node = document.activeElement; if (node === document.body) return null;
              const style = getComputedStyle(node.matches('.choose') ? node.closest('.finding') : node);
              return [node.id || node.className, style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2]; }"""
        )
        if what is None:
            break
        seen.append(what)
    names = [name for name, _ in seen]
    assert names[0] == "skip"
    for name in (
        "next-image",
        "zoom-in",
        "whole",
        "show-masks",
        "choose",
        "say real",
        "note-text",
        "about",
    ):
        assert name in names
    assert [name for name, outlined in seen if not outlined] == []


def test_skip_leads_to_the_content(pages, forms):
    form = forms["folder"]
    page = pages.open(form.index())
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1:visible")).to_be_in_viewport()
    expect(page.locator("#rules")).to_be_visible()


def test_every_local_link_leads_somewhere(pages, forms):
    """Of the folder: addresses of files, and anchors on the same page."""
    form = forms["folder"]
    page = pages.open(form.index())
    for at in (form.index(), form.findings(), form.image(0)):
        pages.visit(page, at)
        broken = page.evaluate(
            """() => [...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href'))
              .filter((href) => href.startsWith('#') && !document.getElementById(href.slice(1)))"""
        )
        assert broken == []
        files = page.evaluate("[...document.querySelectorAll('a[href]')].map((a) => a.href.split('#')[0])")
        for file in set(files):
            pages.visit(page, file)


def test_every_link_of_the_one_file_shows_a_view(pages, forms):
    form = forms["single"]
    page = pages.open(form.index())
    links = page.evaluate("[...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href'))")
    assert all(link.startswith("#") for link in links)
    for link in sorted(set(links)):
        page.evaluate("(hash) => { location.hash = hash; }", link)
        pages.settle(page)
        view = "image" if "/image/" in link else "findings" if "/findings" in link else "index"
        expect(page.locator(f"#view-{view} h1")).to_be_visible()
        assert (
            page.locator("#view-index:visible, #view-findings:visible, #view-image h1:visible").count() == 1
        )
