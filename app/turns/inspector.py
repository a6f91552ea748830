"""Inspect retrieval: what a turn would find and show, and why not the rest."""

from collections.abc import Iterator

from app.catalog.schemas import (
    DropReason,
    InspectedExample,
    InspectedOverheard,
    InspectedSceneMemory,
    Inspection,
)
from app.db.models import Character
from app.engines.port import EngineError
from app.search.retriever import RankedReplies, SceneHits
from app.settings import RetrievalMode
from app.turns.card_texts import expand_lines
from app.turns.dialogue_context import DialogueContext
from app.turns.left_out import example_reasons, packed_reasons
from app.turns.overheard import render
from app.turns.packing import block_id
from app.turns.prepared_prompt import PreparedPrompt, PromptMaterial
from app.turns.prompt_builder import PromptBuilder
from characters.macros import MacroValues
from characters.prompting.exchanges import last_exchange_start
from characters.prompting.packing import Candidate

_LISTED = 60
"""Most replies listed: all that are shown, and enough others to see why they are not."""


async def inspect(
    prompt_builder: PromptBuilder, character: Character, dialogue: DialogueContext
) -> Inspection:
    """Return what the next turn of ``dialogue`` would retrieve and show.

    Raises what retrieving for a turn raises; while no engine answers, what would fit is unknown.
    """
    material = await prompt_builder.find(character, dialogue)
    found = material.lines
    values = dialogue.macros(character) if character.card else None
    try:
        prepared = await prompt_builder.prepare(character, dialogue, material)
    except EngineError:
        prepared = None
    overheard: list[InspectedOverheard] = []
    if isinstance(found, RankedReplies):
        mode: RetrievalMode = found.mode
        items = list(_listed_replies(found, prepared, dialogue, values))
        overheard = list(_listed_overheard(found, prepared, dialogue))
    else:
        mode, items = "reference", list(_listed_examples(found, prepared, dialogue, values))
    return Inspection(
        mode=mode,
        query=prompt_builder.query(dialogue),
        embedder=prompt_builder.embedder,
        embed_ms=round(found.embed_ms, 3),
        search_ms=round(found.search_ms, 3),
        budget_checked=prepared is not None,
        items=items,
        witnessed=overheard,
        scene_memories=list(_listed_scene_memories(material, prepared)),
    )


def _listed_examples(
    found: SceneHits,
    prepared: PreparedPrompt | None,
    dialogue: DialogueContext,
    values: MacroValues | None,
) -> Iterator[InspectedExample]:
    reasons: list[DropReason | None] = [None] * len(found.examples)
    if prepared is not None:
        reasons = example_reasons(prepared)
    for rank, (example, reason) in enumerate(zip(found.examples, reasons, strict=True), 1):
        lines = _expanded(example.lines, values, example.id)
        cut = _cut(lines, prepared, dialogue)
        yield InspectedExample(
            rank=rank,
            id=example.id,
            score=example.score,
            lines=lines[cut:],
            cut=cut,
            scene=example.scene,
            start=None if example.scene is None else example.start + cut,
            key=example.key,
            shown=reason is None,
            reason=reason,
        )


def _listed_replies(
    ranked: RankedReplies,
    prepared: PreparedPrompt | None,
    dialogue: DialogueContext,
    values: MacroValues | None,
) -> Iterator[InspectedExample]:
    reasons = packed_reasons(prepared) if prepared else [None] * len(ranked.candidates)
    positions = {name: ranks.tolist() for name, ranks in ranked.ranking.fusion_ranks.items()}
    listed = zip(ranked.candidates[:_LISTED], reasons, strict=False)
    for rank, (candidate, decided) in enumerate(listed, 1):
        reason = decided if prepared or candidate.relevant else "threshold"
        lines = _expanded(_lines(ranked, candidate), values, block_id(candidate.exchange))
        cut = _cut(lines, prepared, dialogue)
        yield InspectedExample(
            rank=rank,
            id=block_id(candidate.exchange),
            score=candidate.score,
            relevance=float(ranked.ranking.relevance[candidate.reply]),
            ranks={name: ranks[candidate.reply] for name, ranks in positions.items()},
            lines=lines[cut:],
            cut=cut,
            scene=candidate.exchange.scene,
            start=candidate.exchange.start + cut,
            key=ranked.reply_index.cut.replies[candidate.reply].pair,
            shown=reason is None,
            reason=reason,
        )


def _expanded(lines: list[str], values: MacroValues | None, id: int) -> list[str]:
    """Return all lines of an example as prompts have them: a pick depends on those before it."""
    return lines if values is None else expand_lines(lines, values, id)


def _cut(lines: list[str], prepared: PreparedPrompt | None, dialogue: DialogueContext) -> int:
    """Return how many of an example's first lines its prompt would not contain."""
    if prepared is None or isinstance(prepared.prompt, str):
        return 0
    return last_exchange_start(lines, dialogue.persona.name) or 0


def _listed_overheard(
    ranked: RankedReplies, prepared: PreparedPrompt | None, dialogue: DialogueContext
) -> Iterator[InspectedOverheard]:
    shown = {each.number for each in prepared.overheard} if prepared else set()
    for each in ranked.overheard:
        yield InspectedOverheard(
            id=each.number,
            score=each.score,
            lines=render(each.passage, dialogue.persona.language),
            reason=each.passage.reason,
            shown=each.number in shown,
        )


def _listed_scene_memories(
    material: PromptMaterial, prepared: PreparedPrompt | None
) -> Iterator[InspectedSceneMemory]:
    shown = {each.scene for each in prepared.scene_memories} if prepared else set()
    for hit in material.scene_memories.hits:
        yield InspectedSceneMemory(
            id=hit.memory.scene,
            score=hit.score,
            lines=[hit.memory.text],
            name=hit.memory.heading,
            shown=hit.memory.scene in shown,
        )


def _lines(ranked: RankedReplies, candidate: Candidate) -> list[str]:
    scene, start, stop = candidate.exchange
    return [ranked.lines[scene, at] for at in range(start, stop)]
