"""Values of settings: the bounds of shares, and numbers that are none."""

from dataclasses import dataclass, field

import pytest

from audit.pipeline.validation import ConfigError, validate_settings


@dataclass(frozen=True)
class Thresholds:
    length: float = field(default=1.0, metadata={"unit": "px"})
    share: float = field(default=0.5, metadata={"unit": "share"})


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_numbers_are_finite(value):
    with pytest.raises(ConfigError, match=r"rules\.length: expected a finite number, got -?(inf|nan)"):
        validate_settings(Thresholds, {"length": value}, "rules")


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_shares_may_be_nothing_or_all(value):
    assert validate_settings(Thresholds, {"share": value}, "rules").share == value


@pytest.mark.parametrize("value", [-0.001, 1.001])
def test_shares_lie_between_nothing_and_all(value):
    with pytest.raises(ConfigError, match="expected a value from 0 to 1"):
        validate_settings(Thresholds, {"share": value}, "rules")


def test_lengths_may_be_negative_or_large():
    assert validate_settings(Thresholds, {"length": -7.5}, "rules").length == -7.5
