"""Processes with different embedders, or formats of reply indexes, beside each other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, event, func, select, update

from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import (
    Character,
    Example,
    IndexJob,
    IndexSpace,
    LegacyReplyIndex,
    StoredReplyIndex,
)
from app.search import outdated, space_repository, spaces, unused_spaces
from app.search.index_draft import IndexDraft
from app.search.jobs import Job, claim_job, request_index, request_parts
from app.search.publishing import IndexPublisher
from app.search.spaces import Space
from app.settings import Settings
from tests.app.embedders import WatchedEmbedder
from tests.app.running import SCRIPT, Running, as_object, running

pytestmark = pytest.mark.anyio

OLD, NEW = "watched:a", "watched:b"


@pytest.fixture
def looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process looks ten times a second for what it lacks, rather than once a minute."""
    monkeypatch.setattr(outdated, "_LOOK_SECONDS", 0.1)


@asynccontextmanager
async def both(settings: Settings) -> AsyncIterator[tuple[Running, Running, WatchedEmbedder]]:
    """A process with the old embedder that has indexed Ben, and one with the new one.

    The new one embeds nothing until its gate is opened.
    """
    new = WatchedEmbedder(NEW, 64)
    new.gate.clear()
    async with running(settings, embedder=WatchedEmbedder(OLD)) as one:
        await one.make_character()
        async with running(settings, embedder=new) as other:
            try:
                yield one, other, new
            finally:
                new.gate.set()


