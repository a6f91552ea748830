"""An example as one exchange: what small models learn from."""

from collections.abc import Sequence
from dataclasses import dataclass

_LEAST_REPLY = 4
"""Characters: from shorter replies a small model learns to say only as much."""


@dataclass(frozen=True, slots=True)
class PromptExchange:
    """What was said to the character, and the reply."""

    said: str
    reply: str


def last_exchange(lines: Sequence[str], name: str) -> PromptExchange | None:
    """The last exchange of an example, unless it shows no reply worth learning from."""
    if not lines:
        return None
    # An example ends with the character's line, whichever of its speakers that is.
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
    """Whose line it is. A speaker is known to be free of colons."""
    return line.replace("：", ":").partition(":")[0]


def _text(line: str) -> str:
    return line[len(_speaker(line)) + 1 :].strip()
