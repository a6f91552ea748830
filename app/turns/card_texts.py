"""Texts of cards on their way into a prompt: their macros expanded."""

import random
from collections.abc import Sequence
from dataclasses import replace

from app.catalog.macros import expand_macros
from app.lorebooks.activation import ActiveLore
from app.search.example_index import RetrievedExample
from app.search.retriever import SceneHits
from characters.macros import MacroValues, expand


def expand_lore(found: Sequence[ActiveLore], values: MacroValues) -> list[ActiveLore]:
    """The entries with their texts as they enter the prompt; those that come to nothing go."""
    expanded = (
        replace(each, lore=replace(each.lore, text=expand_macros(each.text, values).strip()))
        for each in found
    )
    return [each for each in expanded if each.text]


def expand_lines(lines: Sequence[str], values: MacroValues, id: int) -> list[str]:
    """The lines of the example ``id`` of a card as a prompt shows them.

    Chance is the same at every turn: else an engine would find no example in its cache.
    """
    chance = random.Random(f"{values.seed}:{id}")  # noqa: S311  # a game's
    return [expand(line, values, chance) for line in lines]


def expand_examples(found: SceneHits, values: MacroValues) -> SceneHits:
    """All that was found, its lines as a prompt shows them."""

    def expanded(example: RetrievedExample) -> RetrievedExample:
        return replace(example, lines=expand_lines(example.lines, values, example.id))

    return replace(
        found,
        examples=[expanded(each) for each in found.examples],
        others=[expanded(each) for each in found.others],
    )
