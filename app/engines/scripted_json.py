"""Write JSON that a schema describes, for the scripted engine."""

import json
from collections.abc import Mapping

Schema = Mapping[str, object]

_MOST_DEPTH = 8
"""Beyond it optional members are left out, so that a recursive schema ends."""


def scripted_json(schema: Schema, text: str) -> str:
    """Return JSON that ``schema`` describes: the first alternatives, and ``text`` for strings."""
    return json.dumps(_value(schema, schema, text, 0), ensure_ascii=False)


def _value(schema: Schema, root: Schema, text: str, depth: int) -> object:
    reference = schema.get("$ref")
    if isinstance(reference, str):
        schema = _referenced(root, reference)
    if "const" in schema:
        return schema["const"]
    for several in ("enum", "anyOf", "oneOf"):
        found = schema.get(several)
        if isinstance(found, list) and found:
            first = found[0]
            return first if several == "enum" else _value(_schema(first), root, text, depth)
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0]
    return _of_type(str(kind), schema, root, text, depth)


def _of_type(kind: str, schema: Schema, root: Schema, text: str, depth: int) -> object:
    match kind:
        case "string":
            return _string(schema, text)
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return True
        case "null":
            return None
        case "array":
            least = schema.get("minItems", 0)
            items = _schema(schema.get("items"))
            count = least if isinstance(least, int) else 0
            return [_value(items, root, text, depth + 1) for _ in range(count)]
        case _:
            return _object(schema, root, text, depth)


def _object(schema: Schema, root: Schema, text: str, depth: int) -> dict[str, object]:
    properties = _schema(schema.get("properties"))
    required = schema.get("required")
    names = required if isinstance(required, list) else []
    return {
        name: _value(_schema(each), root, text, depth + 1)
        for name, each in properties.items()
        if name in names or depth < _MOST_DEPTH
    }


def _string(schema: Schema, text: str) -> str:
    most = schema.get("maxLength")
    return text[:most] if isinstance(most, int) else text


def _referenced(root: Schema, reference: str) -> Schema:
    found: object = root
    for step in reference.removeprefix("#/").split("/"):
        found = _schema(found).get(step)
    return _schema(found)


def _schema(value: object) -> Schema:
    return value if isinstance(value, Mapping) else {}