async def eventually(condition: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(120):
        while not await condition():  # noqa: ASYNC110 (what is waited for knows no event)
            await asyncio.sleep(0.02)


async def lines(stage: Running, query: str = "lamp") -> str:
    """What a process finds of Ben."""
    response = await stage.http.get("/api/characters/ben/examples", params={"query": query})
    assert response.status_code == 200, response.text
    return "\n".join(line for item in as_object(response)["items"] for line in item["lines"])


async def test_each_process_serves_its_own_space(settings: Settings) -> None:
    async with both(settings) as (one, other, new):
        assert as_object(await other.http.get("/api/characters/ben"))["status"] == "ready"
        by_words = as_object(await other.http.get("/api/characters/ben/examples?query=lamp"))
        assert "I keep the lamp myself" in by_words["items"][0]["lines"][-1]
        assert by_words["items"][0]["score"] == 1.0
        talk = await other.open()
        assert (await other.say(talk, "Is the lamp lit?"))["reply"]["examples"]
        assert not new.queries
        assert "lamp" in await lines(one)
        new.gate.set()
        await other.indexed("ben")
        assert sorted(new.keys) == sorted(set(new.keys))
        assert len(new.keys) == 3
        await other.say(talk, "And the lamp now?")
        assert new.queries
        found = as_object(await one.http.get("/api/characters/ben/examples?query=lamp"))
        assert (found["embedder"], len(found["items"])) == (OLD, 3)


async def test_new_lines_reach_every_space_and_the_old_ones_serve_until_then(
    settings: Settings, looking_often: None
) -> None:
    async with both(settings) as (one, other, new):
        new.gate.set()
        await other.indexed("ben")
        await one.upload(SCRIPT.replace("lighthouse", "beacon"))

        async def are_new() -> bool:
            shown = [await lines(one), await lines(other)]
            assert all(("beacon" in each) != ("lighthouse" in each) for each in shown), shown
            return all("beacon" in each for each in shown)

        await eventually(are_new)
        await one.indexed("ben")
        assert await count(one, Example) == 3  # the old ones are deleted once none serves them


async def test_a_process_that_comes_back_serves_what_it_had(settings: Settings) -> None:
    async with both(settings) as (_, other, new):
        new.gate.set()
        await other.indexed("ben")
    old = WatchedEmbedder(OLD)
    async with running(settings, embedder=old) as one:
        assert (await one.indexed("ben"))["progress"] is None
        assert "lamp" in await lines(one)
        assert not old.keys


async def test_what_cannot_be_embedded_is_not_tried_again_and_again(
    settings: Settings, looking_often: None
) -> None:
    async with running(settings, embedder=WatchedEmbedder(OLD)) as one:
        await one.make_character()
    new = WatchedEmbedder(NEW, 64)
    new.failure = RuntimeError("the weights are damp")
    async with running(settings, embedder=new) as other:
        shown = await other.indexed("ben")
        assert (shown["status"], shown["error"]) == ("ready", "RuntimeError: the weights are damp")
        assert "lamp" in await lines(other)
        new.failure = None
        await asyncio.sleep(0.3)  # several looks
        assert not new.keys
    async with running(settings, embedder=new) as other:
        await other.indexed("ben")
        assert len(new.keys) == 3


@pytest.fixture
def chosen(settings: Settings) -> Settings:
    """With reply indexes."""
    retrieval = settings.retrieval.model_copy(update={"mode": "fused"})
    return settings.model_copy(update={"retrieval": retrieval})


@contextmanager
def another_format() -> Iterator[None]:
    """What starts within is a release that stores reply indexes in another format."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spaces, "STORE_FORMAT", "next")
        yield


async def stored(stage: Running) -> dict[str, UUID | None]:
    """The versions of the reply indexes, by format."""
    async with stage.services.database.read() as session:
        rows = await session.execute(select(StoredReplyIndex.format, StoredReplyIndex.version))
        return {row[0]: row[1] for row in rows}


async def mode(stage: Running) -> str:
    found = as_object(await stage.http.get("/api/characters/ben/examples?query=lamp"))
    return str(found["mode"])


async def test_each_format_keeps_its_own_reply_index(chosen: Settings, looking_often: None) -> None:
    async with running(chosen) as one:
        assert (await one.make_character())["selection_ready"]
        [(own, version)] = (await stored(one)).items()
        with another_format():
            async with running(chosen) as other:

                async def has_both() -> bool:
                    return len(await stored(other)) == 2

                await eventually(has_both)
                await other.indexed("ben")
                assert (await stored(one))[own] == version
                assert [await mode(one), await mode(other)] == ["fused", "fused"]
                await other.upload(SCRIPT.replace("lighthouse", "beacon"))

                async def are_new() -> bool:
                    shown = [await lines(one), await lines(other)]
                    assert all(shown)
                    return all("beacon" in each for each in shown)

                await eventually(are_new)
                await one.indexed("ben")
                assert [await mode(one), await mode(other)] == ["fused", "fused"]


async def test_an_index_of_the_format_before_serves_until_its_successor(
    chosen: Settings, looking_often: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(chosen) as one:
        await one.make_character()
        [(before, version)] = (await stored(one)).items()
    with another_format():
        async with running(without_worker(chosen)) as other:
            assert await mode(other) == "reference"  # it cannot read that format
        for module in (space_repository, unused_spaces):
            monkeypatch.setattr(module, "OLDER_FORMATS", (before,))
        async with running(without_worker(chosen)) as other:
            assert await mode(other) == "fused"
            assert (await other.say(await other.open(), "Is the lamp lit?"))["reply"]["examples"]
            await discard_after_days(other)
            assert await stored(other) == {before: version}
        async with running(chosen) as other:
            # Not both: the maintenance of a start may already have discarded the one before.
            async def has_its_own() -> object:
                return (await stored(other)).keys() - {before}

            await eventually(has_its_own)
            await other.indexed("ben")
            assert await mode(other) == "fused"
            await discard_after_days(other)
            [(own, successor)] = (await stored(other)).items()
            assert (own != before, successor != version) == (True, True)


async def test_an_index_of_the_oldest_releases_serves_until_its_successor(
    chosen: Settings,
) -> None:
    async with running(chosen) as one:
        await one.make_character()
        async with one.services.database.write() as session:
            row = await session.scalar(select(StoredReplyIndex))
            assert row is not None
            session.add(
                LegacyReplyIndex(
                    character_id=row.character_id,
                    version=new_id(),
                    embedder=row.embedder,
                    weights_key=row.weights_key,
                    words=row.words,
                    features=row.features,
                    vectors=row.vectors,
                )
            )
            await session.delete(row)
    async with running(without_worker(chosen)) as other:
        assert await mode(other) == "fused"
        await discard_after_days(other)
        assert await mode(other) == "fused"
        async with other.services.database.write() as session:
            await session.execute(update(LegacyReplyIndex).values(features=b"damp"))
        other.services.retriever.forget(UUID((await other.indexed("ben"))["id"]))
        talk = await other.open()
        assert (await other.say(talk, "Is the lamp lit?"))["reply"]["examples"]
        assert await mode(other) == "reference"
        assert [await count(other, each) for each in (LegacyReplyIndex, IndexJob)] == [0, 1]


def without_worker(settings: Settings) -> Settings:
    """A web process, which builds nothing."""
    server = settings.server.model_copy(update={"role": "web"})
    return settings.model_copy(update={"server": server})


async def discard_after_days(stage: Running) -> None:
    """Maintenance, when no process of another space was seen for days."""
    space = Space.of("hashing:v1:256")
    for _ in range(2):  # the first time it notes what it did not know
        async with stage.services.database.write() as session:
            others = update(IndexSpace).where(IndexSpace.format != space.format)
            await session.execute(others.values(seen_at=utc_now() - timedelta(days=3)))
        await unused_spaces.discard_unused(stage.services.database, space)


async def test_a_reply_index_serves_until_its_successor_though_another_embedder_came_last(
    chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(chosen, embedder=WatchedEmbedder(OLD)) as one:
        await one.make_character()
    async with running(chosen, embedder=WatchedEmbedder(NEW, 64)) as other:
        await other.indexed("ben")
        await other.upload(SCRIPT.replace("lighthouse", "beacon"))
        await other.indexed("ben")
    published: list[tuple[bool, bool]] = []
    publish = IndexPublisher.publish

    async def watched(
        publisher: IndexPublisher, job: Job, draft: IndexDraft, *, more: bool
    ) -> None:
        published.append((draft.reply_index is not None, more))
        await publish(publisher, job, draft, more=more)

    async with running(chosen, embedder=WatchedEmbedder(OLD)) as one:
        await one.indexed("ben")
        monkeypatch.setattr(IndexPublisher, "publish", watched)
        await one.upload(SCRIPT.replace("lighthouse", "candle"))
        await one.indexed("ben")
        assert published == [(True, False)]
        assert await mode(one) == "fused"


async def test_a_process_claims_only_what_it_can_make(stage: Running) -> None:
    ben = UUID((await stage.make_character())["id"])
    await stage.services.indexer.aclose()
    own, another = Space(OLD, "1.1"), Space(OLD, "1.2")
    async with stage.services.database.write() as session:
        await request_parts(session, [ben], another)
        assert await claim_job(session, own, background=True) is None
        job = await claim_job(session, another, background=True)
        assert job is not None
        assert (job.character_id, job.is_named) == (ben, True)
    async with stage.services.database.write() as session:
        await request_index(session, ben)  # new lines are for any process
        job = await claim_job(session, own, background=True)
        assert job is not None
        assert (job.generation, job.is_named) == (2, False)


async def test_a_job_that_an_older_release_requested_anew_is_for_any_process(
    stage: Running,
) -> None:
    """It counts up the generation, and knows no names that it could take away."""
    ben = UUID((await stage.make_character())["id"])
    await stage.services.indexer.aclose()
    async with stage.services.database.write() as session:
        await request_parts(session, [ben], Space(OLD, "1.2"))
        (await session.get_one(IndexJob, ben)).generation += 1
        await session.flush()
        job = await claim_job(session, Space(OLD, "1.1"), background=True)
        assert job is not None
        assert not job.is_named


async def test_jobs_for_a_space_without_a_process_are_given_up(stage: Running) -> None:
    ben = UUID((await stage.make_character())["id"])
    await stage.services.indexer.aclose()
    gone, alive = Space("gone", "1"), Space("alive", "1")
    look = outdated.OutdatedIndexes(
        stage.services.database, Space.of("hashing:v1:256"), "reference", lambda: None
    )
    for space, seen in ((gone, timedelta(minutes=11)), (alive, timedelta(minutes=9))):
        async with stage.services.database.write() as session:
            session.add(IndexSpace(**space._asdict(), worked_at=utc_now() - seen))
            await request_parts(session, [ben], space)
        await look.look(first=True)
        assert await count(stage, IndexJob) == (0 if space is gone else 1)


@pytest.mark.parametrize(
    ("age", "lease", "space", "left"),
    [
        (11, None, "lacking", 0),
        (11, -1, "lacking", 0),
        (11, 45, "lacking", 0),  # it rests: its server is away
        (11, 8, "lacking", 1),  # a worker does it
        (9, None, "lacking", 1),
        (11, None, "hashing:v1:256", 1),  # which has everything, and waits for nothing
    ],
)
async def test_an_idle_job_of_another_space_does_not_block_for_ever(
    stage: Running, age: int, lease: int | None, space: str, left: int
) -> None:
    ben = UUID((await stage.make_character())["id"])
    await stage.services.indexer.aclose()
    other = Space("other", "1")
    until = None if lease is None else utc_now() + timedelta(seconds=lease)
    async with stage.services.database.write() as session:
        session.add(IndexSpace(**other._asdict(), worked_at=utc_now()))
        await request_parts(session, [ben], other)
        job = await session.get_one(IndexJob, ben)
        job.created_at, job.lease_until = utc_now() - timedelta(minutes=age), until
    look = outdated.OutdatedIndexes(
        stage.services.database, Space.of(space), "reference", lambda: None
    )
    await look.look(first=True)
    async with stage.services.database.read() as session:
        jobs = (await session.scalars(select(IndexJob.embedder))).all()
    assert jobs == (["other"] if left else ["lacking"])


async def test_one_of_several_processes_looks(stage: Running) -> None:
    await stage.make_character()
    space = Space("another", "1")
    looks = [
        outdated.OutdatedIndexes(stage.services.database, space, "reference", lambda: None)
        for _ in range(2)
    ]
    assert [await each.look() for each in looks] == [1, 0]


async def count(stage: Running, table: type) -> int:
    async with stage.services.database.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def add_characters(stage: Running, number: int) -> None:
    """Characters that another embedder indexed, with no lines to read."""
    async with stage.services.database.write() as session:
        session.add_all(
            Character(
                slug=f"character-{position}",
                name=f"Character {position}",
                aliases=[],
                tagline="",
                profile="",
                greeting="",
                language="en",
                speakers=[],
                others=[],
                sampling={},
                status="ready",
                index_version=new_id(),
                embedder=OLD,
                signature="",
            )
            for position in range(number)
        )


async def test_a_look_takes_a_part_and_a_start_reads_no_character(settings: Settings) -> None:
    async with running(settings) as stage:
        await stage.services.indexer.aclose()
        await add_characters(stage, 501)
        look = outdated.OutdatedIndexes(
            stage.services.database, Space("another", "1"), "reference", lambda: None
        )
        assert [await look.look(first=True) for _ in range(3)] == [500, 1, 0]
    read: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if "characters.slug" in statement and "characters.id = " not in statement:
            read.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        async with running(settings):
            pass
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert all("LIMIT" in statement for statement in read), read
