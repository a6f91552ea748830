"""What the character heard in scenes in which it was silent, as a prompt tells it."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.engines.tokens import estimate_tokens
from app.search.overheard import OverheardHit, OverheardPassage
from characters.language import Language
from characters.prompting import Lore, Persona, overheard_lore

_WRAPPING_TOKENS = 4
"""What a layout puts around it."""


@dataclass(frozen=True, slots=True)
class ShownOverheard:
    """A passage that the prompt tells as heard, and the cosine of it with the user's message."""

    number: int
    """Its place among all that the character heard in silence, from 0."""
    score: float
    reason: str
    """The words of the script that say that the character is there; never in a prompt."""
    lines: list[str]
    """``speaker: text``."""
    lore: Lore


def fit_overheard(
    found: Sequence[OverheardHit], persona: Persona, room: int
) -> list[ShownOverheard]:
    """The best that fit ``room`` tokens, in the order of the script. Tokens are estimated."""
    told = []
    for each in found:
        lore = overheard_lore(persona, each.passage.lines)
        cost = estimate_tokens(lore.text) + _WRAPPING_TOKENS
        if cost > room:
            continue
        room -= cost
        lines = render(each.passage, persona.language)
        told.append(ShownOverheard(each.number, each.score, each.passage.reason, lines, lore))
    return sorted(told, key=lambda each: each.number)


def render(heard: OverheardPassage, language: Language) -> list[str]:
    """The lines as a reader sees them: ``speaker: text``."""
    colon = "：" if language == "zh" else ": "
    return [f"{speaker}{colon}{said}" for speaker, said in heard.lines]
