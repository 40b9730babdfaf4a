import pytest

from audit.report.text_format import format_category, shorten_text


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("abcde", 5, "abcde"),
        ("abcdef", 5, "abcd…"),
        ("", 5, ""),
        ("a\u202e", 5, "a\\u202e"),
        ("a\nb", 9, "a\\nb"),
    ],
)
def test_texts_are_cut_at_their_limit_and_printable(text, limit, short):
    assert shorten_text(text, limit) == short


@pytest.mark.parametrize(
    ("name", "shown"), [("cell", "cell"), ("", "(no name)"), (7, "7"), ("x" * 61, "x" * 59 + "…")]
)
def test_categories_are_named_everywhere_alike(name, shown):
    assert format_category(name) == shown
