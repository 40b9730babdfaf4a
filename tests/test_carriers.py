"""What rooms hand to each other cannot be changed on the way: every dataclass is frozen, and has slots."""

import pkgutil
from dataclasses import is_dataclass
from importlib import import_module

import audit

WITHOUT_SLOTS = {"audit.api.scanning.Scan", "audit.api.comparing.Comparison", "audit.geometry.runs.Runs"}
"""They keep what they have worked out once."""
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
    changing = {name for name, carrier in carriers.items() if not carrier.__dataclass_params__.frozen}
    without_slots = {name for name, carrier in carriers.items() if "__slots__" not in vars(carrier)}
    assert changing == CHANGING
    assert without_slots == WITHOUT_SLOTS
