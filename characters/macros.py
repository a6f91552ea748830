"""Expand the macros in a card's texts: names, chance, comments. Nothing else is evaluated.

The names are Character Card V3's "curly braced syntaxes", case-insensitive. The text that a macro
yields is not scanned for macros, so that a name cannot smuggle one in; an unknown macro stays as
typed.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

_TOKEN = re.compile(r"(\{\{|\}\}|<(?:user|char|bot)>)", re.IGNORECASE)
_ROLL = re.compile(r"(?:(\d{0,3})d)?(\d{1,6})\s*([+-]\s*\d{1,6})?", re.IGNORECASE)
_COMMA = re.compile(r"(?<!\\),")
_LONGEST_MACRO = 10_000
_DEEPEST_MACRO = 20


@dataclass(frozen=True, slots=True)
class MacroValues:
    """Hold the values of the macros in one conversation."""

    char: str
    """The character's name or nickname."""
    user: str
    seed: str = ""
    """Seed of ``{{pick}}``: the conversation's id, so that a pick never changes."""
    original: str | None = None
    """Value of ``{{original}}``: the instructions that the card's own replace."""


def expand(text: str, values: MacroValues, chance: random.Random) -> str:
    """Return ``text`` with its macros replaced; ``chance`` decides ``{{random}}`` and ``{{roll}}``.

    Macros may be nested. Takes time linear in the length of the text; never raises.
    """
    open_macros: list[list[str]] = [[]]
    for position, piece in enumerate(_TOKEN.split(text)):
        if piece == "{{" and len(open_macros) <= _DEEPEST_MACRO:
            open_macros.append([])
        elif piece == "}}" and len(open_macros) > 1:
            body = "".join(open_macros.pop())
            open_macros[-1].append(_replace(body, values, chance, position))
        elif piece.startswith("<") and _TOKEN.fullmatch(piece):
            open_macros[-1].append(values.user if piece.lower() == "<user>" else values.char)
        else:
            open_macros[-1].append(piece)
    return "{{".join("".join(parts) for parts in open_macros)


def _replace(body: str, values: MacroValues, chance: random.Random, position: int) -> str:
    as_typed = f"{{{{{body}}}}}"
    if body.lstrip().startswith("//"):
        return ""
    name, colon, argument = body.partition(":")
    name = name.strip().lower()
    if not colon:
        plain = {"char": values.char, "user": values.user, "original": values.original}
        value = plain.get(name)
        return as_typed if value is None else value
    if len(body) > _LONGEST_MACRO or name not in _WITH_ARGUMENT:
        return as_typed
    if name == "pick":
        chance = random.Random(f"{values.seed}:{position}:{argument}")  # noqa: S311  # a game's
    return _WITH_ARGUMENT[name](argument, chance)


def _choose(argument: str, chance: random.Random) -> str:
    r"""Return one choice of ``a,b`` (a comma in a choice is written ``\,``) or of ``a::b``."""
    if "::" in argument:
        return chance.choice(argument.removeprefix(":").split("::")).strip()
    return chance.choice(_COMMA.split(argument)).strip().replace("\\,", ",")


def _roll(argument: str, chance: random.Random) -> str:
    """Return the sum of the dice ``N``, ``dN`` or ``KdN+M``; other arguments stay as typed."""
    match = _ROLL.fullmatch(argument.strip())
    if match is None or int(match[2]) < 1:
        return f"{{{{roll:{argument}}}}}"
    dice, sides = int(match[1] or 1), int(match[2])
    bonus = int("".join((match[3] or "0").split()))
    return str(sum(chance.randint(1, sides) for _ in range(dice)) + bonus)


def _nothing(_argument: str, _chance: random.Random) -> str:
    """Drop a note for people or a key for a lorebook's scan, which no prompt shows."""
    return ""


def _reverse(argument: str, _chance: random.Random) -> str:
    return argument[::-1]


_WITH_ARGUMENT: dict[str, Callable[[str, random.Random], str]] = {
    "random": _choose,
    "pick": _choose,
    "roll": _roll,
    "reverse": _reverse,
    "comment": _nothing,
    "hidden_key": _nothing,
}
