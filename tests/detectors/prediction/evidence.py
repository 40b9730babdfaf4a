"""Small scenes of labels and predictions, and what the rules about predictions say of them."""

from pictures import picture

from audit.comparison.label_evidence import collect_evidence
from audit.comparison.measuring import measure_comparison
from audit.dataset.shard import instance_rows
from audit.detectors.registry import prediction_rules
from audit.testing import compared


def evidence_of(*pairs, scores=None):
    labels, predictions = compared(*pairs, scores=scores)
    m = measure_comparison(labels, predictions)
    return collect_evidence(
        m,
        instance_rows(labels)[m.labels.row],
        labels.categories.name,
        predictions.annotations.index[m.predictions.row],
    )


def hits(name, *pairs, scores=None, **options):
    rule = prediction_rules()[f"prediction.{name}"]
    return list(rule.detect(evidence_of(*pairs, scores=scores), rule.options(**options)))


LABELS = picture(a=(5, 5, 25, 25), b=(5, 40, 25, 60))
GOOD = picture(p=(5, 5, 25, 25), q=(5, 40, 25, 60))
CLEAN = (LABELS, GOOD)
