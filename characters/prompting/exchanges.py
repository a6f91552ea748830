"""Cut an example down to its last exchange, which small models learn from."""

from collections.abc import Sequence
from dataclasses import dataclass

_LEAST_REPLY = 4
"""Least characters; shorter replies teach a small model to be as short."""


@dataclass(frozen=True, slots=True)
class PromptExchange:
    """Hold the lines spoken to the character, and its reply."""

    line: str
    reply: str


def last_exchange(lines: Sequence[str], name: str) -> PromptExchange | None:
    """Return the last exchange of an example, None if its reply is too short or answers none."""
    before, start = _bounds(lines, name)
    reply = "\n".join(_text(line) for line in lines[start:])
    if before == start or len(reply) < _LEAST_REPLY:
        return None
    return PromptExchange("\n".join(lines[before:start]), reply)


def last_exchange_start(lines: Sequence[str], name: str) -> int | None:
    """Return where the last exchange of an example begins, None where it has none."""
    return _bounds(lines, name)[0] if last_exchange(lines, name) else None


def _bounds(lines: Sequence[str], name: str) -> tuple[int, int]:
    """Return the first line spoken to the character at the end, and the first of its reply."""
    # An example ends with the character's line, under any of its speakers' names.
    own = {name, *(_speaker(line) for line in lines[-1:])}
    start = len(lines)
    while start and _speaker(lines[start - 1]) in own:
        start -= 1
    before = start
    while before and _speaker(lines[before - 1]) not in own:
        before -= 1
    return before, start


def _speaker(line: str) -> str:
    """Return the line's speaker, whose name contains no colons."""
    return line.replace("：", ":").partition(":")[0]


def _text(line: str) -> str:
    return line[len(_speaker(line)) + 1 :].strip()
