"""Parts that JSON Schemas are put together from."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from itertools import pairwise
from types import NoneType
from typing import Any, get_args, get_type_hints

import msgspec

from audit.pipeline.validation import SHARE_UNITS

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
INTEGER: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}


def or_null(value_schema: Schema) -> Schema:
    """Allow null: what is not defined or not there.

    Examples
    --------
    >>> or_null({"type": "number"})
    {'type': ['number', 'null']}
    >>> or_null({"enum": ["a"]})
    {'anyOf': [{'enum': ['a']}, {'type': 'null'}]}
    """
    if isinstance(value_schema.get("type"), str) and "enum" not in value_schema:
        return {**value_schema, "type": [value_schema["type"], "null"]}
    return {"anyOf": [value_schema, {"type": "null"}]}


def list_of(items: Schema) -> Schema:
    """Describe a list.

    Examples
    --------
    >>> list_of({"type": "string"})
    {'type': 'array', 'items': {'type': 'string'}}
    """
    return {"type": "array", "items": items}


def one_of(values: Iterable[str]) -> Schema:
    """Describe a text that is one of a few.

    Examples
    --------
    >>> one_of(["error", "info"])
    {'enum': ['error', 'info']}
    """
    return {"enum": list(values)}


def map_of(values: Schema) -> Schema:
    """Describe an object with any names and values of one kind.

    Examples
    --------
    >>> map_of({"type": "integer"})
    {'type': 'object', 'additionalProperties': {'type': 'integer'}}
    """
    return {"type": "object", "additionalProperties": values}


def record(properties: Mapping[str, Schema], optional_names: Iterable[str] = ()) -> Schema:
    """Describe an object with these members and no others.

    Parameters
    ----------
    properties : mapping
        Name to schema.
    optional_names : iterable of str
        Names that may be absent.

    Examples
    --------
    >>> record({"id": {"type": "integer"}, "note": {"type": "string"}}, optional_names=["note"])["required"]
    ['id']
    >>> record({})["additionalProperties"]
    False
    """
    not_required = set(optional_names)
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [member_name for member_name in properties if member_name not in not_required],
        "additionalProperties": False,
    }


def document(title: str, content_schema: Schema) -> Schema:
    """Make a schema that stands alone.

    Parameters
    ----------
    title : str
        What the document is.
    content_schema : dict

    Examples
    --------
    >>> document("A note", {"type": "string"})["title"]
    'A note'
    """
    return {"$schema": DIALECT, "title": title, **content_schema}


def schema_of_type(type_hint: Any) -> Schema:
    """Describe the values of a type: of a number, a text, a choice, tuples of these, a day.

    Examples
    --------
    >>> schema_of_type(tuple[str, ...])
    {'type': 'array', 'items': {'type': 'string'}}
    >>> schema_of_type(int | None)
    {'anyOf': [{'type': 'integer'}, {'type': 'null'}]}
    """
    type_schema: Schema = msgspec.json.schema(type_hint)
    definitions = type_schema.pop("$defs", {})
    inlined: Schema = _inlined(type_schema, definitions)
    return inlined


def _inlined(schema_node: Any, definitions: Mapping[str, Any]) -> Any:
    """Put what is defined elsewhere in its place: the schemas are small and stay readable."""
    if isinstance(schema_node, list | tuple):  # a default may be a tuple, which JSON does not know
        return [_inlined(schema_part, definitions) for schema_part in schema_node]
    if not isinstance(schema_node, dict):
        return schema_node
    if "$ref" in schema_node:
        target = definitions[schema_node["$ref"].rpartition("/")[2]]
        return _inlined(
            {
                member_name: schema_part
                for member_name, schema_part in target.items()
                if member_name not in ("title", "description")
            },
            definitions,
        )
    return {
        member_name: _inlined(schema_part, definitions) for member_name, schema_part in schema_node.items()
    }


def without_none(type_hint: Any) -> Any:
    """Leave out None, which a TOML table has no word for: there the key is left out.

    Examples
    --------
    >>> without_none(int | None), without_none(str)
    (<class 'int'>, <class 'str'>)
    """
    value_types = [member_type for member_type in get_args(type_hint) if member_type is not NoneType]
    return value_types[0] if NoneType in get_args(type_hint) and len(value_types) == 1 else type_hint


def settings_schema(settings_type: type[Any], field_limits: Mapping[str, Schema] | None = None) -> Schema:
    """Describe a table of settings: a dataclass, its defaults, units, and what its fields mean.

    Parameters
    ----------
    settings_type : type
        A dataclass; ``unit`` and ``help`` are taken from a field's metadata, else the text below the field.
    field_limits : mapping, optional
        Field to what else its values must keep to.

    Examples
    --------
    >>> from audit.pipeline.config import ReportSettings
    >>> settings_schema(ReportSettings)["properties"]["html"]
    {'type': 'boolean', 'default': True, 'description': 'Write the HTML report.'}
    """
    type_hints, descriptions = get_type_hints(settings_type), describe_fields(settings_type)
    properties: dict[str, Schema] = {}
    required = []
    for field in fields(settings_type):
        field_schema = {
            **schema_of_type(without_none(type_hints[field.name])),
            **(field_limits or {}).get(field.name, {}),
        }
        field_unit = field.metadata.get("unit", "-")
        if field_unit in SHARE_UNITS and field_schema.get("type") in ("number", "integer"):
            field_schema |= {"minimum": 0, "maximum": 1}
        if field.default is MISSING and field.default_factory is MISSING:
            required.append(field.name)
        elif field.default is not MISSING and field.default is not None:
            field_schema["default"] = msgspec.json.decode(msgspec.json.encode(field.default))
        description = field.metadata.get("help") or descriptions.get(field.name, "")
        if field_unit != "-":
            description = f"{description} [{field_unit}]"
        properties[field.name] = {**field_schema, "description": description} if description else field_schema
    object_schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**object_schema, "required": required} if required else object_schema


def describe_fields(described_class: type[Any]) -> Mapping[str, str]:
    """Read what stands below the fields of a class, which Python itself does not keep.

    Examples
    --------
    >>> from audit.pipeline.config import ReportSettings
    >>> describe_fields(ReportSettings)["html"]
    'Write the HTML report.'
    """
    syntax_tree = ast.parse(textwrap.dedent(inspect.getsource(described_class)))
    class_body = next(tree_node for tree_node in syntax_tree.body if isinstance(tree_node, ast.ClassDef)).body
    descriptions = {}
    for field_node, following in pairwise(class_body):
        if (
            isinstance(field_node, ast.AnnAssign)
            and isinstance(field_node.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            descriptions[field_node.target.id] = " ".join(str(following.value.value).split())
    return descriptions
