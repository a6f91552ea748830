"""Cut the history to what fits, and recall exchanges relevant to the newest message."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.conversations.history import Exchange
from app.engines.tokens import estimate_tokens
from app.turns.memory import Memory, RecalledExchange
from app.turns.prompt_budget import PromptBudget
from app.turns.prompt_context import PromptContext
from characters.prompting import CountTokens, PromptDraft, open_window

_WRAPPING_TOKENS = 4
"""What a layout puts around a memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecalledMemories:
    """Hold what became of the lines that the prompt does not show."""

    dropped: int
    """How many more of the oldest lines the prompt does not show."""
    memories: Sequence[RecalledExchange] = ()
    """The relevant exchanges that fit, in the order in which they were said."""
    left_out: Sequence[RecalledExchange] = ()
    """Relevant exchanges that do not fit, the best first."""
    unknown: Sequence[Exchange] = ()
    """Exchanges to embed after the turn."""


async def recall_memories(
    context: PromptContext,
    frame: PromptDraft,
    count: CountTokens,
    budget: PromptBudget,
    memory: Memory | None,
    most: int,
) -> RecalledMemories:
    """Drop the oldest lines that do not fit, and recall the exchanges relevant to the newest one.

    Memories get at most ``most`` tokens, reserved in ``budget``: see
    :func:`~characters.prompting.open_window`. ``frame`` is the draft without examples. Raises
    :class:`~characters.prompting.PromptTooLongError` where the newest line does not fit, and the
    errors of embedding a query.
    """
    past = context.dialogue.past
    share = budget.most_memories(most) if past and memory else 0
    hidden = context.shown_from > 0 or bool(past and past.conversation.remembers_others)
    window = open_window(frame, count, budget.unreserved, share, always=hidden)
    budget.memories = window.reserved
    if past is None or memory is None or not window.reserved:
        return RecalledMemories(dropped=window.dropped)
    shown_from = context.shown_from + window.dropped
    recall = await memory.recall(past, context.dialogue.persona, shown_from)
    memories = _fitting(recall.found, window.reserved)
    return RecalledMemories(
        dropped=window.dropped,
        memories=memories,
        left_out=[each for each in recall.found if each not in memories],
        unknown=recall.unknown,
    )


def _fitting(found: Sequence[RecalledExchange], budget: int) -> list[RecalledExchange]:
    """Return the best that fit by an estimate that errs upwards, in the order they were said in."""
    fitting = []
    for each in found:
        cost = estimate_tokens(each.lore.text) + _WRAPPING_TOKENS
        if cost <= budget:
            budget -= cost
            fitting.append(each)
    return sorted(fitting, key=lambda each: (not each.conversation, each.conversation, each.number))
