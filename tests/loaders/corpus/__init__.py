"""256 broken, hostile and odd inputs, each with what it must get; some of them in several variants."""

from corpus import boxes, images, json_bytes, names, polygons, records, results, rle
from corpus.base import ACCEPT, ERROR, FINDING, Built, Case

CASES: tuple[Case, ...] = (
    *json_bytes.CASES,
    *records.CASES,
    *boxes.CASES,
    *polygons.CASES,
    *rle.CASES,
    *images.CASES,
    *names.CASES,
    *results.CASES,
)

__all__ = ["ACCEPT", "CASES", "ERROR", "FINDING", "Built", "Case"]
