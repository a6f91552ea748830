"""Store and query scene memories."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import Character, StoredSceneMemory
from app.search.passage_embedding import hash_key

_MANY = 500
"""Parameters of one IN clause: well below every database's limit."""


class SceneMemoryRepository:
    """Query scene memories within one session.

    Lock the character's row (:meth:`IndexedCharacterRepository.lock`) before the first change, and
    call :meth:`mark_changed` after the last.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, character_id: UUID) -> Sequence[tuple[UUID, str]]:
        """Return (id, text) of all memories of the character, in no order."""
        statement = select(StoredSceneMemory.id, StoredSceneMemory.text).where(
            StoredSceneMemory.character_id == character_id
        )
        return [(row[0], row[1]) for row in await self._session.execute(statement)]

    async def origins(self, character_id: UUID) -> dict[UUID, str]:
        """Return the origins of all memories of the character, by id."""
        statement = select(StoredSceneMemory.id, StoredSceneMemory.origin).where(
            StoredSceneMemory.character_id == character_id
        )
        return {row[0]: row[1] for row in await self._session.execute(statement)}

    async def by_ids(
        self, character_id: UUID, ids: Sequence[UUID]
    ) -> dict[UUID, StoredSceneMemory]:
        """Return the character's memories of these scenes, by id; few enough for one query."""
        statement = select(StoredSceneMemory).where(
            StoredSceneMemory.character_id == character_id, StoredSceneMemory.id.in_(ids)
        )
        return {memory.id: memory for memory in await self._session.scalars(statement)}

    async def add_written(self, character_id: UUID, id: UUID, text: str, model: str) -> None:
        """Store what the engine wrote, unless the scene got a memory meanwhile."""
        dialect = self._session.get_bind().dialect.name
        build = postgresql.insert if dialect == "postgresql" else sqlite.insert
        now = utc_now()
        values = {
            **{"character_id": character_id, "id": id, "text": text, "text_hash": hash_key(text)},
            **{"origin": "written", "model": model[:200], "created_at": now, "updated_at": now},
        }
        await self._session.execute(
            build(StoredSceneMemory).values(values).on_conflict_do_nothing()
        )

    async def put(self, character_id: UUID, id: UUID, text: str) -> StoredSceneMemory:
        """Store an operator's text in place of the memory, if any."""
        memory = await self._session.get(StoredSceneMemory, (character_id, id))
        if memory is None:
            memory = StoredSceneMemory(character_id=character_id, id=id)
            self._session.add(memory)
        memory.text, memory.text_hash = text, hash_key(text)
        memory.origin, memory.model = "edited", None
        memory.updated_at = utc_now()
        await self._session.flush()
        return memory

    async def delete(self, character_id: UUID, ids: Collection[UUID]) -> int:
        """Delete the memories of these scenes; return how many existed."""
        ordered, deleted = list(ids), 0
        for start in range(0, len(ordered), _MANY):
            gone = await self._session.execute(
                delete(StoredSceneMemory)
                .where(
                    StoredSceneMemory.character_id == character_id,
                    StoredSceneMemory.id.in_(ordered[start : start + _MANY]),
                )
                .returning(StoredSceneMemory.id)
            )
            deleted += len(gone.all())
        return deleted

    async def mark_changed(self, character_id: UUID) -> None:
        """Let every process notice that the character's memories changed."""
        any_left = exists().where(StoredSceneMemory.character_id == character_id)
        left = await self._session.scalar(select(any_left))
        await self._session.execute(
            update(Character)
            .where(Character.id == character_id)
            .values(scene_memories_version=new_id() if left else None)
        )

    async def count(self, character_id: UUID) -> int:
        """Return the number of the character's memories."""
        statement = select(func.count()).where(StoredSceneMemory.character_id == character_id)
        return await self._session.scalar(statement) or 0
