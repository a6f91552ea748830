"""Put what an index job has built into use, in short transactions."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Character, StoredReplyIndex
from app.db.session import Database
from app.search.index_draft import IndexDraft
from app.search.indexing_progress import SupersededError
from app.search.jobs import Job, finish_job, is_current, postpone_job
from app.search.repository import IndexedCharacterRepository
from app.search.space_repository import SpaceRepository
from app.search.spaces import Space


class IndexPublisher:
    """Publish the results of jobs in this process's space.

    Each method raises :class:`~app.search.indexing_progress.SupersededError` where the job was
    requested anew meanwhile, and stores nothing then.
    """

    def __init__(self, database: Database, space: Space) -> None:
        self._database = database
        self._space = space

    async def publish(self, job: Job, draft: IndexDraft, *, more: bool) -> None:
        """Put examples built anew into use. Other spaces keep the examples that they have.

        With ``more``, the job continues in the background with the reply index.
        """
        async with self._database.write() as session:
            character = await self._locked(session, job)
            if more:
                await postpone_job(session, job.character_id, job.generation, self._space)
            else:
                await finish_job(session, job.character_id, job.generation)
            spaces = SpaceRepository(session, self._space)
            await spaces.keep_previous(character)
            draft.apply_to(character)
            await spaces.put_examples(character.id, self._space.embedder, draft.version)
            await spaces.replace_reply_index(character.id, draft.reply_index)
            await session.flush()
            await spaces.delete_unused_examples(character.id)

    async def publish_embedded(self, job: Job, version: UUID) -> None:
        """Put examples into use in this space that another space built. The job goes on."""
        async with self._database.write() as session:
            character = await self._locked(session, job)
            if character.index_version != version:
                raise SupersededError
            spaces = SpaceRepository(session, self._space)
            await spaces.put_examples(character.id, self._space.embedder, version)
            await spaces.delete_unused_examples(character.id)

    async def publish_reply_index(
        self, job: Job, version: UUID, reply_index: StoredReplyIndex | None
    ) -> None:
        """Put a reply index into use, built beside this version of the examples; end the job.

        None stores that the character has none.
        """
        async with self._database.write() as session:
            character = await self._locked(session, job)
            await finish_job(session, job.character_id, job.generation)
            spaces = SpaceRepository(session, self._space)
            stored = reply_index or spaces.without_replies(character.id, version)
            await spaces.replace_reply_index(character.id, stored)
            character.reply_index_version = stored.version

    async def finish(self, job: Job) -> None:
        """End a job that has nothing left to build."""
        async with self._database.write() as session:
            await self._locked(session, job)
            await finish_job(session, job.character_id, job.generation)

    async def fail(self, job: Job, reason: str) -> None:
        """Store the reason of the failure. A character that has an index keeps it.

        What was to be built for this space alone is not tried again for the same examples.
        """
        async with self._database.write() as session:
            character = await self._locked(session, job)
            await finish_job(session, job.character_id, job.generation)
            character.error = reason
            spaces = SpaceRepository(session, self._space)
            if character.index_version is None:
                character.status = "failed"
            elif job.is_named:
                await self._settle(session, character, reason)
            await spaces.delete_unused_examples(character.id)

    async def _settle(self, session: AsyncSession, character: Character, reason: str) -> None:
        version = character.index_version
        if version is None:
            return
        spaces = SpaceRepository(session, self._space)
        embedded = (await spaces.versions(character.id)).examples == version
        if embedded or character.embedder == self._space.embedder:
            await spaces.settle_reply_index(character.id, version)
        else:
            await spaces.put_examples(character.id, self._space.embedder, version, reason)

    async def _locked(self, session: AsyncSession, job: Job) -> Character:
        """Lock the character before its dependent rows, then return it."""
        await IndexedCharacterRepository(session).lock(job.character_id)
        if not await is_current(session, job):
            raise SupersededError
        return await session.get_one(Character, job.character_id)
