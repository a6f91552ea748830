"""Hold what a prompt shows beside its examples: the newest lines, and texts around them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.engines.tokens import estimate_tokens
from app.lorebooks.activation import ActiveLore
from app.turns.dialogue_context import DialogueContext
from app.turns.memory import RecalledExchange
from app.turns.overheard import ShownOverheard
from app.turns.prompt_budget import PromptBudget
from characters.prompting import Lore, Utterance, summary_lore

_TOKEN_CHARACTERS = 16
"""More than a token has on average: lines with more characters than this for every token of the
budget cannot all be shown, and need not be counted."""
_SKIPPED_AT_ONCE = 100
"""Lines. The prompt's beginning depends on where counting begins, so this moves rarely and an
engine's cache stays good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptContext:
    """Hold a dialogue from its first shown line on, and the texts that stand beside it."""

    dialogue: DialogueContext
    shown_from: int
    """The first line of the whole history that may be shown."""
    lore: Sequence[ActiveLore] = ()
    memories: Sequence[RecalledExchange] = ()
    overheard: Sequence[ShownOverheard] = ()
    summary: Sequence[Lore] = ()

    @property
    def history(self) -> Sequence[Utterance]:
        """The lines that may be shown, oldest first."""
        return self.dialogue.history[self.shown_from :]

    @property
    def inserted(self) -> list[Lore]:
        """Lore, memories, overheard passages and the summary, in the order a draft numbers them."""
        lore = [each.lore for each in self.lore]
        memories = [each.lore for each in self.memories]
        return [*lore, *memories, *(each.lore for each in self.overheard), *self.summary]

    def shown(
        self, inserted: Iterable[int]
    ) -> tuple[list[ActiveLore], list[RecalledExchange], list[ShownOverheard]]:
        """Return the lore, memories and overheard passages at these numbers of :attr:`inserted`."""
        numbers = {*inserted}
        first_memory = len(self.lore)
        first_overheard = first_memory + len(self.memories)
        return (
            [each for at, each in enumerate(self.lore) if at in numbers],
            [each for at, each in enumerate(self.memories, first_memory) if at in numbers],
            [each for at, each in enumerate(self.overheard, first_overheard) if at in numbers],
        )


def open_context(
    dialogue: DialogueContext, lore: Sequence[ActiveLore], budget: PromptBudget
) -> PromptContext:
    """Return every line that may fit, or the summary and the lines that it does not cover."""
    skipped = _lines_beyond(dialogue, budget)
    if not dialogue.summary or estimate_tokens(dialogue.summary) > budget.summary:
        return PromptContext(dialogue=dialogue, shown_from=skipped, lore=lore)
    return PromptContext(
        dialogue=dialogue,
        shown_from=max(dialogue.covered, skipped),
        lore=lore,
        summary=[summary_lore(dialogue.persona.language, dialogue.summary)],
    )


def _lines_beyond(dialogue: DialogueContext, budget: PromptBudget) -> int:
    """Return how many of the oldest lines no prompt can show, in whole hundreds."""
    left = budget.prompt * _TOKEN_CHARACTERS
    for number in range(len(dialogue.history) - 1, 0, -1):
        left -= len(dialogue.history[number].text)
        if left < 0:
            return number // _SKIPPED_AT_ONCE * _SKIPPED_AT_ONCE
    return 0
