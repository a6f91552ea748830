"""Name the field at fault of a request below ``/v1`` by the client's own names.

Pydantic's locations also have the variants of a union that it tried (``list[ContentPart]``), which
are this service's affair. A part of a location is the client's own where the body has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class InvalidField:
    """Hold what is wrong with a request, for its author."""

    param: str | None
    """The field, as OpenAI writes it: ``messages[0].content``; None for the body as a whole."""
    message: str


def find_invalid_field(problems: Sequence[ErrorDetails], body: object) -> InvalidField:
    """Return the field at fault in ``body``: the deepest, for its parents' variants fit less.

    ``problems`` are those of a validation that failed, at least one.
    """
    located = [(_path_of(problem, body), problem) for problem in problems]
    path = max((path for path, _ in located), key=len)
    here = [problem for found, problem in located if found == path]
    if any(problem["type"] == "json_invalid" for problem in here):
        return InvalidField(None, f"The body is not valid JSON: {_reason(here[0])}.")
    if not path:
        return InvalidField(None, "The body must be a JSON object.")
    param = _spell(path)
    if all(problem["type"] == "missing" for problem in here):
        return InvalidField(param, f"Missing required parameter: '{param}'.")
    reasons = dict.fromkeys(_reason(problem) for problem in here)
    return InvalidField(param, f"Invalid value for '{param}': {', or '.join(reasons)}.")


def _path_of(problem: ErrorDetails, body: object) -> Path:
    path: list[str | int] = []
    at: Any = body
    parts = problem["loc"]
    for number, part in enumerate(parts):
        if number == 0 and part in {"body", "query", "path", "header"}:
            if part != "body":
                return tuple(parts[1:])
            continue
        inside = (isinstance(at, dict) and part in at) or (
            isinstance(at, list) and isinstance(part, int) and 0 <= part < len(at)
        )
        if inside:
            at = at[part]
            path.append(part)
        elif problem["type"] == "missing" and number == len(parts) - 1:
            path.append(part)
    return tuple(path)


def _spell(path: Path) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")[:200]


def _reason(problem: ErrorDetails) -> str:
    """Return pydantic's sentence as a clause."""
    if problem["type"] == "json_invalid":
        return str(problem.get("ctx", {}).get("error", "it cannot be parsed")).lower().rstrip(".")
    reason = problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return reason[:1].lower() + reason[1:].rstrip(".")
