"""What a prompt showed beside the dialogue, as the API tells it and as it is stored."""

from collections.abc import Iterator

from app.conversations.schemas import UsedExample
from app.turns.prepared_prompt import PreparedPrompt


def used_in(prepared: PreparedPrompt) -> list[UsedExample]:
    """Examples, best first, then lore, memories and what was heard in the order of the prompt."""
    return [
        *_examples(prepared),
        *_lore(prepared),
        *_memories(prepared),
        *_witnessed(prepared),
    ]


def _examples(prepared: PreparedPrompt) -> Iterator[UsedExample]:
    places = {id: place for place, id in enumerate(prepared.example_order)}
    for example in prepared.shown:
        yield UsedExample(
            id=example.id,
            score=round(example.score, 4),
            lines=example.lines,
            place=places[example.id],
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


def _witnessed(prepared: PreparedPrompt) -> Iterator[UsedExample]:
    for place, each in enumerate(prepared.overheard):
        yield UsedExample(
            id=each.number,
            score=round(each.score, 4),
            lines=each.lines,
            place=place,
            kind="witnessed",
            name=each.reason,
        )
