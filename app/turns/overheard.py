"""Select what the character overheard in scenes in which it was silent, for a prompt to show."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.engines.tokens import estimate_tokens
from app.search.overheard import OverheardHit, OverheardPassage
from app.search.retriever import RankedReplies
from app.turns.prompt_budget import PromptBudget
from characters.language import Language
from characters.prompting import (
    CountTokens,
    Lore,
    Persona,
    PromptDraft,
    PromptTooLongError,
    overheard_lore,
)

_WRAPPING_TOKENS = 4
"""What a layout puts around a passage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownOverheard:
    """Hold an overheard passage in a prompt, and its cosine with the user's message."""

    number: int
    """Its position among all passages that the character overheard, from 0."""
    score: float
    reason: str
    """The script's words that show the character to be present; never in a prompt."""
    lines: list[str]
    """``speaker: text``."""
    lore: Lore


def select_overheard(
    ranked: RankedReplies,
    persona: Persona,
    frame: PromptDraft,
    count: CountTokens,
    budget: PromptBudget,
) -> list[ShownOverheard]:
    """Select overheard passages relevant to the newest message, in the order of the script.

    Their budget is reserved even when none match, so the prompt prefix stays cacheable; not where
    the character knows none, or the newest line would not fit beside them. ``frame`` is the
    draft without examples.
    """
    if not ranked.reply_index.overheard.has_any(ranked.until_scene):
        return []
    share = budget.most_overheard
    try:
        frame.fit(count, budget.unreserved - share)
    except PromptTooLongError:
        return []
    budget.overheard = share
    return _fitting(ranked.overheard, persona, share)


def _fitting(found: Sequence[OverheardHit], persona: Persona, budget: int) -> list[ShownOverheard]:
    """Return the best passages that fit by estimate, in the order of the script."""
    fitting = []
    for hit in found:
        lore = overheard_lore(persona, hit.passage.lines)
        cost = estimate_tokens(lore.text) + _WRAPPING_TOKENS
        if cost > budget:
            continue
        budget -= cost
        fitting.append(
            ShownOverheard(
                number=hit.number,
                score=hit.score,
                reason=hit.passage.reason,
                lines=render(hit.passage, persona.language),
                lore=lore,
            )
        )
    return sorted(fitting, key=lambda each: each.number)


def render(passage: OverheardPassage, language: Language) -> list[str]:
    """Return the passage's lines as ``speaker: text``."""
    colon = "：" if language == "zh" else ": "
    return [f"{speaker}{colon}{text}" for speaker, text in passage.lines]
