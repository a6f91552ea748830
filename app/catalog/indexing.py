"""Builds characters' indexes in the background: scenes -> examples, replies -> vectors -> swap."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError

from app.catalog.finder import ExampleFinder
from app.catalog.jobs import LEASE, claim_job, finish_job, holds_job, keep_job, request_index
from app.catalog.key_embedding import Job, KeyEmbedder, SupersededError, hash_key
from app.catalog.repository import CharacterRepository, ExampleRepository, SelectionRepository
from app.catalog.selections import SelectionWords, build_selection, embedded_texts, parts_of
from app.catalog.service import speaker_lines
from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import Character, Script, StoredSelection
from app.db.session import Database
from app.scripts.repository import ScriptRepository
from app.settings import RetrievalSettings
from characters.examples import ExampleSet, build_examples
from characters.scripts.model import Scene
from retrieval.embedding.port import Embedder
from retrieval.errors import DamagedIndexError
from retrieval.selector.recipe import Recipe

log = structlog.get_logger(__name__)

_SIDE_BY_SIDE = 4
"""Jobs that run at once, so that a long one does not keep a short one waiting."""
_OTHERS = 64
"""Other speakers a turn watches for: those most likely to be spoken for."""
_POLL_SECONDS = 2.0


@dataclass(slots=True)
class IndexDraft:
    """An index on its way to be used."""

    version: UUID
    embedder: str
    scripts: Sequence[Script]
    examples: ExampleSet
    selection: StoredSelection | None = None

    def describe(self, character: Character) -> None:
        """Point the character to this."""
        character.index_version = self.version
        character.selection_version = self.selection.version if self.selection else None
        character.embedder = self.embedder
        character.status = "ready"
        character.error = None
        character.examples = len(self.examples.examples)
        # Another upload may have changed them since the character was made.
        spoken = speaker_lines(self.scripts)
        character.lines = sum(spoken.get(name, 0) for name in character.speakers)
        others = [name for name in spoken if name not in character.speakers]
        character.others = others[:_OTHERS]
        character.dropped = {str(why): n for why, n in self.examples.count_dropped().items()}
        character.updated_at = utc_now()


class Indexer:
    """Takes up index jobs, its own process's and those of processes that died."""

    def __init__(
        self,
        database: Database,
        embedder: Embedder,
        keys: KeyEmbedder,
        finder: ExampleFinder,
        settings: RetrievalSettings,
        recipe: Recipe,
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._keys = keys
        self._finder = finder
        self._settings = settings
        self._recipe = recipe
        self._wake = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._main: asyncio.Task[None] | None = None
        self._knows_outdated = False

    async def start(self) -> None:
        """Begin to work; characters of another embedder are asked for anew first.

        A database that cannot be written to now is asked again later.
        """
        with contextlib.suppress(DBAPIError):
            await self._request_outdated()
        self._main = asyncio.create_task(self._work(), name="indexer")

    def wake(self) -> None:
        """Look for jobs now rather than at the next poll."""
        self._wake.set()

    async def aclose(self) -> None:
        """Stop. Unfinished jobs go on at the next start, with what they have embedded."""
        tasks = [task for task in (self._main, *self._running) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._keys.close()

    async def _request_outdated(self) -> None:
        async with self._database.write() as session:
            outdated = await CharacterRepository(session).of_other_embedders(
                self._embedder.model_id
            )
            for character in outdated:
                character.status = "indexing"
                await request_index(session, character.id)
        if outdated:
            log.info(
                "reindexing_for_new_embedder",
                characters=len(outdated),
                embedder=self._embedder.model_id,
            )
        self._knows_outdated = True

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            try:
                if not self._knows_outdated:
                    await self._request_outdated()
                while len(self._running) < _SIDE_BY_SIDE and (job := await self._claim()):
                    task = asyncio.create_task(self._run(job))
                    self._running.add(task)
                    task.add_done_callback(self._ended)
            except DBAPIError as error:
                log.warning("index_jobs_unreadable", error=str(error.orig))
            # Not wait_for: until Python 3.12 it can swallow the cancellation that ends this loop.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_POLL_SECONDS):
                    await self._wake.wait()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.set()

    async def _claim(self) -> Job | None:
        async with self._database.write() as session:
            claimed = await claim_job(session)
        return Job(*claimed) if claimed else None

    async def _run(self, job: Job) -> None:
        lease = asyncio.create_task(self._keep_lease(job))
        try:
            await self._build(job)
        except SupersededError:
            log.info("indexing_superseded", character=str(job.character_id))
        except DBAPIError as error:
            # The lease runs out and the job is taken up again.
            log.warning(
                "indexing_interrupted", character=str(job.character_id), error=str(error.orig)
            )
        except Exception as error:
            log.exception("indexing_failed", character=str(job.character_id))
            await self._fail(job, f"{type(error).__name__}: {error}")
        finally:
            lease.cancel()

    async def _keep_lease(self, job: Job) -> None:
        """Nobody else takes the job up, however long one of its steps takes."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            with contextlib.suppress(DBAPIError):
                async with self._database.write() as session:
                    await keep_job(session, *job)

    async def _build(self, job: Job) -> None:
        """Examples first: with them a new character can speak. The selection comes after."""
        started = time.perf_counter()
        character, scripts, scenes = await self._read(job)
        examples = await asyncio.to_thread(
            build_examples, scenes, character.speakers, character.name
        )
        if scripts and not examples.examples:
            played = ", ".join(character.speakers)
            await self._fail(
                job,
                f"None of the speakers {played} says a line in the scripts of {character.name}.",
            )
            return
        draft = IndexDraft(new_id(), self._embedder.model_id, scripts, examples)
        await self._stage(job, draft)
        await self._keys.embed(job, [example.key for example in examples.examples])
        if not self._serves(character):
            await self._publish(job, draft, done=False)
        draft.selection = await self._select(job, character, scenes)
        await self._publish(job, draft, done=True)
        log.info(
            "indexed",
            character=character.slug,
            examples=len(examples.examples),
            seconds=round(time.perf_counter() - started, 2),
        )

    def _serves(self, character: Character) -> bool:
        """Whether it has an index that stays in use until the new one is complete."""
        usable = character.embedder == self._embedder.model_id
        return usable and character.index_version is not None

    async def _read(self, job: Job) -> tuple[Character, list[Script], list[Scene]]:
        async with self._database.read() as session:
            character = await CharacterRepository(session).by_id(job.character_id)
            if character is None:
                raise SupersededError
            scripts = list(character.scripts)
            revisions = [script.revision for script in scripts]
            session.expunge_all()
            scenes = [scene async for scene in ScriptRepository(session).stream_scenes(revisions)]
        return character, scripts, scenes

    async def _stage(self, job: Job, draft: IndexDraft) -> None:
        rows = [
            {
                "character_id": job.character_id,
                "version": draft.version,
                "scene": example.scene,
                "lines": list(example.lines),
                "key": example.key,
                "key_hash": hash_key(example.key),
            }
            for example in draft.examples.examples
        ]
        for start in range(0, len(rows), 1_000):
            async with self._database.write() as session:
                await ExampleRepository(session).add(rows[start : start + 1_000])

    async def _select(
        self, job: Job, character: Character, scenes: Sequence[Scene]
    ) -> StoredSelection | None:
        """What the finer modes choose from; None where the character does without."""
        mode = character.retrieval or self._settings.mode
        if mode == "reference":
            return None
        words = await self._keys.work(SelectionWords.of, scenes, character.speakers, character.name)
        if not words.cut.replies or len(words.cut.replies) > self._settings.most_replies:
            return None
        texts = words.to_embed()
        await self._reuse(job, texts)
        await self._keys.embed(job, texts)
        vectors = await self._keys.vectors(texts)
        parts = await self._keys.work(
            build_selection, words, vectors, self._embedder.dimension, self._recipe
        )
        return StoredSelection(
            character_id=job.character_id,
            version=new_id(),
            embedder=self._embedder.model_id,
            **asdict(parts),
        )

    async def _reuse(self, job: Job, texts: Sequence[str]) -> None:
        """Bring back the vectors of the selection before, as far as its texts are still there."""
        async with self._database.read() as session:
            stored = await SelectionRepository(session).get(job.character_id)
        if stored is None or stored.embedder != self._embedder.model_id:
            return
        with contextlib.suppress(DamagedIndexError):
            known = await self._keys.work(
                embedded_texts, parts_of(stored), self._embedder.dimension
            )
            await self._keys.remember({text: known[text] for text in texts if text in known})

    async def _publish(self, job: Job, draft: IndexDraft, *, done: bool) -> None:
        """The draft becomes what is in use, the versions before it go."""
        async with self._database.write() as session:
            await CharacterRepository(session).lock(job.character_id)
            current = finish_job(session, *job) if done else holds_job(session, *job)
            if not await current:
                raise SupersededError
            character = await session.get_one(Character, job.character_id)
            draft.describe(character)
            selections = SelectionRepository(session)
            if draft.selection is None:
                await selections.delete(job.character_id)
            else:
                await selections.put(draft.selection)
            await ExampleRepository(session).delete_versions(job.character_id, keep=draft.version)
        self._finder.forget(job.character_id)

    async def _fail(self, job: Job, reason: str) -> None:
        """Say why. A character that has a usable index keeps it."""
        async with self._database.write() as session:
            await CharacterRepository(session).lock(job.character_id)
            if not await finish_job(session, *job):
                return
            character = await session.get_one(Character, job.character_id)
            character.error = reason
            if character.embedder != self._embedder.model_id:
                character.status = "failed"
            await ExampleRepository(session).delete_versions(
                job.character_id, keep=character.index_version
            )
