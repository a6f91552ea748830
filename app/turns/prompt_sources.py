"""Describe what a prompt shows beside the dialogue, for the API and the stored reply."""

from collections.abc import Iterator

from app.conversations.schemas import PromptSource
from app.turns.prepared_prompt import PreparedPrompt


def prompt_sources_of(prepared: PreparedPrompt) -> list[PromptSource]:
    """Return examples, best first, then lore, memories and overheard passages in prompt order."""
    return [
        *_examples(prepared),
        *_lore(prepared),
        *_memories(prepared),
        *_overheard(prepared),
    ]


def _examples(prepared: PreparedPrompt) -> Iterator[PromptSource]:
    positions = {id: position for position, id in enumerate(prepared.example_order)}
    for example in prepared.shown:
        yield PromptSource(
            id=example.id,
            score=round(example.score, 4),
            lines=example.lines,
            place=positions[example.id],
        )


def _lore(prepared: PreparedPrompt) -> Iterator[PromptSource]:
    for position, each in enumerate(prepared.lore):
        yield PromptSource(
            id=each.number,
            score=0,
            lines=each.text.split("\n"),
            place=position,
            kind="lore",
            name=each.name,
            key=each.key,
        )


def _memories(prepared: PreparedPrompt) -> Iterator[PromptSource]:
    for position, each in enumerate(prepared.memories):
        yield PromptSource(
            id=each.number,
            score=round(each.score, 4),
            lines=each.lines,
            place=position,
            kind="memory",
            name=each.conversation,
        )


def _overheard(prepared: PreparedPrompt) -> Iterator[PromptSource]:
    for position, each in enumerate(prepared.overheard):
        yield PromptSource(
            id=each.number,
            score=round(each.score, 4),
            lines=each.lines,
            place=position,
            kind="witnessed",
            name=each.reason,
        )
