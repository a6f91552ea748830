"""Read from the directions of a scene who comes and who goes. Pure."""

import re
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from typing import Generic, Literal, NamedTuple, TypeVar

from characters.overheard import StageReader

_Who = TypeVar("_Who", bound=Hashable)

_ALPHABET = re.compile(r"[A-Z]")
_UNSPACED = re.compile(r"[\u3400-\u9fff]")
_ARTICLE = r"(?!\s+(?!(?:and|enters?|exits?|leaves?|comes?|goes|walks?|runs?|returns?)\b)[a-z])"
"""What follows the name “A”, and not the article."""


class Move(NamedTuple, Generic[_Who]):
    """Hold that one of a cast comes or goes."""

    kind: Literal["enters", "leaves"]
    who: _Who


def moves(
    direction: str, names: Mapping[_Who, Sequence[str]], on_stage: Collection[Hashable]
) -> Iterator[Move[_Who]]:
    """Yield who of a cast comes and who goes by a direction.

    Who is not named stays where it is, and who may or may not come does not
    (:mod:`characters.overheard`).
    """
    for who, own in names.items():
        others = [name for other in names if other != who for name in names[other]]
        text, called, others = _kept_apart(direction, own, others)
        # Looked for first: what reads a direction about a character takes milliseconds to build.
        if not any(name.casefold() in text.casefold() for name in called):
            continue
        is_here = who in on_stage
        if StageReader(called).follow(is_here, text, others) != is_here:
            yield Move("leaves" if is_here else "enters", who)


def _kept_apart(
    direction: str, own: Sequence[str], others: Sequence[str]
) -> tuple[str, list[str], list[str]]:
    """Return a direction, the names of one in it, and the others', so that none holds another.

    Others whose names hold one of the own are called otherwise (“Kit Carson leaves” is not about
    Kit), and so is who has a name of one letter, for the reader passes over such names.
    """
    called, apart = [name for name in own if len(name) > 1], [*others]
    for other in sorted(others, key=len, reverse=True):
        if any(name.casefold() in other.casefold() for name in own if 0 < len(name) < len(other)):
            alias = "某某" if _UNSPACED.search(other) else "Qqqq"
            direction = re.sub(re.escape(other), alias, direction, flags=re.IGNORECASE)
            apart.append(alias)
    for name in own:
        if _UNSPACED.fullmatch(name):
            direction = direction.replace(name, name * 2)
            called.append(name * 2)
        elif _ALPHABET.fullmatch(name):
            behind = _ARTICLE if name == "A" else ""
            direction = re.sub(rf"\b{name}\b(?!['’.]\w){behind}", name * 4, direction)
            called.append(name * 4)
    return direction, called, apart
