"""Choose the examples of a prompt and their positions, keeping its prefix cacheable.

An engine does not read again a prefix that an earlier prompt had. Ranking examples anew each turn
spoils that: one that moves makes the engine read everything after it. So examples keep the
positions of the prompt before while there is room, and missing ones are added behind them, as
many at once as fit, so that they last for turns.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_IN_COMMON = 0.9
"""Least share of the examples that the ranking alone would show."""

_BEST_SHARE = 0.25
"""Share of them, from the best, that is always shown."""

_MOST_TIMES = 3
"""Most examples shown per ranked one, for models without a limit: enough to fill the context of
Index, whose reference has room for 4,000 characters of prompt. Figures: ``docs/decisions/0007``."""

_STEPS = 16
"""The room of earlier examples shrinks by this fraction of the budget at once while the dialogue
grows: otherwise one of them would go each turn."""


@dataclass(frozen=True, slots=True)
class PrefixLayout:
    """Hold examples by number: kept ones, in their positions, and ones added behind them."""

    kept: tuple[int, ...]
    added: tuple[int, ...]
    """Best first."""

    @property
    def shown(self) -> tuple[int, ...]:
        """Return all examples in the order of the prompt."""
        return self.kept + self.added


def lay_out_prefix(
    ranked: Sequence[int],
    positions: Sequence[int],
    costs: Sequence[int],
    *,
    room: int,
    budget: int,
    most: int,
    wanted: int | None = None,
) -> PrefixLayout:
    """Return the examples to show.

    ``ranked``: best first; the first ``wanted`` of them (or all) are due, up to the first that
    does not fit. ``positions``: the examples of the prompt before, in its order. ``costs``: the
    tokens of each example, by number; they add up to ``room`` at most, the part of the ``budget``
    left beside the other texts; at most ``most`` are shown.

    Without ``positions`` the due examples are shown in ranked order. Otherwise at least
    :data:`LEAST_IN_COMMON` of them are, the best quarter included. Earlier examples that are not
    due go only to make room, from the back: the longest possible prefix stays. If any change is
    made, the best of the ``ranked`` that are not shown fill the room left.
    """
    due = _fitting(ranked[: most if wanted is None else min(most, wanted)], costs, room)
    if not positions and wanted is None:
        return PrefixLayout((), due)
    missing = [number for number in due if number not in positions]
    best = due[: math.ceil(_BEST_SHARE * len(due))]
    spared = len(due) - math.ceil(LEAST_IN_COMMON * len(due)) if positions else 0
    added = missing[: max(len(missing) - spared, sum(number in best for number in missing))]
    step = max(1, budget // _STEPS)
    room = room // step * step
    kept = _kept(positions, 0, due)  # with the added ones, a part of the due, which fit
    for staying in range(len(positions), 0, -1):
        staying_so = _kept(positions, staying, due)
        shown = (*staying_so, *added)
        if len(shown) <= most and sum(costs[number] for number in shown) <= room:
            kept = staying_so
            break
    if added or len(kept) < len(positions):
        added += _filling(ranked, (*kept, *added), costs, room, most)
    return PrefixLayout(kept, tuple(added))


def _filling(
    ranked: Sequence[int], shown: Sequence[int], costs: Sequence[int], room: int, most: int
) -> list[int]:
    """Return the best examples that fit beside ``shown``."""
    left = room - sum(costs[number] for number in shown)
    found: list[int] = []
    for number in ranked:
        if len(shown) + len(found) == most:
            break
        if number not in shown and costs[number] <= left:
            found.append(number)
            left -= costs[number]
    return found


def _kept(positions: Sequence[int], staying: int, wanted: Sequence[int]) -> tuple[int, ...]:
    return (*positions[:staying], *(number for number in positions[staying:] if number in wanted))


def most_shown(ranked: Sequence[int], allowed: int | None) -> int:
    """Return the most examples to show at once; ``allowed`` is a small model's own limit."""
    return _MOST_TIMES * len(ranked) if allowed is None else allowed


def _fitting(ranked: Sequence[int], costs: Sequence[int], room: int) -> tuple[int, ...]:
    used = 0
    for position, number in enumerate(ranked):
        used += costs[number]
        if used > room:
            return tuple(ranked[:position])
    return tuple(ranked)
