"""Inspect retrieval: what a turn would find and show, and why not the rest."""

from collections.abc import Iterator

from app.catalog.macros import macros_of
from app.catalog.schemas import DropReason, InspectedExample, InspectedOverheard, Inspection
from app.db.models import Character
from app.engines.port import EngineError
from app.search.retriever import RankedReplies, SceneHits
from app.settings import RetrievalMode
from app.turns.card_texts import expand_lines
from app.turns.dialogue_context import DialogueContext
from app.turns.overheard import render
from app.turns.packing import block_id
from app.turns.prepared_prompt import PreparedPrompt
from app.turns.prompt_builder import PromptBuilder
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
    try:
        prepared = await prompt_builder.prepare(character, dialogue, material)
    except EngineError:
        prepared = None
    overheard: list[InspectedOverheard] = []
    if isinstance(found, RankedReplies):
        mode: RetrievalMode = found.mode
        items = list(_listed_replies(found, prepared))
        overheard = list(_listed_overheard(found, prepared, dialogue))
    else:
        mode, items = "reference", list(_listed_examples(found, prepared))
    if character.card:
        values = macros_of(character, dialogue.persona.user_name, dialogue.seed)
        items = [
            item.model_copy(update={"lines": expand_lines(item.lines, values, item.id)})
            for item in items
        ]
    return Inspection(
        mode=mode,
        query=prompt_builder.query(dialogue),
        embedder=prompt_builder.embedder,
        embed_ms=round(found.embed_ms, 3),
        search_ms=round(found.search_ms, 3),
        budget_checked=prepared is not None,
        items=items,
        witnessed=overheard,
    )


def _listed_examples(
    found: SceneHits, prepared: PreparedPrompt | None
) -> Iterator[InspectedExample]:
    reasons = _reasons(found, prepared)
    for rank, (example, reason) in enumerate(zip(found.examples, reasons, strict=True), 1):
        yield InspectedExample(
            rank=rank,
            id=example.id,
            score=example.score,
            lines=example.lines,
            key=example.key,
            shown=reason is None,
            reason=reason,
        )


def _reasons(found: SceneHits, prepared: PreparedPrompt | None) -> list[DropReason | None]:
    """Return why each example would not be shown; None where it would, or it is unknown."""
    if prepared is None:
        return [None] * len(found.examples)
    reasons: list[DropReason | None] = []
    shown = 0
    shown_ids = {example.id for example in prepared.shown}
    for example in found.examples:
        if example.id in shown_ids:
            shown += 1
            reasons.append(None)
        elif shown < len(prepared.shown):
            reasons.append("no_exchange")
        else:
            reasons.append("model_limit" if shown == prepared.most_examples else "budget")
    return reasons


def _listed_replies(
    ranked: RankedReplies, prepared: PreparedPrompt | None
) -> Iterator[InspectedExample]:
    decided = {each.reply: each.reason for each in prepared.decisions()} if prepared else {}
    positions = {name: ranks.tolist() for name, ranks in ranked.ranking.fusion_ranks.items()}
    for rank, candidate in enumerate(ranked.candidates[:_LISTED], 1):
        reason = decided.get(candidate.reply, "shown" if candidate.relevant else "threshold")
        yield InspectedExample(
            rank=rank,
            id=block_id(candidate.exchange),
            score=candidate.score,
            relevance=float(ranked.ranking.relevance[candidate.reply]),
            ranks={name: ranks[candidate.reply] for name, ranks in positions.items()},
            lines=_lines(ranked, candidate),
            key=ranked.reply_index.cut.replies[candidate.reply].pair,
            shown=reason == "shown",
            reason=None if reason == "shown" else reason,
        )


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


def _lines(ranked: RankedReplies, candidate: Candidate) -> list[str]:
    scene, start, stop = candidate.exchange
    return [ranked.lines[scene, at] for at in range(start, stop)]
