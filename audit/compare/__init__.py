"""Knows predictions against labels: matches, metrics, causes, what-ifs. ``audit.compare(...)`` calls it."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Room(ModuleType):
    """The room and the function that users call have one name: importing the one must not hide the other."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return import_module("audit.api").compare(*arguments, **options)


sys.modules[__name__].__class__ = _Room
