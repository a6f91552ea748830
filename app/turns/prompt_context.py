"""Hold what a prompt shows beside its examples: the newest lines, and texts around them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from app.engines.tokens import estimate_tokens
from app.lorebooks.activation import ActiveLore
from app.turns.dialogue_context import DialogueContext
from app.turns.memory import RecalledExchange
from app.turns.overheard import ShownOverheard
from app.turns.prompt_budget import PromptBudget
from app.turns.scene_memories import ShownSceneMemory
from characters.prompting import Lore, Utterance, summary_lore

_T = TypeVar("_T")

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
    scene_memories: Sequence[ShownSceneMemory] = ()
    summary: Sequence[Lore] = ()

    @property
    def history(self) -> Sequence[Utterance]:
        """The lines that may be shown, oldest first."""
        return self.dialogue.history[self.shown_from :]

    @property
    def inserted(self) -> list[Lore]:
        """The texts beside the dialogue, the summary last, in the order a draft numbers them."""
        beside = (self.lore, self.memories, self.overheard, self.scene_memories)
        return [*(each.lore for group in beside for each in group), *self.summary]

    def shown(self, inserted: Iterable[int]) -> "ShownBeside":
        """Return what stands at these numbers of :attr:`inserted`, but for the summary."""
        numbers, first = {*inserted}, 0

        def shown_of(group: Sequence[_T]) -> list[_T]:
            nonlocal first
            start, first = first, first + len(group)
            return [each for at, each in enumerate(group, start) if at in numbers]

        return ShownBeside(
            lore=shown_of(self.lore),
            memories=shown_of(self.memories),
            overheard=shown_of(self.overheard),
            scene_memories=shown_of(self.scene_memories),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBeside:
    """Hold the texts beside the dialogue that fit a prompt, in its order."""

    lore: list[ActiveLore]
    memories: list[RecalledExchange]
    overheard: list[ShownOverheard]
    scene_memories: list[ShownSceneMemory]


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
