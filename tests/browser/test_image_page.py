"""The page of an image: the walk through findings, the picture, what is shown of it."""

import pytest
from playwright.sync_api import Page, expect

from audit.findings.number_format import join_percent_signs
from audit.report.page_layers import LayerTracer
from audit.report.text_format import shorten_text

CHOSEN = ".finding.chosen"


def slow_down(page: Page, times: float) -> None:
    """Let the page's script run as on a slower machine."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": times})


def view(page: Page) -> list[float]:
    return [float(v) for v in page.locator("#stage").get_attribute("viewBox").split()]


def opened(pages, form, number: int = 0, finding: str = "", **options) -> Page:
    """Open an image's page without animation, so that a view is there at once."""
    page = pages.open(form.image(number, finding), **{"reduced_motion": "reduce"} | options)
    expect(page.locator(".tools")).to_be_visible()
    return page


def arrive(pages, page: Page, name: str) -> None:
    """Wait until the page of an image is shown and listens."""
    expect(page.locator("h1:visible")).to_have_text(name)
    pages.settle(page)


def test_j_walks_over_all_findings_of_all_images_and_k_back(pages, form):
    page = opened(pages, form)
    walk = [
        (p.name, join_percent_signs(shorten_text(f.message, 300))) for p in form.pages for f in p.findings
    ]
    assert len({name for name, _ in walk}) == 4

    def here() -> tuple[str, str]:
        return page.locator("h1:visible").inner_text(), page.locator(f"{CHOSEN} .message").inner_text()

    def steps(key, expected):
        name = page.locator("h1:visible").inner_text()
        for there, message in expected:
            page.keyboard.press(key)
            if there != name:
                arrive(pages, page, there)
                expect(page.locator(CHOSEN)).to_have_count(1)
                name = there
            assert here() == (there, message)

    steps("j", walk)
    page.keyboard.press("j")
    assert here() == walk[-1]
    steps("k", walk[-2::-1])
    page.keyboard.press("k")
    assert here() == walk[0]
    assert page.evaluate("document.activeElement.closest('.finding').id") == "finding-1"


@pytest.mark.parametrize("times_slower", [1, 6])  # `SLOWDOWN=20 make browser` slows all tests down
def test_arrows_lead_from_image_to_image(pages, form, times_slower):
    page = opened(pages, form)
    slow_down(page, times_slower)
    names = [p.name for p in form.pages]
    for name in names[1:]:
        page.keyboard.press("ArrowRight")
        arrive(pages, page, name)
    page.keyboard.press("ArrowRight")
    arrive(pages, page, names[-1])
    expect(page.locator("#previous-image")).to_be_visible()
    for name in names[-2::-1]:
        page.keyboard.press("ArrowLeft")
        arrive(pages, page, name)
    assert page.locator("#previous-image").count() == 0
    page.locator("#next-image").click()
    arrive(pages, page, names[1])


HASTY = """
new MutationObserver((_, observer) => {
  if (!document.querySelector("h1")) return;
  observer.disconnect();
  const { press = "" } = Object.fromEntries(new URLSearchParams(window.name));
  window.name = "";
  for (const key of press.split(" ").filter(Boolean)) {
    document.documentElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  }
}).observe(document, { childList: true, subtree: true });
"""
"""Presses the keys that window.name holds as soon as a heading is there, before the rest of the page."""


def test_keys_pressed_while_a_page_builds_up_are_not_lost(pages, form):
    page = opened(pages, form)
    page.add_init_script(HASTY)
    names = [p.name for p in form.pages]
    page.evaluate("window.name = 'press=ArrowRight j'")
    pages.reload(page)
    arrive(pages, page, names[1])
    expect(page.locator(CHOSEN)).to_have_id("finding-1")
    page.evaluate("window.name = 'press=?'")
    pages.reload(page)
    expect(page.locator("#keys")).to_be_visible()


