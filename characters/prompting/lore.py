"""Choose the lorebook entries of a prompt that fit, and place those among the dialogue's lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from characters.lorebooks.model import Placement


@dataclass(frozen=True, slots=True)
class Lore:
    """Hold the text of one active entry, macros expanded, and its placement."""

    text: str
    placement: Placement
    lasting: bool = False
    """Whether it is in every prompt, so that an engine finds it in its cache anywhere."""
    importance: float = 0
    """The lowest is dropped first where room is short."""

    @property
    def is_beside(self) -> bool:
        """Return whether it belongs to the character's definition, not among the lines."""
        return self.placement.position != "depth"


def choose(lore: Sequence[Lore], costs: Sequence[int], room: int) -> tuple[int, ...]:
    """Return the numbers of the entries in ``room`` tokens, most important chosen first."""
    chosen = []
    for number in sorted(range(len(lore)), key=lambda n: (-lore[n].importance, n)):
        if costs[number] <= room:
            chosen.append(number)
            room -= costs[number]
    return tuple(sorted(chosen))


def place_between(lore: Sequence[Lore], chosen: Sequence[int], lines: int) -> dict[int, list[int]]:
    """Map line positions to the entries of ``chosen`` that stand before them, or after all lines.

    An entry at depth N has N of the ``lines`` after it, or all where there are fewer.
    """
    positions: dict[int, list[int]] = {}
    for number in chosen:
        if not lore[number].is_beside:
            at = max(0, lines - lore[number].placement.depth)
            positions.setdefault(at, []).append(number)
    return positions
