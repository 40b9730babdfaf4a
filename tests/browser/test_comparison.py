"""Pairs of predictions lead to their place in the picture."""

import json

import pytest
from playwright.sync_api import expect

import audit

PREDICTIONS = [(10, 10, 20, 20), (14, 12, 20, 20), (60, 30, 12, 12)]


@pytest.mark.parametrize("single", [False, True])
def test_a_pair_is_shown_in_its_image_with_the_predictions(pages, draw, tmp_path, single):
    labels = draw(
        tmp_path / "labels.json", {"a.png": (100, 60)}, [(1, 1, 1, 10, 10, 22, 20), (2, 1, 1, 60, 30, 12, 12)]
    )
    results = tmp_path / "results.json"
    results.write_text(
        json.dumps(
            [
                {"image_id": 1, "category_id": 1, "score": 0.9, "bbox": [x, y, w, h],
                 "segmentation": [[x, y, x + w, y, x + w, y + h, x, y + h]]}
                for x, y, w, h in PREDICTIONS
            ]
        )
    )  # fmt: skip
    audit.compare(labels, results).report(tmp_path / "report", single_file=single)
    address = (tmp_path / "report" / ("index.html" if single else "comparison.html")).as_uri()
    page = pages.open(f"{address}#/comparison" if single else address)
    page.locator("section[id^=cause] .crop a").first.click()
    pages.settle(page)
    x, _, width, _ = map(float, page.locator("#stage").get_attribute("viewBox").split())
    assert x <= 10 < 34 <= x + width < 60
    expect(page.locator("#show-predictions")).to_be_checked()
    expect(page.locator("#guesses path").first).to_be_visible()
