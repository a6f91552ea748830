"""Query examples and vectors of characters."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.db.distinct import distinct_values
from app.db.models import (
    Character,
    Example,
    IndexJob,
    KeyVector,
    StoredSceneMemory,
    UncheckedVector,
)

_MANY = 500
"""Parameters of one IN clause: well below every database's limit."""
_UNCHECKED_AT_ONCE = 200
"""So few that looking each up is less work than reading all examples."""


class IndexedCharacterRepository:
    """Query characters for index jobs within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock(self, id: UUID) -> None:
        """Lock the character's row before its dependent rows: all writers keep this order."""
        await self._session.execute(
            select(Character.id).where(Character.id == id).with_for_update()
        )

    async def get(self, id: UUID) -> Character | None:
        statement = (
            select(Character)
            .where(Character.id == id, Character.deleted_at.is_(None))
            .options(selectinload(Character.scripts))
        )
        return await self._session.scalar(statement)


class EmbeddedExample(NamedTuple):
    """Hold an example with the vector of its passage."""

    id: int
    scene: int | None
    lines: list[str]
    key: str
    vector: bytes


class ExampleRepository:
    """Query examples and vectors of passages within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, rows: list[dict[str, object]]) -> None:
        if rows:
            await self._session.execute(insert(Example), rows)

    async def delete_of(self, character_id: UUID) -> None:
        """Delete a character's examples, of all versions."""
        await self._session.execute(delete(Example).where(Example.character_id == character_id))

    async def keys(self, character_id: UUID, version: UUID) -> Sequence[str]:
        """Return the passages of a version's examples."""
        statement = select(Example.key).where(
            Example.character_id == character_id, Example.version == version
        )
        return (await self._session.scalars(statement)).all()

    async def after(
        self, character_id: UUID, version: UUID, after: int, limit: int
    ) -> Sequence[Example]:
        """Return a version's examples with ids above ``after``, by id, without vectors."""
        statement = (
            select(Example)
            .where(
                Example.character_id == character_id,
                Example.version == version,
                Example.id > after,
            )
            .order_by(Example.id)
            .limit(limit)
        )
        return (await self._session.scalars(statement)).all()

    async def embedded_examples(
        self, character_id: UUID, version: UUID, embedder: str, *, after: int, limit: int
    ) -> Sequence[EmbeddedExample]:
        """Return a version's examples with ids above ``after``, with their vectors, by id."""
        statement = (
            select(Example.id, Example.scene, Example.lines, Example.key, KeyVector.vector)
            .join(KeyVector, KeyVector.key_hash == Example.key_hash)
            .where(
                Example.character_id == character_id,
                Example.version == version,
                KeyVector.embedder == embedder,
                Example.id > after,
            )
            .order_by(Example.id)
            .limit(limit)
        )
        return [EmbeddedExample(*row) for row in await self._session.execute(statement)]

    async def embedded(self, hashes: Sequence[bytes], embedder: str) -> set[bytes]:
        """Return the hashes that have a vector."""
        found: set[bytes] = set()
        for start in range(0, len(hashes), _MANY):
            statement = select(KeyVector.key_hash).where(
                KeyVector.embedder == embedder,
                KeyVector.key_hash.in_(hashes[start : start + _MANY]),
            )
            found.update((await self._session.scalars(statement)).all())
        return found

    async def vectors(self, hashes: Sequence[bytes], embedder: str) -> dict[bytes, bytes]:
        """Return the stored vectors of these passages by hash; missing ones are left out."""
        found: dict[bytes, bytes] = {}
        for start in range(0, len(hashes), _MANY):
            statement = select(KeyVector.key_hash, KeyVector.vector).where(
                KeyVector.embedder == embedder,
                KeyVector.key_hash.in_(hashes[start : start + _MANY]),
            )
            found.update((row[0], row[1]) for row in await self._session.execute(statement))
        return found

    async def add_vectors(self, embedder: str, vectors: Sequence[tuple[bytes, bytes]]) -> None:
        """Store (passage hash, vector) pairs; vectors stored by other jobs stay unchanged."""
        dialect = self._session.get_bind().dialect.name
        build = postgresql.insert if dialect == "postgresql" else sqlite.insert
        rows = [
            {"embedder": embedder, "key_hash": key_hash, "vector": vector}
            for key_hash, vector in sorted(vectors)
        ]
        # Sorted, so that two jobs with passages in common lock rows in one order.
        if rows:
            await self._session.execute(build(KeyVector).on_conflict_do_nothing(), rows)

    async def delete_orphaned_vectors(self) -> bool:
        """Delete some vectors that no example and no scene memory has; return whether more may be.

        They are sought among the keys noted as unchecked, the oldest first. Vectors of replies are
        among them: a reply index stores its own copy. While a job may need some, all stay.
        """
        if await self._session.scalar(select(exists(select(IndexJob)))):
            return False
        oldest = select(UncheckedVector.id, UncheckedVector.key_hash)
        noted = (
            await self._session.execute(
                oldest.order_by(UncheckedVector.id).limit(_UNCHECKED_AT_ONCE)
            )
        ).all()
        hashes = sorted({row.key_hash for row in noted})
        of_example = exists().where(Example.key_hash == KeyVector.key_hash)
        of_memory = exists().where(StoredSceneMemory.text_hash == KeyVector.key_hash)
        for embedder in await distinct_values(self._session, KeyVector.embedder):
            await self._session.execute(
                delete(KeyVector).where(
                    KeyVector.embedder == embedder,
                    KeyVector.key_hash.in_(hashes),
                    ~of_example,
                    ~of_memory,
                )
            )
        ids = [row.id for row in noted]
        await self._session.execute(delete(UncheckedVector).where(UncheckedVector.id.in_(ids)))
        return len(noted) == _UNCHECKED_AT_ONCE

    async def count(self, character_id: UUID) -> int:
        statement = select(func.count()).where(Example.character_id == character_id)
        return await self._session.scalar(statement) or 0
