"""Check a client's JSON Schema before an engine compiles it to a grammar, and combine several."""

import json
from collections.abc import Iterator, Mapping, Sequence

import jsonschema_rs

from app.errors import AppError

Schema = Mapping[str, object]

_MOST_CHARACTERS = 64_000
_MOST_DEPTH = 32
_MOST_REPEATED = 2_000
"""Of ``maxItems`` and its like: a grammar spells every repetition out."""
_REPEATED = ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties")
_PATTERN_CHARACTERS = 200
_DEFINITIONS = ("$defs", "definitions")


def check_schema(schema: Schema, param: str) -> None:
    """Raise :class:`~app.errors.AppError` (400, at ``param``) for a schema that no engine gets.

    Too large, nested too deep, with counts that would make the grammar huge, with references to
    other documents, or no schema at all.
    """
    try:
        size = len(json.dumps(schema))
    except RecursionError:
        size = _MOST_CHARACTERS + 1
    if size > _MOST_CHARACTERS:
        raise _invalid(f"The schema is larger than {_MOST_CHARACTERS:,} characters.", param)
    for depth, name, value in _members(schema):
        if depth > _MOST_DEPTH:
            raise _invalid(f"The schema is nested deeper than {_MOST_DEPTH}.", param)
        if name in _REPEATED and isinstance(value, int) and value > _MOST_REPEATED:
            raise _invalid(f"{name} is {value:,}; at most {_MOST_REPEATED:,} is supported.", param)
        if name == "pattern" and isinstance(value, str) and len(value) > _PATTERN_CHARACTERS:
            raise _invalid(f"A pattern is longer than {_PATTERN_CHARACTERS} characters.", param)
        if name == "$ref" and isinstance(value, str) and not _resolves(schema, value):
            raise _invalid(f"Nothing is found at the reference {value[:80]!r}.", param)
    try:
        jsonschema_rs.meta.validate(dict(schema))
    except (jsonschema_rs.ValidationError, ValueError) as error:
        said = getattr(error, "message", str(error))
        raise _invalid(f"This is no JSON Schema: {said[:200]}", param) from error


class Definitions:
    """Collect the definitions of schemas that become parts of one, each under a name of its own."""

    def __init__(self) -> None:
        self._found: dict[str, object] = {}

    def take(self, schema: Schema, owner: str) -> dict[str, object]:
        """Return a schema as a part: its definitions are here, and it refers to them."""
        part = _moved(schema, owner)
        assert isinstance(part, dict)  # noqa: S101 (a schema is an object)
        for section in _DEFINITIONS:
            found = part.pop(section, {})
            if isinstance(found, dict):
                self._found |= {f"{owner}.{name}": each for name, each in found.items()}
        return part

    def one_of(self, parts: Sequence[dict[str, object]]) -> dict[str, object]:
        """Return the schema of what one of the parts describes."""
        whole = parts[0] if len(parts) == 1 else {"anyOf": list(parts)}
        return whole | ({"$defs": self._found} if self._found else {})


def _moved(value: object, prefix: str) -> object:
    """Return a part of a schema with its references as they are once definitions have moved."""
    if isinstance(value, Mapping):
        moved = {name: _moved(each, prefix) for name, each in value.items()}
        reference = value.get("$ref")
        if isinstance(reference, str):
            for section in _DEFINITIONS:
                if reference.startswith(f"#/{section}/"):
                    name = reference.removeprefix(f"#/{section}/")
                    moved["$ref"] = f"#/$defs/{prefix}.{name}"
        return moved
    if isinstance(value, list):
        return [_moved(each, prefix) for each in value]
    return value


def _members(schema: Schema) -> Iterator[tuple[int, str, object]]:
    """Yield every member of every object in the schema, with its depth."""
    waiting: list[tuple[int, object]] = [(1, schema)]
    while waiting:
        depth, value = waiting.pop()
        if isinstance(value, Mapping):
            for name, each in value.items():
                yield depth, name, each
                waiting.append((depth + 1, each))
        elif isinstance(value, list):
            waiting.extend((depth + 1, each) for each in value)


def _resolves(schema: Schema, reference: str) -> bool:
    """Return whether a reference leads to a definition of the schema itself."""
    section, _, name = reference.removeprefix("#/").partition("/")
    found = schema.get(section) if section in _DEFINITIONS else None
    return reference.startswith("#/") and isinstance(found, Mapping) and name in found


def _invalid(problem: str, param: str) -> AppError:
    return AppError("invalid_schema", problem, param=param)
