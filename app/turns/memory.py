"""Recall older exchanges that are relevant to the user's message.

Exchanges whose lines no longer fit the prompt are embedded after the turn, a few at a time, so
that no turn waits for them, however long an imported chat is.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from app.conversations.branch_repository import BranchRepository
from app.conversations.history import BranchLine, Exchange, exchanges_of, is_known, lines_of
from app.conversations.repository import ConversationRepository
from app.db.errors import DATABASE_ERRORS, reason_of
from app.db.models import Conversation
from app.db.session import Database
from app.search.passage_embedding import PassageEmbedder
from app.search.query_embedding import QueryEmbedder
from app.turns.memory_repository import Key, MemoryRepository
from characters.prompting import Lore, Persona, memory_lore
from retrieval.blobs import from_blob
from retrieval.embedding.port import Vectors
from retrieval.ranking.hubness import salient_rows

log = structlog.get_logger(__name__)

_NEW_ONES = 16
"""Most exchanges embedded after a turn: about 1.5 seconds of a CPU."""
_BATCH = 4
_SEARCHED = 1_000
"""Most exchanges searched, the newest that the prompt does not show: 1.5 MB of vectors."""
_MOST_RECALLED = 5
_OTHER_CONVERSATIONS = 8
_OTHER_MESSAGES = 400
"""Newest messages searched in each other conversation."""


@dataclass(frozen=True, slots=True)
class ConversationPast:
    """Hold the conversation whose exchanges may be recalled."""

    conversation: Conversation
    lines: Sequence[BranchLine]
    """All lines so far, whether or not they fit a prompt."""
    character_id: UUID | None = None
    """On a stage, whose turn it is; None: the conversation's only character."""
    user_name: str = ""
    """On a stage, the names of those the character talks with; empty: the user's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecalledExchange:
    """Hold a recalled exchange, and the cosine of its text with the user's message."""

    number: int
    """Its position among the searched exchanges of its conversation, from 0."""
    conversation: str
    """The title of the other conversation that it is from; empty for the turn's own."""
    score: float
    lines: list[str]
    """Both sides, ``speaker: text``."""
    lore: Lore


@dataclass(frozen=True, slots=True)
class RecallResult:
    """Hold the relevant exchanges, best first, and exchanges without vectors, most needed first."""

    found: Sequence[RecalledExchange] = ()
    unknown: Sequence[Exchange] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    number: int
    exchange: Exchange
    title: str
    recallable: bool
    """Else the prompt shows it anyway: it only helps to measure how alike exchanges usually are."""


