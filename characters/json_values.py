"""Read JSON of other programs within bounds, and write it without loss."""

import json
from collections.abc import Iterable
from typing import NoReturn, TypeAlias, Union

JsonValue: TypeAlias = Union[  # noqa: UP007  # a recursive alias needs the quoted names
    bool, int, float, str, list["JsonValue"], dict[str, "JsonValue"], None
]
JsonObject = dict[str, JsonValue]

MAX_DEPTH = 100
"""Deepest nesting of arrays and objects; real cards stay under ten."""


class JsonTextError(ValueError):
    """Report a text that is not JSON, is nested too deeply, or has a number JSON lacks."""


def parse_json(content: bytes | str) -> JsonValue:
    """Return the value in ``content``: UTF-8, UTF-16 or UTF-32, with or without a BOM.

    The last of equal keys wins, as in JavaScript. Raises ``JsonTextError``; its message is the
    end of a sentence that begins with "is".
    """
    try:
        text = content if isinstance(content, str) else _decode(content)
        value: JsonValue = json.loads(
            text, parse_constant=_refuse_constant, parse_float=_finite_float
        )
    except RecursionError:
        raise JsonTextError("nested too deeply") from None
    except JsonTextError:
        raise
    except ValueError as error:
        raise JsonTextError(f"not JSON: {error}") from None
    if _depth_exceeds(value, MAX_DEPTH):
        raise JsonTextError(f"nested more than {MAX_DEPTH} levels deep")
    return value


def dump_json(value: JsonValue, *, indent: int | None = None) -> bytes:
    r"""Return ``value`` as UTF-8, with ``\u`` escapes only where a text has a lone surrogate."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent).encode()
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False, indent=indent).encode()


def storable(text: str) -> str:
    """Return ``text`` without NUL, which PostgreSQL cannot store, and without lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _decode(content: bytes) -> str:
    return content.decode(json.detect_encoding(content))


def _refuse_constant(name: str) -> NoReturn:
    raise JsonTextError(f"not JSON: {name} is no JSON number")


def _finite_float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise JsonTextError(f"not readable: the number {digits[:40]} is too large")
    return number


def _depth_exceeds(value: JsonValue, limit: int) -> bool:
    """Count level by level: recursion would meet the interpreter's own limit first."""
    level = [value]
    for _ in range(limit + 1):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(value: JsonValue) -> Iterable[JsonValue]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
