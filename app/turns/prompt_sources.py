"""Describe what a prompt shows beside the dialogue, for the API and the stored reply."""

from collections.abc import Iterator

from app.conversations.schemas import UsedExample
from app.turns.prepared_prompt import PreparedPrompt


def used_in(prepared: PreparedPrompt) -> list[UsedExample]:
    """Return examples, best first, then what else a prompt shows, each kind in its order."""
    return [
        *_examples(prepared),
        *_lore(prepared),
        *_memories(prepared),
        *_overheard(prepared),
        *_scene_memories(prepared),
    ]


def _examples(prepared: PreparedPrompt) -> Iterator[UsedExample]:
    positions = {id: position for position, id in enumerate(prepared.example_order)}
    for example in prepared.shown:
        yield UsedExample(
            id=example.id,
            score=round(example.score, 4),
            lines=example.lines,
            place=positions[example.id],
        )


def _lore(prepared: PreparedPrompt) -> Iterator[UsedExample]:
    for place, each in enumerate(prepared.lore):
        yield UsedExample(
            id=each.number,
            score=0,
            lines=each.text.split("\n"),
            place=place,
            kind="lore",
            name=each.name,
            key=each.key,
        )


def _memories(prepared: PreparedPrompt) -> Iterator[UsedExample]:
    for place, each in enumerate(prepared.memories):
        yield UsedExample(
            id=each.number,
            score=round(each.score, 4),
            lines=each.lines,
            place=place,
            kind="memory",
            name=each.conversation,
        )


def _overheard(prepared: PreparedPrompt) -> Iterator[UsedExample]:
    for place, each in enumerate(prepared.overheard):
        yield UsedExample(
            id=each.number,
            score=round(each.score, 4),
            lines=each.lines,
            place=place,
            kind="witnessed",
            name=each.reason,
        )


def _scene_memories(prepared: PreparedPrompt) -> Iterator[UsedExample]:
    for place, each in enumerate(prepared.scene_memories):
        yield UsedExample(
            id=each.scene,
            score=round(each.score, 4),
            lines=[each.text],
            place=place,
            kind="scene_memory",
            name=each.heading,
        )
