"""The error that ends a gate before it judges."""

from __future__ import annotations


class GateError(ValueError):
    """A baseline, plan, review or table of groups cannot be used; the message names it and says why."""
