from pathlib import Path

import pytest

HTML = "<!doctype html><html lang=en><meta charset=utf-8>{head}<title>t</title><body>{body}"


@pytest.fixture
def written(tmp_path):
    def write(body: str, head: str = "") -> Path:
        path = tmp_path / "page.html"
        path.write_text(HTML.format(head=head, body=body), encoding="utf-8")
        return path

    return write


def test_a_clean_page_opens_with_scripts_running(pages, written):
    page = pages.open(written("<p id=p>a</p><script>document.title = p.textContent + 'b'</script>"))
    assert page.title() == "ab"
    assert pages.problems == []


def wait_for_problem(pages, page, problem: str) -> None:
    """Wait until a problem is noted: a busy machine is slow to say so."""
    for _ in range(600):
        if any(text.startswith(problem) for text in pages.problems):
            return
        page.wait_for_timeout(100)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("<script>console.error('broken')</script>", "console: broken"),
        ("<script>throw new Error('thrown')</script>", "script: thrown"),
        ("<img src='https://example.org/a.png' alt=''>", "request: https://example.org/a.png"),
        ("<script>fetch('https://example.org/b').catch(() => 0)</script>", "request: https://example.org/b"),
        ("<script>new WebSocket('wss://example.org/c')</script>", "request: wss://example.org/c"),
        ("<img src='missing.png' alt=''>", "request failed: file:///"),
    ],
)
def test_every_kind_of_problem_is_noted(pages, written, body, problem):
    page = pages.open(written(body))
    wait_for_problem(pages, page, problem)
    page.context.close()
    pages.contexts.clear()
    found = pages.forgive()
    assert any(text.startswith(problem) for text in found), found


def test_csp_violations_are_noted(pages, written):
    csp = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">"
    page = pages.open(written("<p style='color:red'>a</p><script>1</script>", head=csp))
    for directive in ("style-src-attr", "script-src-elem"):
        wait_for_problem(pages, page, f"console: CSP {directive}")
    found = pages.forgive()
    assert any("CSP style-src-attr blocked inline" in text for text in found), found
    assert any("CSP script-src-elem blocked inline" in text for text in found), found


def test_pages_run_without_javascript_too(pages, written):
    body = "<p id=p>a</p><script>document.title = 'b'</script>"
    assert pages.open(written(body), java_script_enabled=False).title() == "t"
