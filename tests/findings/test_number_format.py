import pytest

from audit.findings.number_format import (
    format_count,
    format_percent,
    format_percent_range,
    join_percent_signs,
)


@pytest.mark.parametrize(
    ("share", "decimals", "text"),
    [
        (0.0, 0, "0 %"),
        (0.0001, 0, "0.1 %"),
        (0.000499, 0, "0.1 %"),
        (0.0005, 0, "0.1 %"),
        (0.004, 0, "0.4 %"),
        (0.00999, 0, "1.0 %"),
        (0.01, 0, "1 %"),
        (0.384, 0, "38 %"),
        (0.99, 0, "99 %"),
        (0.9901, 0, "99.0 %"),
        (0.9994, 0, "99.9 %"),
        (0.9996, 0, "99.9 %"),
        (1.0, 0, "100 %"),
        (0.0, 1, "0 %"),
        (0.00004, 1, "< 0.01 %"),
        (0.00437, 1, "0.44 %"),
        (0.257, 1, "25.7 %"),
        (0.99997, 1, "> 99.99 %"),
        (0.0609, 2, "6.09 %"),
        (0.05, None, "5 %"),
        (0.00125, None, "0.125 %"),
        (0.0, None, "0 %"),
        (0.29, None, "29 %"),
    ],
)
def test_a_share_is_never_rounded_to_none_or_all(share, decimals, text):
    assert format_percent(share, decimals) == text


def test_a_range_has_the_same_style():
    assert format_percent_range(0.0216, 0.1118, 1) == "2.2 % to 11.2 %"
    assert format_percent_range(0.0, 0.0004) == "0 % to 0.1 %"


def test_counts_have_thousands_and_nouns():
    assert [format_count(n, "finding") for n in (0, 1, 2, 1234)] == [
        "0 findings",
        "1 finding",
        "2 findings",
        "1,234 findings",
    ]
    assert format_count(1_000_000) == "1,000,000"


def test_only_spaces_between_a_number_and_its_sign_are_joined():
    joined = join_percent_signs("a 95 % interval, 3 % of x %, 5% of 100  %")
    assert joined == "a 95\u00a0% interval, 3\u00a0% of x %, 5% of 100  %"
