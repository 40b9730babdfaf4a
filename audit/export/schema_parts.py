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


def or_null(schema: Schema) -> Schema:
    """Allow null: what is not defined or not there.

    Examples
    --------
    >>> or_null({"type": "number"})
    {'type': ['number', 'null']}
    >>> or_null({"enum": ["a"]})
    {'anyOf': [{'enum': ['a']}, {'type': 'null'}]}
    """
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


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


def record(properties: Mapping[str, Schema], optional: Iterable[str] = ()) -> Schema:
    """Describe an object with these members and no others.

    Parameters
    ----------
    properties : mapping
        Name to schema.
    optional : iterable of str
        Names that may be absent.

    Examples
    --------
    >>> record({"id": {"type": "integer"}, "note": {"type": "string"}}, optional=["note"])["required"]
    ['id']
    >>> record({})["additionalProperties"]
    False
    """
    absent = set(optional)
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in absent],
        "additionalProperties": False,
    }


def document(title: str, schema: Schema) -> Schema:
    """Make a schema that stands alone.

    Parameters
    ----------
    title : str
        What the document is.
    schema : dict

    Examples
    --------
    >>> document("A note", {"type": "string"})["title"]
    'A note'
    """
    return {"$schema": DIALECT, "title": title, **schema}


def schema_of_type(hint: Any) -> Schema:
    """Describe the values of a type: of a number, a text, a choice, tuples of these, a day.

    Examples
    --------
    >>> schema_of_type(tuple[str, ...])
    {'type': 'array', 'items': {'type': 'string'}}
    >>> schema_of_type(int | None)
    {'anyOf': [{'type': 'integer'}, {'type': 'null'}]}
    """
    schema: Schema = msgspec.json.schema(hint)
    definitions = schema.pop("$defs", {})
    inlined: Schema = _inlined(schema, definitions)
    return inlined


def _inlined(node: Any, definitions: Mapping[str, Any]) -> Any:
    """Put what is defined elsewhere in its place: the schemas are small and stay readable."""
    if isinstance(node, list):
        return [_inlined(part, definitions) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = definitions[node["$ref"].rpartition("/")[2]]
        return _inlined(
            {name: part for name, part in target.items() if name not in ("title", "description")}, definitions
        )
    return {name: _inlined(part, definitions) for name, part in node.items()}


def without_none(hint: Any) -> Any:
    """Leave out None, which a TOML table has no word for: there the key is left out.

    Examples
    --------
    >>> without_none(int | None), without_none(str)
    (<class 'int'>, <class 'str'>)
    """
    kinds = [kind for kind in get_args(hint) if kind is not NoneType]
    return kinds[0] if NoneType in get_args(hint) and len(kinds) == 1 else hint


def settings_schema(kind: type[Any], limits: Mapping[str, Schema] | None = None) -> Schema:
    """Describe a table of settings: a dataclass, its defaults, units, and what its fields mean.

    Parameters
    ----------
    kind : type
        A dataclass; ``unit`` and ``help`` are taken from a field's metadata, else the text below the field.
    limits : mapping, optional
        Field to what else its values must keep to.

    Examples
    --------
    >>> from audit.pipeline.config import ReportSettings
    >>> settings_schema(ReportSettings)["properties"]["html"]
    {'type': 'boolean', 'default': True, 'description': 'Write the HTML report.'}
    """
    hints, texts = get_type_hints(kind), describe_fields(kind)
    properties: dict[str, Schema] = {}
    required = []
    for field in fields(kind):
        schema = {**schema_of_type(without_none(hints[field.name])), **(limits or {}).get(field.name, {})}
        unit = field.metadata.get("unit", "-")
        if unit in SHARE_UNITS and schema.get("type") in ("number", "integer"):
            schema |= {"minimum": 0, "maximum": 1}
        if field.default is MISSING and field.default_factory is MISSING:
            required.append(field.name)
        elif field.default is not MISSING and field.default is not None:
            schema["default"] = msgspec.json.decode(msgspec.json.encode(field.default))
        text = field.metadata.get("help") or texts.get(field.name, "")
        if unit != "-":
            text = f"{text} [{unit}]"
        properties[field.name] = {**schema, "description": text} if text else schema
    found = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**found, "required": required} if required else found


def describe_fields(kind: type[Any]) -> Mapping[str, str]:
    """Read what stands below the fields of a class, which Python itself does not keep.

    Examples
    --------
    >>> from audit.pipeline.config import ReportSettings
    >>> describe_fields(ReportSettings)["html"]
    'Write the HTML report.'
    """
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef)).body
    texts = {}
    for field, following in pairwise(body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            texts[field.target.id] = " ".join(str(following.value.value).split())
    return texts