def test_keys_pressed_while_the_next_page_is_on_its_way_are_for_that_page(pages, form):
    """Three keys before the browser could show anything: two pages on, and a decision about what is there."""
    page = opened(pages, form)
    names = [p.name for p in form.pages]
    page.evaluate(
        """() => { for (const key of ["ArrowRight", "ArrowRight", "j", "2"])
          document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); }"""
    )
    arrive(pages, page, names[2])
    expect(page.locator(CHOSEN)).to_have_id("finding-1")
    expect(page.locator("#finding-1 .say.fine")).to_have_attribute("aria-pressed", "true")
    for name in names[1::-1]:
        page.keyboard.press("ArrowLeft")
        arrive(pages, page, name)
        assert page.locator("[aria-pressed=true].say").count() == 0


def test_a_held_key_does_not_run_away(pages, form):
    page = opened(pages, form)
    names = [p.name for p in form.pages]
    page.evaluate(
        """() => { for (let k = 0; k < 30; k += 1) document.body.dispatchEvent(
          new KeyboardEvent("keydown", { key: "ArrowRight", repeat: k > 0, bubbles: true, cancelable: true })); }"""
    )
    arrive(pages, page, names[1])
    page.keyboard.press("ArrowLeft")
    arrive(pages, page, names[0])


def test_keys_are_explained(pages, form):
    page = opened(pages, form)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("j")
    assert page.locator(CHOSEN).count() == 0
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.locator(".help").click()
    expect(page.locator("#keys")).to_be_visible()
    page.locator("#keys button").click()
    expect(page.locator("#keys")).to_be_hidden()


def test_choosing_zooms_marks_and_writes_the_address(pages, form):
    page = opened(pages, form)
    image = form.pages[0]
    assert view(page) == [0, 0, 80, 60]
    for number, finding in enumerate(image.findings, 1):
        page.locator(f"#finding-{number} .choose").click()
        assert view(page) == list(finding.zoom)
        on = page.eval_on_selector_all(
            "#masks .mask", "m => m.flatMap((x, i) => x.matches('.on') ? [i] : [])"
        )
        assert tuple(on) == finding.masks
        assert page.locator("#overlaps .on").get_attribute("d") == finding.overlap
        assert page.locator("#labels .on").count() == len(finding.masks)
        assert page.url == form.image(0, str(number))
    last = page.locator(f"#finding-{len(image.findings)} .choose")
    expect(last).to_have_attribute("aria-pressed", "true")
    last.click()
    assert view(page) == [0, 0, 80, 60]
    assert page.locator("#masks .on").count() == 0
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    assert page.locator(CHOSEN).count() == 0


def test_an_address_chooses_its_finding(pages, form):
    page = opened(pages, form, finding="2")
    expect(page.locator(CHOSEN)).to_have_id("finding-2")
    pages.reload(page)
    expect(page.locator(CHOSEN)).to_have_id("finding-2")
    for strange in ("99", "0", "last"):
        pages.visit(page, form.image(0, strange))
        expect(page.locator(".tools")).to_be_visible()
        chosen = [f"finding-{len(form.pages[0].findings)}"] if strange == "last" else []
        assert page.eval_on_selector_all(CHOSEN, "all => all.map(x => x.id)") == chosen


def test_zoom_whole_image_and_toggles(pages, forms):
    form = forms["folder"]
    page = opened(pages, form, finding="1")
    zoom = list(form.pages[0].findings[0].zoom)
    whole = page.locator("#whole")
    page.keyboard.press("w")
    assert view(page) == [0, 0, 80, 60]
    expect(whole).to_have_attribute("aria-pressed", "true")
    whole.click()
    assert view(page) == zoom
    page.locator("#zoom-in").click()
    closer = view(page)
    assert closer[2] == pytest.approx(zoom[2] / 1.5)
    assert closer[0] + closer[2] / 2 == pytest.approx(zoom[0] + zoom[2] / 2)
    page.keyboard.press("-")
    assert view(page) == pytest.approx(zoom)
    for _ in range(20):
        page.locator("#zoom-out").click()
    assert view(page)[2] == pytest.approx(1.25 * 80)
    for _ in range(20):
        page.keyboard.press("+")
    assert view(page)[2] >= 4

    stage = page.locator("#stage")
    mask, label = page.locator("#masks .mask").nth(3), page.locator("#labels .label").nth(3)
    fill = "node => getComputedStyle(node).fillOpacity"
    expect(label).to_be_hidden()
    page.keyboard.press("l")
    expect(label).to_be_visible()
    assert stage.locator("image").count() == 1
    assert mask.evaluate(fill) == "0"
    page.locator("#show-fill").check()
    assert float(mask.evaluate(fill)) > 0
    page.keyboard.press("m")
    expect(mask).to_be_hidden()
    expect(label).to_be_hidden()
    page.locator("#show-masks").check()
    expect(mask).to_be_visible()


