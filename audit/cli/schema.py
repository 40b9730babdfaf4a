"""``maskaudit schema``: the JSON Schema of the configuration, or of a file that is written."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from audit.cli.common_options import Debug
from audit.cli.terminal import emit_json


class Document(StrEnum):
    """What is described."""

    config = "config"
    findings = "findings"
    run = "run"
    metrics = "metrics"
    causes = "causes"
    gate = "gate"
    diff = "diff"
    changes = "changes"
    history = "history"
    agreement = "agreement"
    trend = "trend"
    baseline = "baseline"
    decisions = "decisions"
    plan = "plan"
    trainer = "trainer"


def schema(
    name: Annotated[Document, typer.Argument(help="What is described: config is maskaudit.toml.")],
    debug: Debug = False,
) -> None:
    """Print a JSON Schema: of the configuration, or of a JSON file that is written."""
    from audit.export.output_schemas import SCHEMAS

    emit_json(json.dumps(SCHEMAS[name.value](), indent=2, ensure_ascii=False) + "\n")
