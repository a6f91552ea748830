"""Describe what a prompt contains, for the API and the stored reply: its sources and its outline.

The record of the whole prompt is in :mod:`app.turns.prompt_record`.
"""

from collections.abc import Iterator

from app.conversations.schemas import PromptOutline, PromptSource
from app.turns.prepared_prompt import PreparedPrompt
from app.turns.segment_tokens import tokens_of


def prompt_sources_of(prepared: PreparedPrompt) -> list[PromptSource]:
    """Return examples, best first, then what else a prompt shows, each kind in its order."""
    return [
        *_examples(prepared),
        *_lore(prepared),
        *_memories(prepared),
        *_overheard(prepared),
        *_scene_memories(prepared),
    ]


def outline_of(prepared: PreparedPrompt) -> PromptOutline:
    """Return what the prompt contains beside its sources, in numbers."""
    composition = prepared.composition
    dialogue = composition.context.dialogue
    profile = composition.profile_shown and ("opening" if composition.profile_rest else "whole")
    return PromptOutline(
        tokens=sum(tokens_of(each, composition.counts) for each in composition.segments),
        history=len(dialogue.history) - prepared.shown_from,
        left_out=dialogue.unread + prepared.shown_from,
        summarized=dialogue.covered if composition.shows_summary else 0,
        profile=profile or "none",
    )


def _examples(prepared: PreparedPrompt) -> Iterator[PromptSource]:
    positions = {id: position for position, id in enumerate(prepared.example_order)}
    for example in prepared.shown:
        yield PromptSource(
            id=example.id,
            score=round(example.score, 4),
            lines=example.lines,
            place=positions[example.id],
            scene=example.found.scene,
            start=example.start,
            cut=example.cut,
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


def _scene_memories(prepared: PreparedPrompt) -> Iterator[PromptSource]:
    for position, each in enumerate(prepared.scene_memories):
        yield PromptSource(
            id=each.scene,
            score=round(each.score, 4),
            lines=[each.text],
            place=position,
            kind="scene_memory",
            name=each.heading,
        )
