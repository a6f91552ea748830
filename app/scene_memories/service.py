"""List, start, stop, edit and delete the memories of a character's scenes."""

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.service import get_character
from app.db.models import Character, SceneMemoryJob, StoredSceneMemory
from app.db.session import Database
from app.errors import InvalidError, NotFoundError
from app.scene_memories.repository import SceneMemoryJobRepository
from app.scene_memories.schemas import (
    Origin,
    Removal,
    RunStatus,
    SceneMemoriesOut,
    SceneMemoryOut,
    SceneMemoryRun,
)
from app.scene_memories.worker import SceneMemoryWorker
from app.search.known_scenes import KnownScene, KnownScenes
from app.search.repository import IndexedCharacterRepository
from app.search.scene_memory_repository import SceneMemoryRepository
from characters.language import prompt_language
from characters.scene_memories import prompt_length

_LEAST_TIMED = 3
"""Scenes written before the time of the rest is estimated."""


class SceneMemoryService:
    """Serve operators; the worker does the writing."""

    def __init__(
        self, database: Database, scenes: KnownScenes, worker: SceneMemoryWorker, *, shown: bool
    ) -> None:
        """``shown``: prompts show memories."""
        self._database = database
        self._scenes = scenes
        self._worker = worker
        self._shown = shown

    async def page(self, slug: str, *, after: UUID | None, limit: int) -> SceneMemoriesOut:
        """Return a page of the scenes that the character speaks in, with their memories.

        Raises :class:`~app.errors.InvalidError` (``invalid_cursor``) for a cursor that is none of
        these scenes, as after an upload that changed it.
        """
        async with self._database.read() as session:
            character = await get_character(session, slug)
            scenes = await self._scenes.of(session, character)
            start = 0 if after is None else 1 + _index(scenes, after)
            listed = scenes[start : start + limit]
            memories = await SceneMemoryRepository(session).by_ids(
                character.id, [scene.id for scene in listed]
            )
            return SceneMemoriesOut(
                items=[_present(scene, memories.get(scene.id)) for scene in listed],
                next_cursor=str(listed[-1].id) if len(scenes) > start + limit else None,
                run=await self._run(session, character, scenes),
            )

    async def begin(self, slug: str) -> SceneMemoryRun:
        """Start to write the missing memories, unless a run is not over yet; return the run.

        Raises :class:`~app.errors.InvalidError` (``no_scenes``) for a character without scenes.
        """
        await self._read_ahead(slug)
        async with self._database.write() as session:
            character = await get_character(session, slug)
            await IndexedCharacterRepository(session).lock(character.id)
            scenes = await self._scenes.of(session, character)
            if not scenes:
                raise InvalidError(
                    "no_scenes",
                    f"{character.name} speaks in no scene of a script: there is none to remember.",
                )
            jobs = SceneMemoryJobRepository(session)
            job = await jobs.get(character.id)
            if job is None or job.state != "active":
                known = await SceneMemoryRepository(session).origins(character.id)
                missing = [scene for scene in scenes if scene.id not in known]
                await jobs.begin(character.id, len(missing))
            run = await self._run(session, character, scenes)
        self._worker.wake()
        return run

    async def stop(self, slug: str, remove: Removal) -> SceneMemoryRun:
        """Stop writing, and delete the memories that ``remove`` names; return the run."""
        await self._read_ahead(slug)
        async with self._database.write() as session:
            character = await get_character(session, slug)
            await IndexedCharacterRepository(session).lock(character.id)
            await SceneMemoryJobRepository(session).stop(character.id)
            memories = SceneMemoryRepository(session)
            if remove != "none":
                origins = await memories.origins(character.id)
                doomed = [id for id, origin in origins.items() if remove in ("all", origin)]
                await memories.delete(character.id, doomed)
            await memories.mark_changed(character.id)
            scenes = await self._scenes.of(session, character)
            run = await self._run(session, character, scenes)
        self._worker.interrupt(character.id)
        return run

    async def edit(self, slug: str, id: UUID, text: str) -> SceneMemoryOut:
        """Store an operator's memory of a scene.

        Raises :class:`~app.errors.NotFoundError` (``scene_memory_not_found``) where the character
        speaks in no such scene.
        """
        await self._read_ahead(slug)
        async with self._database.write() as session:
            character = await get_character(session, slug)
            await IndexedCharacterRepository(session).lock(character.id)
            scenes = await self._scenes.of(session, character)
            scene = next((each for each in scenes if each.id == id), None)
            if scene is None:
                raise _not_found(character, id)
            memories = SceneMemoryRepository(session)
            memory = await memories.put(character.id, id, text)
            await memories.mark_changed(character.id)
            return _present(scene, memory)

    async def delete(self, slug: str, id: UUID) -> None:
        """Delete one memory.

        Raises :class:`~app.errors.NotFoundError` (``scene_memory_not_found``) where none exists.
        """
        async with self._database.write() as session:
            character = await get_character(session, slug)
            await IndexedCharacterRepository(session).lock(character.id)
            memories = SceneMemoryRepository(session)
            if not await memories.delete(character.id, [id]):
                raise _not_found(character, id)
            await memories.mark_changed(character.id)

    async def aclose(self) -> None:
        """Stop the worker."""
        await self._worker.aclose()

    async def _read_ahead(self, slug: str) -> None:
        """Read the scenes into the cache, so that no transaction holds a lock meanwhile."""
        async with self._database.read() as session:
            await self._scenes.of(session, await get_character(session, slug))

    async def _run(
        self, session: AsyncSession, character: Character, scenes: Sequence[KnownScene]
    ) -> SceneMemoryRun:
        job = await SceneMemoryJobRepository(session).get(character.id)
        known = await SceneMemoryRepository(session).origins(character.id)
        missing = [scene for scene in scenes if scene.id not in known]
        remembered = len(scenes) - len(missing)
        language = prompt_language(character.language)
        return SceneMemoryRun(
            status=_status(job),
            done=job.done if job else 0,
            failed=job.failed if job else 0,
            total=job.total if job else 0,
            error=job.error if job else None,
            finished_at=job.finished_at if job else None,
            scenes=len(scenes),
            remembered=remembered,
            outdated=len(known) - remembered,
            tokens_left=sum(prompt_length(scene.length, language) for scene in missing),
            seconds_left=_seconds_left(job, len(missing)),
            shown=self._shown,
        )