def test_dragging_moves_the_picture_and_chooses_nothing(pages, forms):
    form = forms["folder"]
    page = opened(pages, form)
    box = page.locator("#stage").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    scale = page.evaluate("document.getElementById('stage').getScreenCTM().a")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y - 30, steps=4)
    page.mouse.up()
    page.wait_for_function("document.getElementById('stage').viewBox.baseVal.x < 0")
    left, top, width, height = view(page)
    assert (width, height) == (80, 60)
    assert (left, top) == pytest.approx((-60 / scale, 30 / scale), abs=0.1)
    page.mouse.move(x, y)
    assert view(page) == [left, top, width, height]
    assert page.locator(CHOSEN).count() == 0


def test_the_wheel_zooms_only_with_ctrl(pages, forms):
    form = forms["folder"]
    page = opened(pages, form)
    box = page.locator("#stage").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -100)
    assert view(page) == [0, 0, 80, 60]
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_function("document.getElementById('stage').viewBox.baseVal.width < 79")


def test_two_fingers_zoom(pages, forms):
    form = forms["folder"]
    page = opened(pages, form, has_touch=True)
    box = page.locator("#stage").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, apart: float) -> None:
        points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points if apart else []})

    fingers("touchStart", 20)
    for apart in (25, 30, 35, 40):
        fingers("touchMove", apart)
    fingers("touchEnd", 0)
    page.wait_for_function("Math.abs(document.getElementById('stage').viewBox.baseVal.width - 40) < 4")


def test_a_mask_chooses_its_findings_in_turn(pages, form):
    page = opened(pages, form)
    image = form.pages[0]
    overlap = next(k for k, f in enumerate(image.findings) if f.rule == "overlap.partial")
    page.locator("#masks .mask").nth(image.findings[overlap].masks[1]).click(force=True)
    expect(page.locator(CHOSEN)).to_have_id(f"finding-{overlap + 1}")
    expect(page.locator(f"{CHOSEN} .choose")).to_be_focused()


def test_pointing_at_a_finding_marks_its_masks(pages, forms):
    form = forms["folder"]
    page = opened(pages, form)
    page.locator("#finding-2").hover()
    expect(page.locator("#masks .on")).to_have_count(len(form.pages[0].findings[1].masks))
    assert view(page) == [0, 0, 80, 60]
    page.locator("h1:visible").hover()
    expect(page.locator("#masks .on")).to_have_count(0)


def test_the_manual_of_a_rule_is_on_the_page(pages, form):
    page = opened(pages, form, finding="1")
    rule = form.pages[0].findings[0].rule
    manual = page.locator(".side .manual").filter(has=page.locator(f"summary code:text-is('{rule}')"))
    expect(manual.locator("pre")).to_be_hidden()
    page.locator(f"{CHOSEN} .about").click()
    expect(manual.locator("pre")).to_be_visible()
    assert page.locator("h1:visible").inner_text() == form.pages[0].name


def test_motion_is_smooth_unless_the_reader_wants_none(pages, forms):
    """A smooth zoom shows views in between."""
    form = forms["folder"]
    seen = """() => new Promise((done) => {
      const stage = document.getElementById("stage");
      const views = [];
      const goal = document.querySelector("#finding-1").dataset.zoom.split(" ").map(Number).join(" ");
      new MutationObserver((changes) => {
        views.push(...changes);
        if (stage.getAttribute("viewBox") === goal) done(views.length);
      }).observe(stage, { attributes: true, attributeFilter: ["viewBox"] });
      document.querySelector("#finding-1 .choose").click();
    })"""
    assert opened(pages, form, reduced_motion="no-preference").evaluate(seen) > 1
    assert opened(pages, form).evaluate(seen) == 1


