import pytest

from audit.testing import drawn, hits


@pytest.fixture
def said():
    """Judge annotations given as lists of rings, each alone on an image of 40 x 40 pixels."""

    def judge(rule, *annotations, **options):
        return hits(rule, *[drawn(40, 40, {"a": rings}) for rings in annotations], **options)

    return judge
