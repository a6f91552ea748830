"""The pages' types of the API's answers are those of its description."""

import re
from pathlib import Path
from typing import Any

from app.main import create_app
from app.settings import Settings

_TYPES = Path(__file__).parents[2] / "app" / "web" / "static" / "js" / "types.js"
_MODE = '"reference"|"fused"|"selector"'


def _typedefs() -> dict[str, str]:
    """Return the text of each typedef by its name, on one line."""
    comments = re.findall(r"/\*\*(.*?)\*/", _TYPES.read_text(encoding="utf-8"), re.DOTALL)
    text = " ".join(re.sub(r"\n \* ?", " ", comment) for comment in comments)
    found = re.findall(r"@typedef \{(.*?)\} ([A-Z]\w+)(?= |$)", " ".join(text.split()))
    return {name: body for body, name in found}


def _rendered(schema: dict[str, Any]) -> str:
    """Return a schema as `types.js` writes it."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return "|".join(_rendered(one) for one in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        values = "|".join(f'"{value}"' for value in schema.get("enum", [schema.get("const")]))
        return "Mode" if values == _MODE else values
    if schema.get("type") == "array":
        item = _rendered(schema["items"])
        return f"({item})[]" if "|" in item else f"{item}[]"
    if schema.get("type") == "object":
        values_of = schema.get("additionalProperties")
        return (
            f"Record<string, {_rendered(values_of) if isinstance(values_of, dict) else 'unknown'}>"
        )
    return {"integer": "number"}.get(str(schema.get("type")), str(schema.get("type", "unknown")))


def test_each_type_has_the_properties_of_its_schema() -> None:
    schemas = create_app(Settings()).openapi()["components"]["schemas"]
    typedefs = _typedefs()
    inherited = schemas["CharacterOut"]["properties"]
    compared = 0
    for name, body in typedefs.items():
        if name in ("Mode", "PageOf"):
            continue
        properties: dict[str, Any] = schemas[name]["properties"]
        if body.startswith("CharacterOut & "):
            properties = {key: one for key, one in properties.items() if key not in inherited}
        expected = ", ".join(f"{key}: {_rendered(one)}" for key, one in properties.items())
        assert body.removeprefix("CharacterOut & ") == f"{{{expected}}}", name
        compared += 1
    assert compared > 40
