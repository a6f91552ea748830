"""Record the exact prompt of a reply: its text by part, and what was left out of it."""

from collections.abc import Iterator, Sequence

from app.conversations.prompt_schemas import PartKind, PromptPart, PromptRecord, PromptRoom
from app.turns.left_out import left_out_of
from app.turns.prepared_prompt import Composition, PreparedPrompt
from app.turns.prompt_context import PromptContext
from app.turns.prompt_sources import outline_of
from app.turns.segment_tokens import tokens_of
from app.turns.sent_segments import segments_as_sent
from app.turns.shown_examples import ShownExample

MOST_CHARACTERS = 400_000
"""Characters of text in a record: a prompt of some 100,000 tokens. Of a longer one the oldest
lines, then the examples are left out, and counted."""


def record_of(prepared: PreparedPrompt) -> PromptRecord:
    """Return the record of a prompt as the engine sends it."""
    composition = prepared.composition
    left_out, counts = left_out_of(prepared)
    return PromptRecord(
        style="completion" if isinstance(prepared.prompt, str) else "chat",
        model=prepared.model,
        adapter=prepared.adapter,
        continues=bool(composition.context.dialogue.continued),
        parts=_bounded([*_parts(prepared)]),
        left_out=left_out,
        left_out_counts=counts,
        outline=outline_of(prepared),
        room=_room(prepared, composition),
        stops=prepared.stops,
    )


def _room(prepared: PreparedPrompt, composition: Composition) -> PromptRoom:
    budget = composition.budget
    return PromptRoom(
        context=composition.context_length,
        reply=prepared.sampling.max_tokens,
        prompt=budget.prompt,
        witnessed=budget.overheard,
        scene_memories=budget.scene_memories,
        memories=budget.memories,
    )


def _parts(prepared: PreparedPrompt) -> Iterator[PromptPart]:
    composition = prepared.composition
    sent = composition.as_sent(prepared.prompt)
    inserted = _inserted(composition.context)
    offered = [*composition.found.examples, *composition.found.others]
    examples = {example.id: example for example in prepared.shown}
    for segment in segments_as_sent(composition.segments, sent):
        part = PromptPart(
            kind=segment.part,
            text=segment.text,
            tokens=tokens_of(segment, composition.counts),
        )
        if not isinstance(sent, str):
            part.message = segment.message
            part.role = sent[segment.message].role
        if segment.part == "example" and segment.number is not None:
            _place(part, examples[offered[segment.number].id])
        elif segment.part == "lore" and segment.number is not None:
            part.kind, part.name, part.key = inserted[segment.number]
        yield part


def _inserted(context: PromptContext) -> list[tuple[PartKind, str, str]]:
    """Return the kind, name and key of each text beside the dialogue, as a draft numbers them."""
    return [
        *(("lore", each.name, each.key) for each in context.lore),
        *(("memory", each.conversation, "") for each in context.memories),
        *(("witnessed", each.reason, "") for each in context.overheard),
        *(("scene_memory", each.heading, "") for each in context.scene_memories),
        *(("summary", "", "") for _ in context.summary),
    ]


def _place(part: PromptPart, example: ShownExample) -> None:
    """Note the scene and the lines that the part shows."""
    part.scene, part.start = example.found.scene, example.start
    part.lines, part.cut = len(example.lines), example.cut


def _bounded(parts: Sequence[PromptPart]) -> list[PromptPart]:
    """Return the parts with at most :data:`MOST_CHARACTERS` of text, the most important ones."""
    left = MOST_CHARACTERS
    order = {"example": 2, "history": 1}
    by_need = sorted(range(len(parts)), key=lambda at: (order.get(parts[at].kind, 0), -at))
    for at in by_need:
        part = parts[at]
        part.omitted = max(0, len(part.text) - left)
        part.text = part.text[:left]
        left -= len(part.text)
    return list(parts)
