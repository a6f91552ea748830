"""What of a dialogue a prompt shows: its newest lines, a summary, what comes back or was heard."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.conversations.history import Exchange
from app.engines.tokens import estimate_tokens
from app.lorebooks.activation import ActiveLore
from app.search.retriever import RankedReplies
from app.turns.dialogue_context import DialogueContext
from app.turns.memory import Memory, RecalledExchange
from app.turns.overheard import ShownOverheard, fit_overheard
from characters.prompting import (
    CountTokens,
    Lore,
    PromptDraft,
    PromptTooLongError,
    open_window,
    summary_lore,
)

_TOKEN_CHARACTERS = 16
"""A token has fewer, on the whole: lines that are longer together than so many times the room
cannot all be shown, and need not be counted."""
_SKIPPED_AT_ONCE = 100
"""Lines: what is left out of a prompt depends on where counting begins, and an engine's cache on
what is left out."""
_SUMMARY_SHARE = 1 / 3
"""Of the room for the prompt: a longer summary is not used, but the lines that it stands for."""
_MEMORY_SHARE = 1 / 8
"""Of the room for the prompt, at most."""
_WITNESSED_SHARE = 1 / 16
_WITNESSED_TOKENS = 200
"""For what the character heard in silence, at most."""
_WRAPPING_TOKENS = 4
"""What a layout puts around a memory."""


@dataclass(frozen=True, slots=True)
class PromptContext:
    """A speech with the lines that stay in sight, and what is told beside them."""

    dialogue: DialogueContext
    lore: Sequence[ActiveLore]
    room: int
    """Tokens that there are for all but what has its own share: memories, and what was heard."""
    shown_from: int = 0
    """The first line of the whole history that stays."""
    summary: Sequence[Lore] = ()
    memories: Sequence[RecalledExchange] = ()
    overheard: Sequence[ShownOverheard] = ()
    unknown: Sequence[Exchange] = ()
    """What should be embedded after the turn."""

    @property
    def told(self) -> list[Lore]:
        """Lore, memories, what was heard and the summary, as a draft numbers them."""
        lore = [each.lore for each in self.lore]
        memories = [each.lore for each in self.memories]
        return [*lore, *memories, *(each.lore for each in self.overheard), *self.summary]

    def found(
        self, told: Iterable[int]
    ) -> tuple[list[ActiveLore], list[RecalledExchange], list[ShownOverheard]]:
        """Which lore, which memories and what was heard those of :attr:`told` are."""
        numbers = {*told}
        remembered = len(self.lore)
        heard = remembered + len(self.memories)
        return (
            [each for at, each in enumerate(self.lore) if at in numbers],
            [each for at, each in enumerate(self.memories, remembered) if at in numbers],
            [each for at, each in enumerate(self.overheard, heard) if at in numbers],
        )

    def without(self, lines: int) -> "PromptContext":
        """So many of the oldest lines less."""
        dialogue = replace(self.dialogue, history=self.dialogue.history[lines:])
        return replace(self, dialogue=dialogue, shown_from=self.shown_from + lines)


def with_summary(dialogue: DialogueContext, lore: Sequence[ActiveLore], room: int) -> PromptContext:
    """Return all lines that may fit, or the summary and those that it does not stand for."""
    context = PromptContext(dialogue, lore, room)
    skipped = _certain_not_to_fit(dialogue, room)
    if not dialogue.summary or estimate_tokens(dialogue.summary) > room * _SUMMARY_SHARE:
        return context.without(skipped)
    summary = summary_lore(dialogue.persona.language, dialogue.summary)
    return replace(context.without(max(dialogue.covered, skipped)), summary=[summary])


def _certain_not_to_fit(dialogue: DialogueContext, room: int) -> int:
    """How many of the oldest lines no prompt has room for, in whole hundreds."""
    left = room * _TOKEN_CHARACTERS
    for number in range(len(dialogue.history) - 1, 0, -1):
        left -= len(dialogue.history[number].text)
        if left < 0:
            return number // _SKIPPED_AT_ONCE * _SKIPPED_AT_ONCE
    return 0


def with_overheard(
    context: PromptContext, draft: PromptDraft, count: CountTokens, ranked: RankedReplies
) -> PromptContext:
    """What the newest line is about of that which the character heard in silence.

    Where there is anything that it may be reminded of, its room is kept free whether or not it is,
    as that of memories is: see :func:`~characters.prompting.open_window`. There is none where the
    newest line would not fit beside it. ``draft`` is of what is in sight, without examples.
    """
    if not ranked.reply_index.overheard.has_any(ranked.until_scene):
        return context
    share = min(_WITNESSED_TOKENS, int(context.room * _WITNESSED_SHARE))
    try:
        draft.fit(count, context.room - share)
    except PromptTooLongError:
        return context
    told = fit_overheard(ranked.overheard, context.dialogue.persona, share)
    return replace(context, room=context.room - share, overheard=told)


async def with_memories(
    context: PromptContext, draft: PromptDraft, count: CountTokens, memory: Memory, most: int
) -> PromptContext:
    """Only the lines that fit the room, and what the newest one calls to mind of the others.

    ``draft`` is of what is in sight, without examples; memories have at ``most`` so many tokens.
    Raises as :func:`~characters.prompting.open_window` does, and as embedding a query.
    """
    past = context.dialogue.past
    share = min(most, int(context.room * _MEMORY_SHARE)) if past else 0
    behind = context.shown_from > 0 or bool(past and past.conversation.remembers_others)
    window = open_window(draft, count, context.room, share, always=behind)
    context = replace(context.without(window.dropped), room=context.room - window.reserved)
    if past is None or not window.reserved:
        return context
    recollection = await memory.recall(past, context.dialogue.persona, context.shown_from)
    memories = _fitting(recollection.found, window.reserved)
    return replace(context, memories=memories, unknown=recollection.unknown)


def _fitting(found: Sequence[RecalledExchange], room: int) -> list[RecalledExchange]:
    """The best that fit, in the order in which they were said. Tokens are estimated, upwards."""
    fitting = []
    for each in found:
        cost = estimate_tokens(each.lore.text) + _WRAPPING_TOKENS
        if cost <= room:
            room -= cost
            fitting.append(each)
    return sorted(fitting, key=lambda each: (not each.conversation, each.conversation, each.number))