class Memory:
    """Recall exchanges, and embed exchanges that prompts no longer show."""

    def __init__(
        self, database: Database, queries: QueryEmbedder, passages: PassageEmbedder, embedder: str
    ) -> None:
        """Store vectors under ``embedder``, the name of their space."""
        self._database = database
        self._queries = queries
        self._passages = passages
        self._embedder = embedder
        self._keeping: dict[UUID, asyncio.Task[None]] = {}

    async def recall(self, past: ConversationPast, persona: Persona, dropped: int) -> RecallResult:
        """Return exchanges of the ``dropped`` oldest lines that are relevant to the newest one.

        Exchanges of other conversations are included where the user asked for it; never another
        user's, and none from a later point in time. Raises the errors of embedding a query.
        """
        conversation = past.conversation
        if not dropped and not conversation.remembers_others:
            return RecallResult()
        candidates = [
            *await asyncio.to_thread(_own, past, dropped),
            *(await self._others(past) if conversation.remembers_others else ()),
        ]
        hashes = [_key(each.exchange) for each in candidates]
        async with self._database.read() as session:
            vectors = await MemoryRepository(session).vectors(hashes, self._embedder)
        unknown = [
            each.exchange
            for each, key in zip(candidates, hashes, strict=True)
            if key not in vectors
        ]
        known = [
            each
            for each, key in zip(candidates, hashes, strict=True)
            if key in vectors and is_known(each.exchange.until_scene, conversation.until_scene)
        ]
        found = await self._find(past.lines[-1].text, known, vectors, persona)
        return RecallResult(found, unknown[:_NEW_ONES])

    def keep(self, exchanges: Sequence[Exchange], of: UUID) -> None:
        """Embed and store exchanges after a turn of the conversation ``of``; return at once."""
        if exchanges and of not in self._keeping:
            task = asyncio.create_task(self._keep(exchanges), name=f"memory-{of}")
            self._keeping[of] = task
            task.add_done_callback(lambda _: self._keeping.pop(of))

    async def settled(self) -> None:
        """Wait until all exchanges are stored."""
        await asyncio.gather(*self._keeping.values(), return_exceptions=True)

    async def aclose(self) -> None:
        """Stop; exchanges not stored yet are embedded after a later turn."""
        for task in self._keeping.values():
            task.cancel()
        await self.settled()

    async def _find(
        self,
        text: str,
        known: Sequence[_Candidate],
        stored: Mapping[Key, bytes],
        persona: Persona,
    ) -> list[RecalledExchange]:
        if not any(each.recallable for each in known):
            return []
        [query] = await self._queries.embed([text])
        return await asyncio.to_thread(_find_salient, query, known, stored, persona)

    async def _others(self, past: ConversationPast) -> list[_Candidate]:
        """Return exchanges of the user's other conversations with the character alone.

        Stages are left out: what was said there is known to those who witnessed it.
        """
        conversation = past.conversation
        candidates = []
        async with self._database.read() as session:
            repository = ConversationRepository(session)
            page = await repository.page(
                conversation.owner,
                character_id=past.character_id or conversation.character_id,
                after=None,
                limit=_OTHER_CONVERSATIONS + 1,
                stages=False,
            )
            others = [each for each in page if each.id != conversation.id]
            for other in others[:_OTHER_CONVERSATIONS]:
                branches = BranchRepository(session, other.id)
                lines = lines_of(await branches.newest(other.active_leaf_id, _OTHER_MESSAGES))
                exchanges = exchanges_of(lines, other.id, other.user_name)
                numbered = list(enumerate(exchanges))[::-1]
                candidates += [_Candidate(n, each, other.title, True) for n, each in numbered]
        return candidates

    async def _keep(self, exchanges: Sequence[Exchange]) -> None:
        texts = {_key(exchange): exchange.text for exchange in exchanges}
        keys = list(texts)
        vectors: list[tuple[Key, bytes]] = []
        for start in range(0, len(keys), _BATCH):
            batch = keys[start : start + _BATCH]
            embedded = await self._passages.embed_texts([texts[key] for key in batch])
            vectors += zip(batch, embedded, strict=True)
        try:
            async with self._database.write() as session:
                await MemoryRepository(session).add(self._embedder, vectors)
        except DATABASE_ERRORS as error:  # the conversation was deleted, or the database is locked
            log.info("memories_not_kept", reason=reason_of(error))


def _own(past: ConversationPast, dropped: int) -> list[_Candidate]:
    """Return the exchanges not in the prompt, newest first, then the next to leave it."""
    conversation = past.conversation
    names = conversation.id, past.user_name or conversation.user_name
    oldest = max(0, dropped - 2 * _SEARCHED)
    next_ones = past.lines[dropped : dropped + 2 * _NEW_ONES]
    fallen = list(enumerate(exchanges_of(past.lines[oldest:dropped], *names)))
    shown = list(enumerate(exchanges_of(next_ones, *names), len(fallen)))
    return [
        *(_Candidate(number, each, "", True) for number, each in fallen[::-1]),
        *(_Candidate(number, each, "", False) for number, each in shown),
    ]


def _key(exchange: Exchange) -> Key:
    text_hash = hashlib.sha256(exchange.text.encode(errors="surrogatepass")).digest()
    return exchange.conversation_id, text_hash


def _find_salient(
    query: Vectors,
    known: Sequence[_Candidate],
    stored: Mapping[Key, bytes],
    persona: Persona,
) -> list[RecalledExchange]:
    blobs = [stored[_key(each.exchange)] for each in known]
    vectors = from_blob(blobs, len(query))
    rows = [row for row in salient_rows(query, vectors) if known[row].recallable]
    return [
        _recalled(known[row], float(vectors[row] @ query), persona) for row in rows[:_MOST_RECALLED]
    ]


def _recalled(candidate: _Candidate, score: float, persona: Persona) -> RecalledExchange:
    exchange = candidate.exchange
    user, line, reply = exchange.user_name, exchange.line, exchange.reply
    colon = "：" if persona.language == "zh" else ": "
    return RecalledExchange(
        number=candidate.number,
        conversation=candidate.title,
        score=score,
        lines=[f"{user}{colon}{line}", f"{persona.name}{colon}{reply}"],
        lore=memory_lore(persona, user, line, reply),
    )
