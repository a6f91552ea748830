"""Activate lorebook entries for a dialogue."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from cachetools import LRUCache

from app.db.session import Database
from app.engines.tokens import estimate_tokens
from app.lorebooks.repository import LorebookRepository
from characters.errors import CardError
from characters.json_values import JsonObject
from characters.lorebooks.activation import ActiveEntry, LoreDialogue, activate
from characters.lorebooks.model import Lorebook
from characters.lorebooks.reader import read_book
from characters.prompting import Lore

_CACHED_BOOKS = 64
_ALWAYS = ("constant", "forced")


@dataclass(frozen=True, slots=True)
class ActiveLore:
    """Hold an entry that enters the prompt, and the key that activated it."""

    number: int
    """Its position in its book, from 0."""
    name: str
    key: str
    """The key that was found; empty for an entry that is always active."""
    lore: Lore

    @property
    def text(self) -> str:
        """Return the entry's text."""
        return self.lore.text


@dataclass(frozen=True, slots=True)
class LoreSelection:
    """Hold the active entries that fit the room for lore, and the active ones left out."""

    active: list[ActiveLore]
    """In the order of the prompt."""
    left_out: list[ActiveLore]


class LoreFinder:
    """Read characters' lorebooks, and cache the last used in memory, parsed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._books = LRUCache[UUID, Lorebook](_CACHED_BOOKS)

    def forget(self) -> None:
        """Forget all books; they are read again."""
        self._books.clear()

    async def books(self, character_id: UUID) -> list[Lorebook]:
        """Return the enabled books of the character, in their order."""
        async with self._database.read() as session:
            repository = LorebookRepository(session)
            ids = await repository.enabled(character_id)
            known = {id: self._books[id] for id in ids if id in self._books}
            missing = [id for id in ids if id not in known]
            sources = await repository.sources(missing) if missing else {}
        if not ids:
            return []
        known |= await asyncio.to_thread(_read_all, sources)
        self._books.update(known)
        # A missing book was deleted between the two queries.
        return [known[id] for id in ids if id in known]


def _read_all(sources: Mapping[UUID, JsonObject]) -> dict[UUID, Lorebook]:
    return {id: _read(source) for id, source in sources.items()}


def _read(source: JsonObject) -> Lorebook:
    try:
        return read_book(source)
    except CardError:
        # A card's book is stored even where it is malformed; it has no entries to activate.
        return Lorebook(())


async def activate_all(
    books: Sequence[Lorebook], dialogue: LoreDialogue, budget: int
) -> LoreSelection:
    """Return the active entries, those within ``budget`` tokens in the order of the prompt.

    Macros are not expanded yet. Tokens are estimated upwards: an engine would have to count every
    entry of every book.
    """
    if not books:
        return LoreSelection([], [])
    return await asyncio.to_thread(_activate, books, dialogue, budget)


def _activate(books: Sequence[Lorebook], dialogue: LoreDialogue, budget: int) -> LoreSelection:
    found: list[ActiveEntry] = []
    dropped: list[ActiveEntry] = []
    for book in books:
        activation = activate(book, dialogue, estimate_tokens, budget)
        budget -= sum(each.tokens for each in activation.entries)
        found += activation.entries
        dropped += activation.dropped
    found.sort(key=lambda each: each.entry.order)
    return LoreSelection([*map(_found, found)], [*map(_found, dropped)])


def _found(active: ActiveEntry) -> ActiveLore:
    entry = active.entry
    importance = entry.order if entry.priority is None else entry.priority
    lore = Lore(
        entry.content,
        entry.placement,
        lasting=active.reason in _ALWAYS,
        importance=float("-inf") if entry.dropped_first else importance,
    )
    return ActiveLore(active.index, entry.name, active.key, lore)
