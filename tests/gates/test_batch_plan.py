"""What a batch could prove is said beforehand, and the page about the gate says the same."""

import re
import tomllib
from pathlib import Path

import pytest

from audit.gates.batch_plan import plan_limit
from audit.gates.policy import parse_policy
from audit.testing import measured, scene

PAGE = (Path(__file__).resolve().parents[2] / "docs/gate.md").read_text(encoding="utf-8")
EVEN = [scene("a.b"), scene("c.d")]
UNEVEN = [scene("a.b.c.d.e.f.g"), *[scene("a")] * 3]


@pytest.fixture(scope="module")
def limit():
    """The page's limit with a confidence."""
    (block,) = re.findall(r'```toml title="maskaudit.toml"\n(.*?)```', PAGE, re.DOTALL)
    limits = parse_policy(tomllib.loads(block)["gate"]).limits
    return next(limit for limit in limits if limit.confidence is not None)


def test_the_pages_example_needs_as_many_images_as_the_page_says(limit):
    """Where all images hold as many annotations, each counts as one."""
    (rate, confidence, n_images) = re.search(
        r"(\d+) % with\s+(\d+) % confidence needs (\d+) images", PAGE
    ).groups()
    assert (limit.max_rate, limit.confidence) == (int(rate) / 100, int(confidence) / 100)
    planned = plan_limit(limit, measured(*EVEN), int(n_images))
    assert (planned.n_images_needed, planned.most_defective) == (int(n_images), 0)
    assert plan_limit(limit, measured(*EVEN), int(n_images) - 1).most_defective == -1


def test_images_that_hold_different_numbers_must_be_more(limit):
    """Of 7, 1, 1, 1 annotations the size of the cluster that an annotation is in is 5.2, an image has 2.5."""
    planned = plan_limit(limit, measured(*UNEVEN), 1000)
    assert planned.n_images_needed == 622  # 299 x 5.2 / 2.5, rounded up
    assert planned.most_defective >= 0
    assert plan_limit(limit, measured(*UNEVEN), 299).most_defective == -1
