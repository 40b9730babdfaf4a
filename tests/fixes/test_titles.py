from audit.detectors.registry import all_rules
from audit.fixes.registry import fixes_of
from audit.fixes.titles import list_fix_titles


def test_titles_are_those_of_the_fixes():
    for rule in all_rules():
        expected = [(fix.name, fix.title, fix.is_safe) for fix in fixes_of(rule)]
        assert [tuple(title) for title in list_fix_titles(rule)] == expected
