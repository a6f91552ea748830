"""Entries of lorebooks in a prompt: which fit, and between which lines those among them stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from characters.lorebooks.model import Placement


@dataclass(frozen=True, slots=True)
class Lore:
    """The text of one active entry, macros expanded, and where it belongs."""

    text: str
    placement: Placement
    lasting: bool = False
    """Whether it is there at every turn: then an engine finds it in its cache wherever it is."""
    importance: float = 0
    """The lowest goes first where there is no room."""

    @property
    def is_beside(self) -> bool:
        """Whether it belongs to the character's definition, and not among the lines."""
        return self.placement.position != "depth"


def choose(lore: Sequence[Lore], costs: Sequence[int], room: int) -> tuple[int, ...]:
    """The entries that fit ``room`` tokens, by number: the most important first, then in order."""
    chosen = []
    for number in sorted(range(len(lore)), key=lambda n: (-lore[n].importance, n)):
        if costs[number] <= room:
            chosen.append(number)
            room -= costs[number]
    return tuple(sorted(chosen))


def surround(profile: str, lore: Sequence[Lore]) -> str:
    """The profile with the entries that belong beside it, those of ``before_char`` before it."""
    beside = [each for each in lore if each.is_beside]
    before = [each.text for each in beside if each.placement.position == "before_char"]
    after = [each.text for each in beside if each.placement.position != "before_char"]
    return "\n".join(filter(None, (*before, profile.strip(), *after)))


def place_between(lore: Sequence[Lore], told: Sequence[int], lines: int) -> dict[int, list[int]]:
    """The entries among so many lines: before which line (or after all) which of ``told`` stand.

    One at depth N has N lines after it, or all where there are fewer.
    """
    places: dict[int, list[int]] = {}
    for number in told:
        if not lore[number].is_beside:
            at = max(0, lines - lore[number].placement.depth)
            places.setdefault(at, []).append(number)
    return places
