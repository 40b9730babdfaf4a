"""The list of findings: filters, order, pages, address, keys."""

from playwright.sync_api import Page, expect

from audit.findings.finding import Finding
from audit.findings.number_format import join_percent_signs
from audit.report.text_format import shorten_text

PER_PAGE = 25


def shown(page: Page) -> list[tuple[str, str]]:
    """Return (rule, message) of the rows on the screen."""
    return page.eval_on_selector_all(
        "#list .row",
        "rows => rows.map(r => [r.querySelector('.row-head code').textContent, r.querySelector('.message').textContent])",
    )


def said(findings: list[Finding]) -> list[list[str]]:
    return [[f.rule, join_percent_signs(shorten_text(f.message, 300))] for f in findings]


def opened(pages, form, **state: str) -> Page:
    page = pages.open(form.findings(**state))
    expect(page.locator("form.filters")).to_be_visible()
    expect(page.locator("#listed")).not_to_be_empty()
    return page


FILTERS = {
    "rule": ("overlap.duplicate", lambda f: f.rule == "overlap.duplicate"),
    "rule-family": ("overlap", lambda f: f.rule.startswith("overlap.")),
    "severity": ("info", lambda f: f.severity == "info"),
    "category": ("cell", lambda f: 1 in f.category_ids),
    "category-spaced": (" odd & name + more", lambda f: 3 in f.category_ids),
    "image": ("B 1", lambda f: f.file_name == "b 10.png"),
    "source": ("cells.json", lambda f: f.source.endswith("cells.json")),
    "score": ("0.5", lambda f: f.score >= 0.5),
    "q": ("PIXELS b", lambda f: "pixels" in f.message and (f.file_name or "").startswith("b ")),
    "q-category": ("odd", lambda f: 3 in f.category_ids),
    "q-id": ("119", lambda f: 119 in f.annotation_ids),
    "q-number": ("share 120 pixels", lambda f: "120 pixels" in f.message or 120 in f.annotation_ids),
    "said": ("open", lambda f: True),
}


def test_every_filter_leaves_the_right_rows(pages, form):
    page = opened(pages, form)
    total = len(form.result.findings)
    for name, (value, fits) in FILTERS.items():
        field = page.locator(f"#filter-{name.split('-')[0]}")
        if field.evaluate("node => node.matches('select')"):
            field.select_option(value=shorten_text(str(form.labels[0])) if name == "source" else value)
        else:
            field.fill(value)
        expected = [f for f in form.by_importance if fits(f)]
        assert expected, name
        left = f"{len(expected)} of {total} findings" if len(expected) < total else f"{total} findings"
        expect(page.locator("#listed"), name).to_have_text(left)
        assert shown(page) == said(expected[:PER_PAGE]), name
        page.locator("#filter-clear").click()


def test_filters_add_up_and_clear_takes_them_all_back(pages, form):
    page = opened(pages, form)
    page.locator("#filter-severity").select_option("warning")
    page.locator("#filter-category").select_option("cell")
    page.locator("#filter-q").fill("no such words")
    expect(page.locator("#listed")).to_have_text(
        f"0 of {len(form.result.findings)} findings: none fits these filters"
    )
    expect(page.locator("#list")).to_be_hidden()
    page.locator("#filter-q").fill("")
    expected = [f for f in form.by_importance if f.severity == "warning" and 1 in f.category_ids]
    expect(page.locator("#list .row")).to_have_count(len(expected))
    assert shown(page) == said(expected)
    page.locator("#filter-clear").click()
    expect(page.locator("#listed")).to_have_text(f"{len(form.result.findings)} findings")
    assert shown(page) == said(list(form.by_importance[:PER_PAGE]))


def natural(f: Finding) -> tuple[str, int]:
    """File names in the order of their numbers: b 2 before b 10."""
    name = f.file_name or ""
    return (name.split(" ")[0], int("".join(c for c in name if c.isdigit()) or 0))


ORDERS = {
    "-score": lambda f: -round(f.score, 3),
    "score": lambda f: round(f.score, 3),
    "rule": lambda f: f.rule,
    "image": natural,
    "category": lambda f: (" odd", "cell", "nucleus").index(
        {1: "cell", 2: "nucleus", 3: " odd"}[f.category_ids[0]]
    ),
}


