"""Which examples a prompt shows, and in which places. Pure.

An engine does not read again what a prompt begins with if an earlier one began so. Examples that
are ranked anew each turn spoil that: one that changes its place makes the engine read all that
follows. So examples stay where the prompt before had them, for as long as there is room, and
what is missing is put behind them; as many at once as there is room for, so that they do for
turns.
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
class PrefixLayout:
    """Examples by number: those that stay, in their places, and those that are added behind."""

    kept: tuple[int, ...]
    added: tuple[int, ...]
    """Best first."""

    @property
    def shown(self) -> tuple[int, ...]:
        return self.kept + self.added


def lay_out_prefix(
    ranked: Sequence[int],
    places: Sequence[int],
    costs: Sequence[int],
    *,
    room: int,
    budget: int,
    most: int,
    wanted: int | None = None,
) -> PrefixLayout:
    """The examples to show.

    ``ranked``: best first; so many of them are ``wanted``, or all, of which the first that does
    not fit ends the list. ``places``: those that the prompt before showed, in its order.
    ``costs``: the tokens of each example, by number; they add up to ``room`` at most, which is
    what else the prompt holds leaves of its ``budget``; and no more than ``most`` are shown.

    Without ``places`` the wanted ones are shown as they are ranked. Else at least
    :data:`LEAST_IN_COMMON` of them are, the best quarter among them. Examples that are not wanted
    any more go only to make room, and then from the back: the longest possible beginning stays.
    Where anything changes, the best of the ``ranked`` that are not shown fill what room is left.
    """
    due = _fitting(ranked[: most if wanted is None else min(most, wanted)], costs, room)
    if not places and wanted is None:
        return PrefixLayout((), due)
    missing = [number for number in due if number not in places]
    best = due[: math.ceil(_BEST_SHARE * len(due))]
    spared = len(due) - math.ceil(LEAST_IN_COMMON * len(due)) if places else 0
    added = missing[: max(len(missing) - spared, sum(number in best for number in missing))]
    step = max(1, budget // _STEPS)
    room = room // step * step
    kept = _kept(places, 0, due)  # with what is added a part of the wanted, which fit
    for staying in range(len(places), 0, -1):
        staying_so = _kept(places, staying, due)
        shown = (*staying_so, *added)
        if len(shown) <= most and sum(costs[number] for number in shown) <= room:
            kept = staying_so
            break
    if added or len(kept) < len(places):
        added += _filling(ranked, (*kept, *added), costs, room, most)
    return PrefixLayout(kept, tuple(added))


def _filling(
    ranked: Sequence[int], shown: Sequence[int], costs: Sequence[int], room: int, most: int
) -> list[int]:
    """The best that fit beside what is shown."""
    left = room - sum(costs[number] for number in shown)
    found: list[int] = []
    for number in ranked:
        if len(shown) + len(found) == most:
            break
        if number not in shown and costs[number] <= left:
            found.append(number)
            left -= costs[number]
    return found


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
