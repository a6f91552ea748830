"""Select what the character remembers of scenes, for a prompt to show."""

from dataclasses import dataclass

from app.engines.tokens import estimate_tokens
from app.search.scene_memories import SceneMemoryHits
from app.turns.prompt_budget import PromptBudget
from characters.prompting import (
    CountTokens,
    Lore,
    Persona,
    PromptDraft,
    PromptTooLongError,
    scene_memory_lore,
)

_WRAPPING_TOKENS = 4
"""What a layout puts around a memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSceneMemory:
    """Hold a scene memory in a prompt, and its cosine with the user's message."""

    scene: int
    """0-based position of its scene in the character's scripts."""
    score: float
    heading: str
    """The scene's heading; never in a prompt."""
    text: str
    lore: Lore


def select_scene_memories(
    found: SceneMemoryHits,
    persona: Persona,
    frame: PromptDraft,
    count: CountTokens,
    budget: PromptBudget,
) -> list[ShownSceneMemory]:
    """Select memories relevant to the newest message, in the order of the script.

    Their budget is reserved even when none match, so the prompt prefix stays cacheable; not where
    the character has none, or the newest line would not fit beside them. ``frame`` is the draft
    without examples.
    """
    if not found.any_known:
        return []
    share = budget.most_scene_memories
    try:
        frame.fit(count, budget.unreserved - share)
    except PromptTooLongError:
        return []
    budget.scene_memories = share
    return _fitting(found, persona, share)


def _fitting(found: SceneMemoryHits, persona: Persona, room: int) -> list[ShownSceneMemory]:
    """Return the best memories that fit by estimate, in the order of the script."""
    fitting = []
    for hit in found.hits:
        lore = scene_memory_lore(persona, hit.memory.text)
        cost = estimate_tokens(lore.text) + _WRAPPING_TOKENS
        if cost > room:
            continue
        room -= cost
        fitting.append(
            ShownSceneMemory(
                scene=hit.memory.scene,
                score=hit.score,
                heading=hit.memory.heading,
                text=hit.memory.text,
                lore=lore,
            )
        )
    return sorted(fitting, key=lambda each: each.scene)
