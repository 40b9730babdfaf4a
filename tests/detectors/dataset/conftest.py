from dataclasses import replace

import pytest

from audit.detectors.hit_findings import convert_hits
from audit.detectors.registry import dataset_rules
from audit.measure.schema import CATEGORIES, IMAGES, empty_measurements, table


@pytest.fixture
def judged():
    """Judge images and categories given as dicts of what differs from a sound one."""

    def judge(rule_id, images=(), categories=(), sources=("a.json", "b.json"), **options):
        def filled(schema, rows):
            plain = {name: "" if c.dtype == "str" else 0 for name, c in schema.items()}
            full = [plain | {"index": k} | row for k, row in enumerate(rows)]
            return table(schema, {name: [row[name] for row in full] for name in schema})

        m = replace(
            empty_measurements(),
            images=filled(IMAGES, images),
            categories=filled(CATEGORIES, categories),
            sources=sources,
        )
        rule = dataset_rules()[rule_id]
        return list(convert_hits(rule_id, rule.severity, rule.detect(m, rule.options(**options)), m))

    return judge
