"""Write all memories of one job, one scene after the other, when no turn wants the engine."""

import asyncio
import random
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from app.catalog.macros import macros_of
from app.db.models import Character, StoredScene
from app.db.scenes import SceneRepository
from app.db.session import Database
from app.engines.port import (
    ContextTooLongError,
    EngineError,
    EngineOverloadedError,
    EngineTimeoutError,
    EngineUnavailableError,
)
from app.scene_memories.repository import MemoryRun, SceneMemoryJobRepository
from app.scene_memories.writing import SceneToRemember, WrittenMemory, write_memory
from app.search.jobs import is_any_job
from app.search.known_scenes import KnownScene, KnownScenes
from app.search.passage_embedding import PassageEmbedder, hash_key
from app.search.repository import ExampleRepository, IndexedCharacterRepository
from app.search.scene_memory_repository import SceneMemoryRepository
from app.turns.writer import EngineWriter
from characters.language import prompt_language
from characters.macros import expand
from characters.prompting import PromptTooLongError

log = structlog.get_logger(__name__)

_SLOT_SECONDS = 0.5
"""Pause before the engine is asked for a free slot again."""
_INDEXING_SECONDS = 2.0
"""Pause while characters are indexed."""
_LONGEST_PAUSE = 60.0
"""Longest pause while the engine is away; the first is half a second, and each twice the last."""
_MANY_FAILURES = 10
"""Errors of the engine in a row, without any memory, after which a job fails."""
_PUBLISHED_AFTER = 25
"""Memories after which turns use them; each time they load the character's memories again."""
_OWNER = "scene memories"
"""Whose slots these are among the turns."""


class SupersededError(Exception):
    """The job was stopped or requested anew, or its character was deleted."""


@dataclass(slots=True)
class _Progress:
    done: int = 0
    failed: int = 0
    seconds: float = 0.0
    unpublished: int = 0
    errors: int = 0
    """Errors of the engine in a row."""


@dataclass(frozen=True, slots=True)
class _Plan:
    character: Character
    scenes: Sequence[KnownScene]
    missing: Sequence[KnownScene]

    @property
    def revisions(self) -> list[UUID]:
        return [script.revision for script in self.character.scripts]

    def fits(self, character: Character) -> bool:
        """Return whether the character still speaks in the same scenes."""
        revisions = [script.revision for script in character.scripts]
        return (revisions, character.speakers) == (self.revisions, self.character.speakers)