def test_every_order_is_kept_over_all_pages(pages, forms):
    form = forms["folder"]
    page = opened(pages, form)
    for order, key in ORDERS.items():
        page.locator("#filter-sort").select_option(order)
        expect(page.locator("#page-now")).to_have_text("page 1 of 2")
        rows = shown(page)
        page.locator("#page-on").click()
        expect(page.locator("#page-now")).to_have_text("page 2 of 2")
        assert rows + shown(page) == said(sorted(form.result.findings, key=key)), order


def test_a_link_brings_its_state_and_a_reload_keeps_it(pages, form):
    state = {"severity": "warning", "category": "nucleus", "sort": "score", "page": "2"}
    page = opened(pages, form, **state)
    expected = [f for f in form.result.findings if f.severity == "warning" and 2 in f.category_ids]
    expected.sort(key=lambda f: round(f.score, 3))
    for _ in range(2):
        expect(page.locator("#page-now")).to_have_text("page 2 of 2")
        assert shown(page) == said(expected[PER_PAGE:])
        assert page.locator("#filter-category").input_value() == "nucleus"
        pages.reload(page)
    page.locator("#filter-image").fill("a.png")
    expect(page.locator("#list .row")).to_have_count(1)
    assert "page=" not in page.url
    other = pages.open(page.url)
    expect(other.locator("#list .row")).to_have_count(1)
    assert shown(other) == shown(page)


STRANGE = {
    "page=99": 11,
    "page=-1": 25,
    "page=x": 25,
    "sort=constructor": 25,
    "category=__proto__": 0,
    "rule=no.such": 0,
    "%E0%A4%A=1&&==": 25,
}


def test_a_strange_address_does_no_harm(pages, form):
    page = opened(pages, form)
    for state, rows in STRANGE.items():
        pages.visit(page, form.findings() + ("?" if form.single else "#") + state)
        expect(page.locator("#list .row"), state).to_have_count(rows)


def test_pages_turn_by_button_and_by_arrow(pages, form):
    page = opened(pages, form)
    total = len(form.result.findings)
    back, on = page.locator("#page-back"), page.locator("#page-on")
    expect(back).to_be_disabled()
    on.click()
    expect(page.locator("#list .row")).to_have_count(total - PER_PAGE)
    expect(on).to_be_disabled()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#page-now")).to_have_text("page 2 of 2")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#page-now")).to_have_text("page 1 of 2")
    assert shown(page) == said(list(form.by_importance[:PER_PAGE]))


def test_j_and_k_walk_the_rows_and_over_the_pages(pages, form):
    page = opened(pages, form)
    findings = form.by_importance
    active = "document.activeElement.closest('.row')?.querySelector('.message').textContent"
    for finding in findings:
        page.keyboard.press("j")
        assert page.evaluate(active) == join_percent_signs(shorten_text(finding.message, 300))
    page.keyboard.press("j")
    assert page.evaluate(active) == join_percent_signs(shorten_text(findings[-1].message, 300))
    for finding in findings[-2::-1]:
        page.keyboard.press("k")
        assert page.evaluate(active) == join_percent_signs(shorten_text(finding.message, 300))


def test_enter_opens_the_finding_of_the_row(pages, form):
    page = opened(pages, form, rule="mask.tiny")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".finding.chosen .message")).to_have_text(
        next(f.message for f in form.result.findings if f.rule == "mask.tiny")
    )


def test_every_row_with_a_page_leads_to_its_finding(pages, form):
    page = opened(pages, form, image="b ")
    links = page.locator("#list .row a.message")
    messages = [
        join_percent_signs(shorten_text(f.message, 300))
        for f in form.by_importance
        if (f.file_name or "").startswith("b ")
    ]
    assert links.count() == len(messages)
    for k, message in enumerate(messages):
        pages.visit(page, form.findings(image="b "))
        links.nth(k).click()
        expect(page.locator(".finding.chosen .message")).to_have_text(message)


def test_slash_goes_to_the_search_and_keys_typed_there_do_nothing_else(pages, forms):
    form = forms["folder"]
    page = opened(pages, form)
    page.keyboard.press("/")
    expect(page.locator("#filter-q")).to_be_focused()
    page.keyboard.type("j1?")
    assert page.locator("#filter-q").input_value() == "j1?"
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#filter-q")).not_to_be_focused()
