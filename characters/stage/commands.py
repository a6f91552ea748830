"""Read what a user types on a stage: whispers, directions, and whom ``@Name`` asks. Pure.

A secret must not reach more ears than meant: what could be read in two ways is refused, or read as
the smaller circle.
"""

import re
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from characters.errors import CharactersError

_SLASHES = ("/", "／")
_COMMAND = re.compile(r"[/／](whisper|w|direct|d)(?=\s|$)\s*", re.IGNORECASE)
_LATER = re.compile(
    r"(?<![A-Za-z0-9/／:._-])[/／](?:whisper|w|direct|d)(?=[\s:：]|$)", re.IGNORECASE
)
"""A command that is not first; not the end of an address."""
_BETWEEN = re.compile(r"\s*(?:[,、，&]\s*(?:and\b|和)?|and\b|和)\s*", re.IGNORECASE)
_NO_ALPHABET = 0x2E80
"""The first of the CJK characters."""
_BEHIND = re.compile(r"\s*[:：,，]?\s*")
_COLON = re.compile(r"\s*[:：]")
_ASKING = re.compile(r"(?<![A-Za-z0-9_])[@＠]")
"""The sign before the name of who is asked; not that of an address."""
_SIGNS = ("@", "＠")
_FIRST_WORD = re.compile(r"[^\s:：]*")
_IN_NAMES = frozenset("'’-·・_")
"""What does not end a name."""

Names = Mapping[Any, Sequence[str]]
"""The names of each character of a stage, its aliases among them; the first is shown."""


class TypedError(CharactersError):
    """Report what was typed and cannot be meant."""

    code: ClassVar[str] = "unknown_command"


class UnknownCommandError(TypedError):
    """Report a command that does not exist, or not where it stands."""

    def __init__(self) -> None:
        super().__init__(
            "A message begins with /whisper Name: text or /direct text, or holds no command."
        )


class UnknownNameError(TypedError):
    """Report a whisper to a name that no character on stage has."""

    code = "not_on_stage"

    def __init__(self, given: str) -> None:
        super().__init__(f"No one here is called {given}. Write /whisper Name: text.")
        self.given = given


class NoNameError(UnknownNameError):
    """Report a whisper that names no one."""

    code = "unknown_command"

    def __init__(self) -> None:
        TypedError.__init__(self, "Say who hears the whisper: /whisper Name: text.")
        self.given = ""


class AmbiguousNameError(TypedError):
    """Report a name that several characters on stage have."""

    code = "ambiguous_name"

    def __init__(self, given: str, whose: Sequence[str]) -> None:
        super().__init__(f"{given} may be {' or '.join(whose)}: write the whole name.")


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


def read_typed(text: str, names: Names, away: Collection[Hashable] = ()) -> Typed:
    """Read ``/whisper Name, Name: text``, ``/direct text`` and ``@Name`` in a message.

    ``names`` are those of the whole cast, so that no name is taken for the beginning of another's;
    those ``away`` hear nothing. Raises :class:`TypedError` for a command that does not exist or is
    not first, for a whisper to no one on stage, and for a name that several have.
    """
    text = text.strip()
    circle: tuple[Hashable, ...] | None = None
    is_direction = False
    if text.startswith(_SLASHES):
        command = _COMMAND.match(text)
        if command is None:
            raise UnknownCommandError
        text = text[command.end() :]
        if command[1].lower().startswith("w"):
            circle, text = _circle(text, _Cast(names, away))
        else:
            is_direction = True
    check_plain(text)
    asked, text = _asked(text, _Cast(names, away))
    return Typed(text.strip(), circle, is_direction, asked)


def check_plain(text: str) -> None:
    """Raise :class:`UnknownCommandError` where a text holds a command."""
    if text.lstrip().startswith(_SLASHES) or _LATER.search(text):
        raise UnknownCommandError


def is_word_end(text: str, at: int) -> bool:
    """Return whether a word of an alphabet ends before ``at``; Chinese has no such ends."""
    pair = text[at - 1 : at + 1]
    return len(pair) < 2 or not pair.isalnum() or any(ord(each) >= _NO_ALPHABET for each in pair)


@dataclass(frozen=True, slots=True)
class _Cast:
    """Find the names of a cast in a text."""

    names: Names
    away: Collection[Hashable]

    def at(self, text: str, start: int, *, apart: bool) -> tuple[Hashable, int] | None:
        """Return whose name stands at a position, the longest one, and where it ends.

        ``apart``: something that is no letter has to follow. Raises :class:`AmbiguousNameError`
        where several on stage have the name, unless one of them is shown by it.
        """
        ends: dict[Hashable, int] = {}
        for who, each in self.names.items():
            for name in each:
                end = start + len(name)
                if not name or text[start:end].casefold() != name.casefold():
                    continue
                if self._ends(text, end, apart=apart):
                    ends[who] = max(end, ends.get(who, 0))
        if not ends:
            return None
        longest = max(ends.values())
        whose = [who for who, end in ends.items() if end == longest]
        here = [who for who in whose if who not in self.away] or whose[:1]
        if len(here) > 1:
            said = text[start:longest].casefold()
            shown = [who for who in here if self.names[who][0].casefold() == said]
            here = shown if len(shown) == 1 else here
        if len(here) > 1:
            raise AmbiguousNameError(text[start:longest], [self.names[who][0] for who in here])
        return here[0], longest

    def heard_at(self, text: str, start: int) -> tuple[Hashable, int] | None:
        """Return who hears a whisper by the name at a position, as :meth:`at`.

        The name may have the sign of one who is asked.
        """
        return self.at(text, start + text.startswith(_SIGNS, start), apart=True)

    def _ends(self, text: str, end: int, *, apart: bool) -> bool:
        if not apart:
            return is_word_end(text, end)
        following = text[end : end + 1]
        if not (following.isalnum() or following in _IN_NAMES):
            return True
        return following == "和" and self.at(text, end + 1, apart=True) is not None


def _circle(text: str, cast: _Cast) -> tuple[tuple[Hashable, ...], str]:
    """Return who hears a whisper, and its text.

    Of several names only the first counts, unless a colon follows the last: in “Kit, Bev took the
    horse” the second is part of the secret.
    """
    hit = first = cast.heard_at(text, 0)
    found: dict[Hashable, None] = {}
    end = 0
    while hit is not None:
        found[hit[0]], end = None, hit[1]
        between = _BETWEEN.match(text, hit[1])
        hit = None if between is None else cast.heard_at(text, between.end())
    if first is None:
        given = _FIRST_WORD.match(text.lstrip("".join(_SIGNS)))
        raise UnknownNameError(given[0]) if given and given[0] else NoNameError
    if _COLON.match(text, end) is None:
        found, end = {first[0]: None}, first[1]
    for who in found:
        if who in cast.away:
            raise UnknownNameError(cast.names[who][0])
    behind = _BEHIND.match(text, end)
    return tuple(found), text[behind.end() if behind else end :]


def _asked(text: str, cast: _Cast) -> tuple[Hashable | None, str]:
    """Return whom the first ``@Name`` asks, and the text without any such sign."""
    asked: Hashable | None = None
    kept, start = [], 0
    for sign in _ASKING.finditer(text):
        if (hit := cast.at(text, sign.end(), apart=False)) is not None:
            check_plain(text[hit[1] :])
            asked = hit[0] if asked is None else asked
            kept.append(text[start : sign.start()])
            start = sign.end()
    return asked, "".join((*kept, text[start:]))