class SceneMemoryJobs:
    """Write the memories of jobs that were claimed."""

    def __init__(
        self,
        database: Database,
        writer: EngineWriter,
        keys: PassageEmbedder,
        scenes: KnownScenes,
        embedder: str,
    ) -> None:
        """Store vectors under ``embedder``, the name of their space."""
        self._database = database
        self._writer = writer
        self._keys = keys
        self._scenes = scenes
        self._embedder = embedder

    async def write_all(self, run: MemoryRun) -> None:
        """Write every missing memory, once more where the scripts change meanwhile; end the job.

        Raises :class:`SupersededError`, the database's errors, and the engine's where it keeps
        refusing.
        """
        progress, tried = _Progress(), set[UUID]()
        while True:
            plan = await self._plan(run, progress, tried)
            for scene in plan.missing:
                if not await self._write_one(run, plan, scene, progress):
                    break  # the script was uploaded again
                tried.add(scene.id)
            else:
                if await self._finish(run, plan):
                    return

    async def _plan(self, run: MemoryRun, progress: _Progress, tried: Collection[UUID]) -> _Plan:
        """Return the scenes to write; scenes of an earlier process count as done."""
        async with self._database.read() as session:
            job = await SceneMemoryJobRepository(session).get(run.character_id)
            character = await IndexedCharacterRepository(session).get(run.character_id)
            if job is None or character is None:
                raise SupersededError
            scenes = await self._scenes.of(session, character)
            known = {id for id, _ in await SceneMemoryRepository(session).of(run.character_id)}
        missing = [each for each in scenes if each.id not in known and each.id not in tried]
        progress.done = max(progress.done, job.total - len(missing))
        total = progress.done + len(missing)
        progress.seconds = max(progress.seconds, job.seconds)
        progress.failed = min(progress.failed, progress.done)
        async with self._database.write() as session:
            kept = await SceneMemoryJobRepository(session).keep(
                run, total=total, done=progress.done, failed=progress.failed
            )
        if not kept:
            raise SupersededError
        return _Plan(character, scenes, missing)

    async def _write_one(
        self, run: MemoryRun, plan: _Plan, scene: KnownScene, progress: _Progress
    ) -> bool:
        """Write one memory and store it; False where the scene is gone."""
        async with self._database.read() as session:
            stored = await SceneRepository(session).page(scene.revision, scene.number - 1, 1)
        if not stored or stored[0].number != scene.number:
            return False
        written, seconds = await self._ask(
            _to_remember(plan.character, stored[0]), progress, run.character_id
        )
        progress.failed += written is None
        progress.done += 1
        progress.seconds += seconds
        await self._store(run, scene, written, progress)
        return True

    async def _ask(
        self, scene: SceneToRemember, progress: _Progress, character: UUID
    ) -> tuple[WrittenMemory | None, float]:
        """Return what the engine wrote, and how long it took; None where it wrote nothing usable.

        While a turn has the engine, or it is away, or a script is indexed, this waits.
        """
        pause, timeouts = _SLOT_SECONDS, 0
        while True:
            answers: list[tuple[WrittenMemory, float]] = []

            async def write() -> None:
                began = time.monotonic()
                written = await write_memory(self._writer, scene)
                answers.append((written, time.monotonic() - began))  # noqa: B023 (awaited below)

            try:
                if await self._is_indexing():
                    pause = _INDEXING_SECONDS
                elif await self._writer.run_if_idle(_OWNER, write, character):
                    progress.errors = 0
                    written, seconds = answers[0]
                    return (None if written.text is None else written), seconds
                else:
                    pause = _SLOT_SECONDS
            except (EngineUnavailableError, EngineOverloadedError):
                pause = min(_LONGEST_PAUSE, 2 * pause)
            except EngineTimeoutError:
                timeouts += 1
                if timeouts > 1:
                    return None, 0.0
            except (PromptTooLongError, ContextTooLongError):
                return None, 0.0
            except EngineError:
                progress.errors += 1
                if progress.errors >= _MANY_FAILURES:
                    raise
                return None, 0.0
            await asyncio.sleep(pause)

    async def _is_indexing(self) -> bool:
        """Return whether any character is being indexed, which an engine at work would delay."""
        async with self._database.read() as session:
            return await is_any_job(session)

    async def _store(
        self,
        run: MemoryRun,
        scene: KnownScene,
        written: WrittenMemory | None,
        progress: _Progress,
    ) -> None:
        """Store a memory with its vector, and the progress, in one transaction."""
        text = written.text if written else None
        vectors = [] if text is None else await self._keys.embed_texts([text])
        async with self._database.write() as session:
            await IndexedCharacterRepository(session).lock(run.character_id)
            kept = await SceneMemoryJobRepository(session).keep(
                run, done=progress.done, failed=progress.failed, seconds=progress.seconds
            )
            if not kept:
                raise SupersededError
            if written is None or text is None:
                return
            memories = SceneMemoryRepository(session)
            await memories.add_written(run.character_id, scene.id, text, written.model)
            await ExampleRepository(session).add_vectors(
                self._embedder, [(hash_key(text), vectors[0])]
            )
            progress.unpublished += 1
            if progress.unpublished >= _PUBLISHED_AFTER:
                await memories.mark_changed(run.character_id)
                progress.unpublished = 0

    async def _finish(self, run: MemoryRun, plan: _Plan) -> bool:
        """End the job, and delete what the engine wrote about scenes that are gone.

        Returns False, and changes nothing, where the scripts have changed since the plan.
        """
        async with self._database.write() as session:
            await IndexedCharacterRepository(session).lock(run.character_id)
            character = await IndexedCharacterRepository(session).get(run.character_id)
            if character is None:
                raise SupersededError
            if not plan.fits(character):
                return False
            if not await SceneMemoryJobRepository(session).finish(run):
                raise SupersededError
            memories = SceneMemoryRepository(session)
            current = {scene.id for scene in plan.scenes}
            origins = await memories.origins(run.character_id)
            outdated = [
                id for id, origin in origins.items() if id not in current and origin == "written"
            ]
            await memories.delete(run.character_id, outdated)
            await memories.mark_changed(run.character_id)
        log.info("scene_memories_written", character=plan.character.slug)
        return True


def _to_remember(character: Character, stored: StoredScene) -> SceneToRemember:
    """Return the scene; a card's macros are expanded but for the user's name, known at a turn."""
    values, chance = macros_of(character, "{{user}}", ""), random.Random(0)  # noqa: S311 (a game's)
    return SceneToRemember(
        name=character.name,
        language=prompt_language(character.language),
        speakers=character.speakers,
        lines=[
            (line[0], expand(line[1], values, chance) if character.card else line[1])
            for line in stored.lines
        ],
    )
