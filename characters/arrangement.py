"""Which examples a prompt shows, and in which places. Pure.

An engine does not read again what a prompt begins with if an earlier one began so. Examples that
are ranked anew each turn spoil that: one that changes its place makes the engine read all that
follows. So examples stay where the prompt before had them, for as long as there is room, and
what is missing is put behind them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_IN_COMMON = 0.9
"""Of the examples that the ranking alone would show, so many are shown at least."""

_BEST_SHARE = 0.25
"""Of those, the best are shown in any case."""

_MOST_TIMES = 3
"""Examples shown to those ranked, where the model bears them: what fills Index's context, whose
reference has room for 4,000 characters of prompt. Figures in ``docs/decisions/0007``."""

_STEPS = 16
"""What examples of earlier turns may fill shrinks by this part of the budget at once, while the
dialogue grows: else one of them would go each turn."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Examples by number: those that stay, in their places, and those that are added behind."""

    kept: tuple[int, ...]
    added: tuple[int, ...]
    """Best first."""

    @property
    def shown(self) -> tuple[int, ...]:
        return self.kept + self.added


def arrange(
    ranked: Sequence[int],
    places: Sequence[int],
    costs: Sequence[int],
    *,
    room: int,
    budget: int,
    most: int,
) -> Arrangement:
    """The examples to show.

    ``ranked``: the wanted ones, best first; of these, the first that does not fit ends the list.
    ``places``: those that the prompt before showed, in its order. ``costs``: the tokens of each
    example, by number; they add up to ``room`` at most, which is what else the prompt holds leaves
    of its ``budget``; and no more than ``most`` are shown.

    Without ``places`` the wanted ones are shown as they are ranked. Else at least
    :data:`LEAST_IN_COMMON` of them are, the best quarter among them. Examples that are not wanted
    any more go only to make room, and then from the back: the longest possible beginning stays.
    """
    wanted = _fitting(ranked[:most], costs, room)
    if not places:
        return Arrangement((), wanted)
    missing = [number for number in wanted if number not in places]
    best = wanted[: math.ceil(_BEST_SHARE * len(wanted))]
    spared = len(wanted) - math.ceil(LEAST_IN_COMMON * len(wanted))
    due = max(len(missing) - spared, sum(number in best for number in missing))
    added = tuple(missing[:due])
    step = max(1, budget // _STEPS)
    for staying in range(len(places), 0, -1):
        arrangement = Arrangement(_kept(places, staying, wanted), added)
        cost = sum(costs[number] for number in arrangement.shown)
        if len(arrangement.shown) <= most and cost <= room // step * step:
            return arrangement
    return Arrangement(_kept(places, 0, wanted), added)  # a part of the wanted, which fit


def _kept(places: Sequence[int], staying: int, wanted: Sequence[int]) -> tuple[int, ...]:
    return (*places[:staying], *(number for number in places[staying:] if number in wanted))


def most_shown(ranked: Sequence[int], bearable: int | None) -> int:
    """How many examples may be shown at once, of a model that can bear so many."""
    return _MOST_TIMES * len(ranked) if bearable is None else bearable


def _fitting(ranked: Sequence[int], costs: Sequence[int], room: int) -> tuple[int, ...]:
    used = 0
    for place, number in enumerate(ranked):
        used += costs[number]
        if used > room:
            return tuple(ranked[:place])
    return tuple(ranked)
