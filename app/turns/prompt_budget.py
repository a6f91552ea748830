"""Allot the tokens of one prompt to what it shows."""

from dataclasses import dataclass

from app.engines.port import Limits, Sampling

_SEAM_TOKENS = 16
"""Spare for what counting piece by piece misses: the start token, and the seams of the pieces."""
_LORE_SHARE = 0.25
"""SillyTavern's own share of the context."""
_SUMMARY_SHARE = 1 / 3
_OVERHEARD_SHARE = 1 / 16
_OVERHEARD_TOKENS = 200
_SCENE_MEMORY_SHARE = 1 / 12
_SCENE_MEMORY_TOKENS = 300
"""Room for three memories of usual length."""
_MEMORY_SHARE = 1 / 8
_USER_SHARE = 1 / 12
_USER_TOKENS = 160
"""Room for a hundred words about the user."""


@dataclass(slots=True, kw_only=True)
class PromptBudget:
    """Hold how the tokens of one prompt are allotted; the steps of a turn reserve their shares.

    What is reserved stays so whether or not anything is shown for it: neither the history's cut
    nor the examples then change with it, and an engine finds them in its cache.
    """

    prompt: int
    """Tokens of the whole prompt."""
    overheard: int = 0
    """Reserved for overheard passages."""
    scene_memories: int = 0
    """Reserved for what the character remembers of scenes."""
    memories: int = 0
    """Reserved for exchanges whose lines the prompt no longer shows."""
    examples: int = 0
    """Left for packed examples, once everything else is counted."""

    @property
    def unreserved(self) -> int:
        """Tokens for instructions, profile, lore, summary, examples and history."""
        return self.prompt - self.overheard - self.scene_memories - self.memories

    @property
    def lore(self) -> int:
        """Most tokens of lore, by estimate."""
        return int(self.prompt * _LORE_SHARE)

    @property
    def summary(self) -> float:
        """Most tokens of a summary, by estimate; a longer one is not used."""
        return self.prompt * _SUMMARY_SHARE

    @property
    def user_description(self) -> int:
        """Most tokens of what the user says about themselves, by estimate; more is cut off."""
        return max(0, min(_USER_TOKENS, int(self.prompt * _USER_SHARE)))

    @property
    def most_overheard(self) -> int:
        """Tokens to reserve for overheard passages, where the character knows any."""
        return min(_OVERHEARD_TOKENS, int(self.unreserved * _OVERHEARD_SHARE))

    @property
    def most_scene_memories(self) -> int:
        """Tokens to reserve for scene memories, where the character has any."""
        return min(_SCENE_MEMORY_TOKENS, int(self.unreserved * _SCENE_MEMORY_SHARE))

    def most_memories(self, most: int) -> int:
        """Return the tokens to reserve for memories, ``most`` being the operator's bound."""
        return min(most, int(self.unreserved * _MEMORY_SHARE))

    def leave_for_examples(self, others: int, most: int) -> int:
        """Return the tokens that ``others`` leave for examples, at most ``most``, and note them."""
        self.examples = max(0, min(self.unreserved - others, most))
        return self.examples


def budget_of(limits: Limits, sampling: Sampling, share: float) -> PromptBudget:
    """Return the budget beside a reply as long as ``sampling`` allows.

    ``share`` of the engine's context is used.
    """
    context = int(limits.context_length * share)
    return PromptBudget(prompt=context - sampling.max_tokens - _SEAM_TOKENS)
