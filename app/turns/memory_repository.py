"""Store and query the vectors of exchanges."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import StoredMemory

_MANY = 500
"""Most parameters of one IN clause: well below every database's limit."""

Key = tuple[UUID, bytes]
"""A conversation, and the hash of an exchange in it."""


class MemoryRepository:
    """Query memories within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def vectors(self, keys: Sequence[Key], embedder: str) -> dict[Key, bytes]:
        """Return the stored vectors of these exchanges, as blobs by key."""
        found: dict[Key, bytes] = {}
        conversations = {conversation for conversation, _ in keys}
        for start in range(0, len(keys), _MANY):
            hashes = [text_hash for _, text_hash in keys[start : start + _MANY]]
            rows = await self._session.execute(
                select(
                    StoredMemory.conversation_id, StoredMemory.text_hash, StoredMemory.vector
                ).where(
                    StoredMemory.conversation_id.in_(conversations),
                    StoredMemory.embedder == embedder,
                    StoredMemory.text_hash.in_(hashes),
                )
            )
            found |= {(row[0], row[1]): row[2] for row in rows}
        return found

    async def add(self, embedder: str, vectors: Sequence[tuple[Key, bytes]]) -> None:
        """Store vectors; a vector that another turn stored meanwhile stays."""
        dialect = self._session.get_bind().dialect.name
        build = postgresql.insert if dialect == "postgresql" else sqlite.insert
        rows = [
            {
                "conversation_id": conversation,
                "embedder": embedder,
                "text_hash": text_hash,
                "vector": vector,
            }
            for (conversation, text_hash), vector in sorted(vectors)
        ]
        if rows:
            await self._session.execute(build(StoredMemory).on_conflict_do_nothing(), rows)
