"""Little to learn from is little to be sure of: the same findings, as infos."""

from audit.detectors.touching import merged, mixed_convention
from audit.findings.finding import Severity
from audit.touching.learned import is_learned_from_few


def test_findings_from_few_pairs_are_infos(cells):
    few, many = (cells(n, dict.fromkeys(range(6), (1, 0))) for n in (14, 24))
    assert is_learned_from_few(few).all()
    assert not is_learned_from_few(many).any()
    for rule in (merged, mixed_convention):
        of_few, of_many = (list(rule.detect(m, rule.Options())) for m in (few, many))
        assert of_few, rule
        assert {hit.severity for hit in of_few} == {Severity.INFO}
        assert all(hit.severity != Severity.INFO for hit in of_many)
