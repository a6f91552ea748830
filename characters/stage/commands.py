"""Read what a user types on a stage: whispers, directions, and whom ``@Name`` asks. Pure."""

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from characters.errors import CharactersError

_COMMAND = re.compile(r"/(whisper|w|direct|d)(?=\s|$)\s*", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:[,、，&]|(?:and|和)\b)\s*", re.IGNORECASE)
_NO_ALPHABET = 0x2E80
"""The first of the CJK characters."""
_BEHIND = re.compile(r"\s*[:：,，]?\s*")

Names = Mapping[Hashable, Sequence[str]]
"""The names of each character on stage, its aliases among them."""


class UnknownNameError(CharactersError):
    """Report a whisper to a name that no character of the stage has."""

    def __init__(self, given: str) -> None:
        super().__init__(f"Nobody here is called {given}.")
        self.given = given


@dataclass(frozen=True, slots=True)
class Typed:
    """Hold what a user typed, and what it asks for."""

    text: str
    """What is said, without commands."""
    circle: tuple[Hashable, ...] | None = None
    """Whom it is whispered to; None: it is said aloud."""
    is_direction: bool = False
    asked: Hashable | None = None
    """Whom ``@Name`` asks to speak."""


def read_typed(text: str, names: Names) -> Typed:
    """Read ``/whisper Name, Name: text``, ``/direct text`` and ``@Name`` in a message.

    Raises :class:`UnknownNameError` for a whisper to a name that is not among ``names``.
    """
    text = text.strip()
    command = _COMMAND.match(text)
    circle: tuple[Hashable, ...] | None = None
    is_direction = False
    if command is not None:
        text = text[command.end() :]
        if command[1].lower().startswith("w"):
            circle, text = _circle(text, names)
        else:
            is_direction = True
    asked, text = _asked(text, names)
    return Typed(text.strip(), circle, is_direction, asked)


def name_at(text: str, start: int, names: Names) -> tuple[Hashable, int] | None:
    """Return whose name stands at a position, the longest one, and where it ends."""
    best: tuple[Hashable, int] | None = None
    for who, each in names.items():
        for name in each:
            end = start + len(name)
            if not name or text[start:end].casefold() != name.casefold():
                continue
            if is_word_end(text, end) and (best is None or end > best[1]):
                best = who, end
    return best


def is_word_end(text: str, at: int) -> bool:
    """Return whether a word of an alphabet ends before ``at``; Chinese has no such ends."""
    pair = text[at - 1 : at + 1]
    return len(pair) < 2 or not pair.isalnum() or any(ord(each) >= _NO_ALPHABET for each in pair)


def _circle(text: str, names: Names) -> tuple[tuple[Hashable, ...], str]:
    found: dict[Hashable, None] = {}
    at = 0
    while (hit := name_at(text, at, names)) is not None:
        found[hit[0]] = None
        between = _BETWEEN.match(text, hit[1])
        at = hit[1]
        if between is None or name_at(text, between.end(), names) is None:
            break
        at = between.end()
    if not found:
        raise UnknownNameError(text.split(maxsplit=1)[0] if text.split() else "")
    behind = _BEHIND.match(text, at)
    return tuple(found), text[behind.end() if behind else at :]


def _asked(text: str, names: Names) -> tuple[Hashable | None, str]:
    """Return whom the first ``@Name`` asks, and the text without any such sign."""
    asked: Hashable | None = None
    kept, start = [], 0
    for sign in re.finditer("@", text):
        if (hit := name_at(text, sign.end(), names)) is not None:
            asked = hit[0] if asked is None else asked
            kept.append(text[start : sign.start()])
            start = sign.end()
    return asked, "".join((*kept, text[start:]))
