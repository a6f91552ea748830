"""Read from the directions of a scene who comes and who goes. Pure."""

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from typing import Generic, Literal, NamedTuple, TypeVar

from characters.overheard import StageReader

_Who = TypeVar("_Who", bound=Hashable)


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
    text = direction.casefold()
    for who, own in names.items():
        # Looked for first: what reads a direction about a character takes milliseconds to build.
        if not any(name.casefold() in text for name in own if name):
            continue
        others = [name for other in names if other != who for name in names[other]]
        is_here = who in on_stage
        if StageReader(own).follow(is_here, direction, others) != is_here:
            yield Move("leaves" if is_here else "enters", who)
