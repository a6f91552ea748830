"""Expand the macros of cards' texts for a prompt."""

import random
from collections.abc import Sequence
from dataclasses import replace

from app.catalog.macros import expand_macros
from app.lorebooks.activation import ActiveLore
from app.search.example_index import RetrievedExample
from app.search.retriever import SceneHits
from app.search.scene_memories import SceneMemoryHits
from characters.macros import MacroValues, expand


def expand_lore(found: Sequence[ActiveLore], values: MacroValues) -> list[ActiveLore]:
    """Return the entries with their macros expanded, without entries that come out empty."""
    expanded = (
        replace(each, lore=replace(each.lore, text=expand_macros(each.text, values).strip()))
        for each in found
    )
    return [each for each in expanded if each.text]


def expand_lines(lines: Sequence[str], values: MacroValues, id: int) -> list[str]:
    """Return the lines of a card's example ``id`` with their macros expanded.

    Random picks are the same at every turn: else an engine would find no example in its cache.
    """
    chance = random.Random(f"{values.seed}:{id}")  # noqa: S311 (not for secrets)
    return [expand(line, values, chance) for line in lines]


def expand_scene_memories(found: SceneMemoryHits, values: MacroValues) -> SceneMemoryHits:
    """Return the memories found with their macros expanded, the same at every turn."""
    hits = [
        replace(hit, memory=replace(hit.memory, text=expanded))
        for hit in found.hits
        for expanded in expand_lines([hit.memory.text], values, hit.memory.scene)
    ]
    return replace(found, hits=hits)


def expand_examples(found: SceneHits, values: MacroValues) -> SceneHits:
    """Return the examples found with their macros expanded."""

    def expanded(example: RetrievedExample) -> RetrievedExample:
        return replace(example, lines=expand_lines(example.lines, values, example.id))

    return replace(
        found,
        examples=[expanded(each) for each in found.examples],
        others=[expanded(each) for each in found.others],
    )
