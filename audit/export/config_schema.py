"""The JSON Schema of the configuration: every rule with its options, the gate, the report."""

from __future__ import annotations

from dataclasses import fields
from typing import get_type_hints

from audit.detectors.registry import all_rules
from audit.detectors.rule import Rule
from audit.export.schema_parts import (
    COUNT,
    FLAG,
    SHARE,
    Schema,
    describe_fields,
    document,
    list_of,
    schema_of_type,
    settings_schema,
    without_none,
)
from audit.findings.finding import Severity
from audit.gates.policy import Limit, Policy, Waiver
from audit.pipeline.config import Config, ReportSettings


def config_schema() -> Schema:
    """Describe ``maskaudit.toml``, which is ``[tool.maskaudit]`` of a ``pyproject.toml`` too.

    Editors that know JSON Schema for TOML complete keys by it and mark mistakes.

    Returns
    -------
    dict
        With every rule, its options, their defaults and units, as `all_rules` has them: those of plugins
        included.

    Examples
    --------
    >>> schema = config_schema()
    >>> sorted(schema["properties"])
    ['fail_on', 'gate', 'ignore', 'partition_size', 'report', 'rules', 'select', 'workers']
    >>> schema["properties"]["rules"]["properties"]["overlap.duplicate"]["properties"]["enabled"]["default"]
    True
    """
    type_hints, descriptions = get_type_hints(Config), describe_fields(Config)
    properties = {
        member_name: schema_of_type(without_none(type_hints[member_name]))
        for member_name in ("select", "ignore", "fail_on", "workers", "partition_size")
    }
    properties["fail_on"]["default"] = Config().fail_on
    for member_name in ("workers", "partition_size"):
        properties[member_name] = {**properties[member_name], "minimum": 1}
    properties |= {"report": settings_schema(ReportSettings), "rules": _rules(), "gate": policy_schema()}
    for member_name, member_schema in properties.items():
        if member_name in descriptions and member_name != "gate":
            member_schema["description"] = descriptions[member_name]
    return document(
        "Configuration of maskaudit (maskaudit.toml, or [tool.maskaudit] of pyproject.toml)",
        {"type": "object", "properties": properties, "additionalProperties": False},
    )


def policy_schema() -> Schema:
    """Describe the ``gate`` table.

    Examples
    --------
    >>> sorted(policy_schema()["properties"])
    ['limits', 'ratchet', 'undecided', 'waivers']
    """
    limit_schema = settings_schema(
        Limit,
        {
            "max_count": COUNT,
            "max_rate": SHARE,
            "min_sample": COUNT,
            "confidence": {"type": "number", "minimum": 0.5, "exclusiveMaximum": 1},
            "severity": _severity(),
        },
    )
    limit_schema["anyOf"] = [{"required": ["rule"]}, {"required": ["severity"]}]
    limit_schema["oneOf"] = [{"required": ["max_count"]}, {"required": ["max_rate"]}]
    waiver_schema = settings_schema(Waiver, {"until": {"type": "string", "format": "date"}})
    waiver_schema["anyOf"] = [
        {"required": [member_name]} for member_name in ("fingerprint", "category", "file")
    ]
    type_hints, descriptions = get_type_hints(Policy), describe_fields(Policy)
    simple_members = {
        member_name: schema_of_type(type_hints[member_name]) for member_name in ("undecided", "ratchet")
    }
    properties = {
        "limits": {**list_of(limit_schema), "minItems": 1},
        "waivers": list_of(waiver_schema),
        **simple_members,
    }
    for member_name, member_schema in properties.items():
        member_schema["description"] = descriptions.get(
            member_name, "Findings that do not count until a day."
        )
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _severity() -> Schema:
    return {"enum": [severity.value for severity in Severity]}


def _rules() -> Schema:
    """Describe the rules, written as ``[rules."a.b"]`` or as ``[rules.a.b]``."""
    rule_schemas = {rule.id: _rule(rule) for rule in all_rules().values()}
    families: dict[str, Schema] = {}
    for rule_id in rule_schemas:
        family, _, rule_name = rule_id.partition(".")
        family_schema = families.setdefault(
            family, {"type": "object", "properties": {}, "additionalProperties": False}
        )
        family_schema["properties"][rule_name] = {"$ref": f"#/properties/rules/properties/{rule_id}"}
    return {"type": "object", "properties": {**rule_schemas, **families}, "additionalProperties": False}


def _rule(rule: Rule) -> Schema:
    common_settings = {
        "enabled": {**FLAG, "default": True},
        "severity": {**_severity(), "description": f"Default: {rule.severity.value}."},
    }
    option_schemas = settings_schema(rule.options)["properties"] if fields(rule.options) else {}
    return {
        "type": "object",
        "description": rule.title,
        "properties": {**common_settings, **option_schemas},
        "additionalProperties": False,
    }
