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
    if not lines:
        return None
    # An example ends with the character's line, under any of its speakers' names.
    own = {name, _speaker(lines[-1])}
    start = len(lines)
    while start and _speaker(lines[start - 1]) in own:
        start -= 1
    reply = "\n".join(_text(line) for line in lines[start:])
    before = start
    while before and _speaker(lines[before - 1]) not in own:
        before -= 1
    if before == start or len(reply) < _LEAST_REPLY:
        return None
    return PromptExchange("\n".join(lines[before:start]), reply)


def _speaker(line: str) -> str:
    """Return the line's speaker, whose name contains no colons."""
    return line.replace("：", ":").partition(":")[0]


def _text(line: str) -> str:
    return line[len(_speaker(line)) + 1 :].strip()
