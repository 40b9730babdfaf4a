"""How far raters agree, for machines: ``agreement.json``."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from audit.agreement.joint import JointAgreement
from audit.findings.encode import encode_json

SCHEMA_VERSION = 1


def export_agreement_json(agreement: JointAgreement, version: str) -> bytes:
    r"""Write an agreement as one JSON document.

    Parameters
    ----------
    agreement : JointAgreement
    version : str
        Of maskaudit.

    Returns
    -------
    bytes
        UTF-8; what is not known is null.

    Examples
    --------
    >>> from audit.agreement.joint import measure_agreement
    >>> from audit.agreement.raters import RaterPanel
    >>> export_agreement_json(measure_agreement(RaterPanel((), (), ())), "1")[-13:]
    b',"pairs":[]}\n'
    """
    pairs = [asdict(pair) | {"f1": pair.f1} for pair in agreement.pairs]
    content = {"schema_version": SCHEMA_VERSION, "tool": "maskaudit", "version": version}
    return encode_json(content | _known(asdict(agreement) | {"pairs": pairs})) + b"\n"


def _known(value: Any) -> Any:
    """Return a value with null for every number that is not known."""
    if isinstance(value, dict):
        return {name: _known(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_known(member) for member in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