def _status(job: SceneMemoryJob | None) -> RunStatus:
    if job is None:
        return "never"
    if job.state != "active":
        return cast(RunStatus, job.state)
    return "running" if job.lease_until and (job.lease_left or 0) > 0 else "waiting"


def _seconds_left(job: SceneMemoryJob | None, missing: int) -> float | None:
    if job is None or job.done < _LEAST_TIMED or not job.seconds:
        return None
    if job.state == "active":
        missing = job.total - job.done
    return round(job.seconds / job.done * missing, 1)


def _index(scenes: Sequence[KnownScene], id: UUID) -> int:
    for number, scene in enumerate(scenes):
        if scene.id == id:
            return number
    raise InvalidError(
        "invalid_cursor", "The scripts have no such scene any more. List from the start."
    )


def _present(scene: KnownScene, memory: StoredSceneMemory | None) -> SceneMemoryOut:
    return SceneMemoryOut(
        id=scene.id,
        scene=scene.position,
        heading=scene.heading,
        episode=scene.episode,
        opening=scene.opening,
        text=memory.text if memory else None,
        origin=cast(Origin, memory.origin) if memory else None,
        model=memory.model if memory else None,
        updated_at=memory.updated_at if memory else None,
    )


def _not_found(character: Character, id: UUID) -> NotFoundError:
    return NotFoundError(
        "scene_memory_not_found", f"{character.name} has no memory, or no scene, with the id {id}."
    )
