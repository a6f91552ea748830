"""Fit history and examples into a token budget."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from characters.prompting.prefix_layout import PrefixLayout, lay_out_prefix, most_shown
from characters.prompting.prompt import PreviousExamples, PromptTooLongError

_BLOCKS = 4
"""History is cut by this fraction of its room at once, so that its beginning lasts for turns."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Hold the tokens of the fixed texts, of each line of the history and of each example."""

    frame: int
    history: Sequence[int]
    examples: Sequence[int]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Hold the history and examples that fit."""

    history_from: int
    """The first line that stays."""
    layout: PrefixLayout
    tokens: int


def fit(
    costs: Costs,
    ranked: Sequence[int],
    most: int | None,
    earlier: PreviousExamples | None,
    budget: int,
) -> Fitted:
    """Return what fits; history takes precedence, and examples fill the rest.

    ``ranked``: examples by number, best first; at most ``most`` are shown. Without ``earlier``
    they are laid out in ranked order. Raises :class:`PromptTooLongError` where the newest line
    does not fit.
    """
    start = _cut(costs, budget)
    used = costs.frame + sum(costs.history[start:])
    room, wanted = budget - used, None
    if earlier and earlier.room is not None:
        room = min(room, earlier.room)
    if earlier and earlier.wanted is not None:
        wanted = sum(number < earlier.wanted for number in ranked)
    layout = lay_out_prefix(
        ranked,
        earlier.positions if earlier else (),
        costs.examples,
        room=room,
        budget=budget,
        most=most_shown(ranked, most),
        wanted=wanted,
    )
    used += sum(costs.examples[number] for number in layout.shown)
    return Fitted(start, layout, used)


def _cut(costs: Costs, budget: int) -> int:
    """Return how many of the oldest lines go: enough to fill whole blocks, never the newest."""
    least = costs.frame + costs.history[-1] if costs.history else costs.frame
    if least > budget:
        raise PromptTooLongError(least, budget)
    excess = costs.frame + sum(costs.history) - budget
    if excess <= 0:
        return 0
    block = max(1, (budget - costs.frame) // _BLOCKS)
    going = -(-excess // block) * block
    gone = accumulate(costs.history[:-1])
    return next((n for n, tokens in enumerate(gone, 1) if tokens >= going), len(costs.history) - 1)
