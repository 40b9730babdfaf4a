"""What rooms hand to each other cannot be changed on the way: every dataclass is frozen, and has slots."""

import dataclasses
import pickle
import pkgutil
from dataclasses import is_dataclass
from importlib import import_module

import pytest

import audit
from audit.carriers import dataclass

WITHOUT_SLOTS = {"audit.api.scanning.Scan", "audit.api.comparing.Comparison", "audit.geometry.runs.Runs"}
"""They keep what they have worked out once."""
SHOWN = {
    "audit.api.scanning",
    "audit.api.comparing",
    "audit.comparison.options",
    "audit.findings.finding",
    "audit.pipeline.config",
    "audit.testing",
}
"""The documentation of the API shows their signatures, which it makes of the standard library's dataclasses."""
CHANGING = {"audit.pipeline.executors._Job"}


def _list_dataclasses():
    for module in pkgutil.walk_packages(audit.__path__, "audit."):
        if module.name not in ("audit.__main__", "audit.native.libmaskaudit"):  # a command, and no Python
            for member in vars(import_module(module.name)).values():
                if isinstance(member, type) and is_dataclass(member) and member.__module__ == module.name:
                    yield f"{module.name}.{member.__qualname__}", member


def test_dataclasses_are_frozen_and_slotted():
    carriers = dict(_list_dataclasses())
    assert len(carriers) > 100
    changing = {name for name, carrier in carriers.items() if carrier.__setattr__ is object.__setattr__}
    without_slots = {name for name, carrier in carriers.items() if "__slots__" not in vars(carrier)}
    assert changing == CHANGING
    assert without_slots == WITHOUT_SLOTS


def test_every_frozen_class_is_cheap_to_define():
    """Those of the standard library took a fifth of the time of a small scan."""
    costly = {carrier for _, carrier in _list_dataclasses() if carrier.__dataclass_params__.repr}
    assert {carrier.__module__ for carrier in costly} == SHOWN | {"audit.pipeline.executors"}


def _define(decorate):
    @decorate(frozen=True, slots=True)
    class Sample:
        name: str
        size: float = 2.0
        parts: list = dataclasses.field(default_factory=list)

        @property
        def double(self):
            return 2 * self.size

    Sample.__qualname__ = "Sample"
    return Sample


def test_a_carrier_behaves_as_the_dataclass_of_the_standard_library():
    ours, standard = _define(dataclass), _define(dataclasses.dataclass)
    for make in (lambda c: c("a"), lambda c: c("a", 3.0, [1]), lambda c: c(size=1.0, name="b")):
        assert repr(make(ours)) == repr(make(standard))
        assert dataclasses.asdict(make(ours)) == dataclasses.asdict(make(standard))
        assert make(ours) == make(ours)
        assert make(ours) != make(standard)
        assert make(ours).double == make(standard).double
    assert ours("a") != ours("b")
    assert ours("a").parts is not ours("a").parts
    assert ours.__match_args__ == standard.__match_args__
    assert ours.__slots__ == standard.__slots__
    assert dataclasses.replace(ours("a"), size=5.0) == ours("a", 5.0)
    for change in (lambda c: setattr(c, "name", "b"), lambda c: delattr(c, "name"), hash):
        for carrier in (ours, standard):
            with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
                change(carrier("a"))
    for arguments in ((), ("a", 1.0, [], 4)):
        for carrier in (ours, standard):
            with pytest.raises(TypeError):
                carrier(*arguments)


def test_a_carrier_is_pickled_and_hashed_by_its_values():
    from audit.findings.finding import Finding, Severity

    finding = Finding("mask.tiny", Severity.INFO, "Tiny.")
    assert pickle.loads(pickle.dumps(finding)) == finding

    @dataclass(frozen=True, slots=True)
    class Empty:
        pass

    @dataclass(frozen=True, slots=True)
    class Value:
        number: float

        def __repr__(self):
            return "mine"

    assert Empty() == Empty()
    assert len({Value(1.0), Value(1.0), Value(2.0)}) == 2
    assert repr(Value(1.0)) == "mine"


def test_a_carrier_is_frozen_and_its_defaults_stand_last():
    with pytest.raises(TypeError, match="frozen"):
        dataclass(frozen=False)
    with pytest.raises(TypeError, match="'late' follows"):

        @dataclass(frozen=True)
        class Wrong:
            early: int = 1
            late: str
