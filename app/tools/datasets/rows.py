"""Define the rows of a dataset, before a format is given to them."""

from dataclasses import dataclass
from typing import Literal

from app.engines.port import EnginePrompt, PromptStyle
from characters.language import Language

Kind = Literal["sft", "dpo"]
"""``sft``: prompts with answers. ``dpo``: prompts with a chosen and a rejected answer."""
Side = Literal["train", "validation"]
SIDES: tuple[Side, ...] = ("train", "validation")

Source = Literal["scripts", "edits", "choices", "good", "model", "instruction"]
MEANINGS: dict[Source, str] = {
    "scripts": "the character's true line",
    "edits": "a reply that a person edited, over what the model had written",
    "choices": "the alternative that a person chose, over the one they did not",
    "good": "a reply that a person rated good",
    "model": "the true line, over the model's own reply",
    "instruction": "a reply that an instruction shaped, over one without it",
}
OF_KIND: dict[Kind, tuple[Source, ...]] = {
    "sft": ("scripts", "edits", "choices", "good"),
    "dpo": ("edits", "choices", "model", "instruction"),
}
"""The sources that rows of each kind can come from."""

OF_LINES: tuple[Source, ...] = ("scripts", "model", "instruction")
"""The sources whose prompts are those of a character's lines."""

Layout = PromptStyle


@dataclass(frozen=True, slots=True)
class SeedPrompt:
    """Hold Index's prompt in two; one after the other, they are the prompt byte for byte."""

    system: str
    """Instructions, retrieved lines and profile."""
    query: str
    """The dialogue, with the character's name and a colon at its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Hold one row: a prompt and what should follow it."""

    side: Side
    source: Source
    character: str
    language: Language
    scene: str
    """The scene, conversation or question that it is from: rows of one are not independent."""
    prompt: EnginePrompt
    answer: str
    rejected: str | None = None
    profile: str = ""
    seed: SeedPrompt | None = None
    """The same prompt in Index's form; None where only the other form is known."""