def test_the_walk_stays_within_what_is_chosen_and_goes_along(pages, form):
    walk = [(p.name, f.rule) for p in form.pages for f in p.findings]
    rule = walk[0][1]
    wanted = [name for name, found in walk if found == rule]
    page = opened(pages, form)
    page.locator(".finding-filters select[name=rule]:visible").select_option(rule)
    n_here = sum(name == walk[0][0] for name in wanted)
    expect(page.locator(".finding:visible")).to_have_count(n_here)
    for name in wanted:
        if page.locator("h1:visible").inner_text() != name:
            while (
                page.locator("h1:visible").inner_text() != name
            ):  # images without such a finding lie between
                before = page.locator("h1:visible").inner_text()
                page.keyboard.press("j")
                expect(page.locator("h1:visible")).not_to_have_text(before)
                pages.settle(page)
        else:
            page.keyboard.press("j")
        expect(page.locator(CHOSEN)).to_have_attribute("data-rule", rule)
    page.locator(".finding-filters button:visible").click()
    assert page.locator(".finding:visible").count() == page.locator(".finding").count()


def test_a_link_to_a_finding_shows_it_whatever_is_chosen(pages, form):
    page = opened(pages, form)
    rules = [finding.rule for finding in form.pages[0].findings]
    outside = next(number for number, rule in enumerate(rules) if rule != rules[0])
    page.locator(".finding-filters select[name=rule]:visible").select_option(rules[0])
    pages.visit(page, form.image(0, str(outside + 1)))
    expect(page.locator(CHOSEN)).to_have_attribute("data-rule", rules[outside])


def test_labels_do_not_cover_each_other(pages, form):
    page = opened(pages, form)
    page.locator("#show-labels").check()
    expect(page.locator("#labels .label:visible").first).to_be_visible()
    page.wait_for_function("document.querySelectorAll('#labels .label').length > 0")
    boxes = page.evaluate(
        """async () => { await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        return [...document.querySelectorAll('#labels .label')].filter((label) => getComputedStyle(label).display !== 'none' && label.textContent)
          .map((label) => { const { x, y, width, height } = label.getBBox(); return [x, y, x + width, y + 0.7 * height]; }); }"""
    )
    assert boxes
    for k, a in enumerate(boxes):
        for b in boxes[k + 1 :]:
            assert not (a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3])


def test_the_wheel_says_how_it_zooms(pages, form):
    page = opened(pages, form)
    before, before_text = view(page), page.locator("#stage").get_attribute("viewBox")
    page.locator("#stage").hover()
    page.mouse.wheel(0, -50)
    expect(page.locator("#zoom-hint.on")).to_have_count(1)
    assert view(page) == before
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    expect(page.locator("#stage")).not_to_have_attribute("viewBox", before_text)
    expect(page.locator("#zoom-hint.on")).to_have_count(0)


def test_outlines_that_were_simplified_are_exact_where_one_zooms_in(pages, labels, reported, monkeypatch):
    monkeypatch.setattr(LayerTracer.trace_layers, "__defaults__", (100, 0))
    form = reported(labels)["folder"]
    page = opened(pages, form, 0, "1")
    exact = page.locator("#masks path[data-fine]")
    expect(exact.first).to_be_attached()
    staircase = exact.first.get_attribute("d")
    for _ in range(30):
        page.keyboard.press("-")
    page.evaluate("document.getElementById('stage').style.width = '4px'")
    page.keyboard.press("-")
    expect(exact).to_have_count(0)
    assert len(staircase) > max(
        len(d) for d in page.locator("#masks path").evaluate_all("all => all.map((e) => e.getAttribute('d'))")
    )


def test_a_link_to_a_finding_keeps_the_heading_in_sight(pages, forms):
    page = opened(pages, forms["folder"], 0, "2")
    expect(page.locator(CHOSEN)).to_have_id("finding-2")
    page.wait_for_load_state("load")
    expect(page.locator("h1")).to_be_in_viewport()
    expect(page.locator(CHOSEN)).to_be_in_viewport()
