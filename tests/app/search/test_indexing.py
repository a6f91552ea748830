"""Index jobs: progress, failure, restarts, what is embedded and what is not."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from app.db.base import utc_now
from app.db.models import Example, IndexJob
from app.db.session import Database
from app.errors import UnavailableError
from app.search import indexing
from app.search.jobs import LEASE, seconds_to_next_job
from app.settings import Settings
from tests.app.embedders import WatchedEmbedder
from tests.app.running import SCRIPT, Running, as_object, code_of, running, until

pytestmark = pytest.mark.anyio


async def started(stage: Running, name: str = "Ben") -> None:
    script = await stage.upload()
    body = {"name": name, "script_ids": [script["id"]]}
    assert (await stage.http.post("/api/characters", json=body)).status_code == 202


async def vectors(stage: Running) -> int:
    count = as_object(await stage.http.get("/api/admin/stats"))["vectors"]
    assert isinstance(count, int)
    return count


async def progress_of(stage: Running, slug: str, total: int) -> tuple[str, int, int]:
    """Status, done and total once the job has counted its keys."""
    async with asyncio.timeout(10):
        while True:
            shown = as_object(await stage.http.get(f"/api/characters/{slug}"))
            progress = shown["progress"]
            assert progress is not None
            if progress["total"] == total:
                return shown["status"], progress["done"], progress["total"]
            await asyncio.sleep(0.01)


async def test_progress_counts_keys_and_a_turn_waits(settings: Settings) -> None:
    embedder = WatchedEmbedder()
    embedder.gate.clear()
    async with running(settings, embedder=embedder) as stage:
        await started(stage)
        assert await progress_of(stage, "ben", 3) == ("indexing", 0, 3)
        conversation = await stage.open("ben")
        response = await stage.send(conversation, "Hello?")
        assert code_of(response) == "409 character_indexing"
        assert response.headers["Retry-After"] == "5"
        kept = await stage.read(conversation)
        assert [m["content"] for m in kept["messages"]] == ["Hello?"]
        inspected = await stage.http.get("/api/characters/ben/examples?query=x")
        assert code_of(inspected) == "409 character_indexing"
        embedder.gate.set()
        assert (await stage.indexed("ben"))["status"] == "ready"
        assert (await stage.send(conversation, "Hello?")).status_code == 200
        assert len((await stage.read(conversation))["messages"]) == 2


async def test_a_turn_embeds_its_query_and_nothing_else(settings: Settings) -> None:
    embedder = WatchedEmbedder()
    async with running(settings, embedder=embedder) as stage:
        await stage.make_character()
        assert len(embedder.keys) == 3
        conversation = await stage.open("ben")
        await stage.say(conversation, "Is the lighthouse burning?")
        await stage.say(conversation, "And the lamp?")
        assert len(embedder.keys) == 3
        assert embedder.queries[0] == "user0:Is the lighthouse burning?"
        assert len(embedder.queries) == 2


async def test_keys_two_characters_share_are_embedded_once(settings: Settings) -> None:
    embedder = WatchedEmbedder()
    async with running(settings, embedder=embedder) as stage:
        await stage.make_character("Ben")
        await stage.make_character("Ben")
        assert len(embedder.keys) == 3
        assert await vectors(stage) == 3
        await stage.http.delete("/api/admin/characters/ben")
    async with running(settings, embedder=embedder) as stage:
        await stage.indexed("ben-2")
        await asyncio.sleep(0.2)
        assert await vectors(stage) == 3
        await stage.http.delete("/api/admin/characters/ben-2")
    async with running(settings, embedder=embedder) as stage:
        async with asyncio.timeout(10):
            while True:
                if not await vectors(stage):
                    break
                await asyncio.sleep(0.01)
    assert len(embedder.keys) == 3


async def test_a_failure_is_told_and_mended_by_indexing_again(settings: Settings) -> None:
    embedder = WatchedEmbedder()
    embedder.failure = RuntimeError("the weights are damp")
    async with running(settings, embedder=embedder) as stage:
        await started(stage)
        failed = await stage.indexed("ben")
        assert (failed["status"], failed["examples"]) == ("failed", 0)
        assert failed["error"] == "RuntimeError: the weights are damp"
        embedder.failure = None
        response = await stage.http.post("/api/admin/characters/ben/reindex")
        assert response.status_code == 202
        assert as_object(response)["status"] == "indexing"
        assert (await stage.indexed("ben"))["error"] is None


async def test_the_old_index_serves_until_the_swap(settings: Settings) -> None:
    embedder = WatchedEmbedder()
    async with running(settings, embedder=embedder) as stage:
        await stage.make_character()
        conversation = await stage.open("ben")
        embedder.gate.clear()
        await stage.upload(SCRIPT.replace("lighthouse", "beacon"))
        assert await progress_of(stage, "ben", 3) == ("ready", 2, 3)
        turn = await stage.say(conversation, "Is the lighthouse still burning?")
        shown = "".join(line for e in turn["reply"]["examples"] for line in e["lines"])
        assert "lighthouse" in shown
        assert "beacon" not in shown
        embedder.gate.set()
        assert (await stage.indexed("ben"))["examples"] == 3
        turn = await stage.say(conversation, "And the other lights?")
        shown = "".join(line for e in turn["reply"]["examples"] for line in e["lines"])
        assert "beacon" in shown
        assert "lighthouse" not in shown


async def test_what_was_embedded_before_a_stop_is_not_embedded_again(settings: Settings) -> None:
    lines = "\n\n".join(f"Anna: Question {n}?\nBen: The answer is {n}, as ever." for n in range(40))
    embedder = WatchedEmbedder()
    async with running(settings, embedder=embedder) as stage:
        embedder.gate.clear()
        script = await stage.upload(lines)
        body = {"name": "Ben", "script_ids": [script["id"]]}
        await stage.http.post("/api/characters", json=body)
        await progress_of(stage, "ben", 40)
        embedder.gate.set()
        await stage.indexed("ben")
        await stage.http.post("/api/admin/characters/ben/reindex")
        embedder.failure = RuntimeError("must not be asked")
        assert (await stage.indexed("ben"))["error"] is None
    assert len(embedder.keys) == 40


async def test_another_embedder_embeds_anew_and_never_mixes(settings: Settings) -> None:
    old, new = WatchedEmbedder("watched:a", 256), WatchedEmbedder("watched:b", 64)
    async with running(settings, embedder=old) as stage:
        await stage.make_character()
    new.gate.clear()
    async with running(settings, embedder=new) as stage:
        assert await progress_of(stage, "ben", 3) == ("ready", 0, 3)
        conversation = await stage.open("ben")
        # Examples are ranked by words until they have vectors.
        assert (await stage.say(conversation, "Hello?"))["reply"]["examples"]
        assert not new.queries
        new.gate.set()
        await stage.indexed("ben")
        assert (await stage.say(conversation, "Hello?"))["reply"]["examples"]
        assert new.queries
        inspected = as_object(await stage.http.get("/api/characters/ben/examples?query=lamp"))
        assert inspected["embedder"] == "watched:b"
        assert sorted(new.keys) == sorted(old.keys)
    async with running(settings, embedder=old) as stage:
        await stage.indexed("ben")
        assert len(old.keys) == 3


@pytest.mark.slow
async def test_a_job_whose_process_died_is_taken_up_again(settings: Settings) -> None:
    embedder = WatchedEmbedder()
    async with running(settings, embedder=embedder) as stage:
        ben = await stage.make_character()
    # What a killed process leaves behind: a job somebody holds, and nobody works on.
    database = Database(settings)
    async with database.write() as session:
        session.add(IndexJob(character_id=UUID(ben["id"]), lease_until=utc_now() + LEASE / 20))
    await database.aclose()
    async with running(settings, embedder=embedder) as stage:
        assert (await stage.indexed("ben"))["status"] == "ready"


async def test_a_request_in_the_middle_of_a_job_wins(settings: Settings) -> None:
    embedder = WatchedEmbedder()
    async with running(settings, embedder=embedder) as stage:
        await stage.make_character()
        embedder.gate.clear()
        await stage.upload(SCRIPT.replace("lighthouse", "beacon"))
        await progress_of(stage, "ben", 3)
        await stage.upload(SCRIPT.replace("lighthouse", "candle"))
        embedder.gate.set()
        await stage.indexed("ben")
        found = as_object(await stage.http.get("/api/characters/ben/examples?query=still burning"))
        text = "".join(line for item in found["items"] for line in item["lines"])
        assert "candle" in text
        assert "beacon" not in text
        stats = as_object(await stage.http.get("/api/admin/stats"))
        assert (stats["examples"], stats["scenes"]) == (3, 3)


async def staged(stage: Running) -> int:
    async with stage.services.database.read() as session:
        return await session.scalar(select(func.count()).select_from(Example)) or 0


async def test_a_try_without_an_embedder_leaves_no_examples(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "_AWAY_SECONDS", (0.0, 0.0))
    embedder = WatchedEmbedder()
    embedder.failure = UnavailableError("embedder_unavailable", "away")
    async with running(settings, embedder=embedder) as stage:
        with capture_logs() as logs:
            await started(stage)

            def tries() -> int:
                return [each["event"] for each in logs].count("indexing_interrupted")

            await until(lambda: tries() > 2)
            monkeypatch.setattr(indexing, "_AWAY_SECONDS", (30.0, 60.0))
            done = tries()
            await until(lambda: tries() > done)  # one may have begun before
            await until_rested(stage)
        assert await staged(stage) == 0
        embedder.failure = None
        await stage.http.post("/api/admin/characters/ben/reindex")  # waits for nothing
        assert (await stage.indexed("ben"))["status"] == "ready"
        assert await staged(stage) == 3


async def until_rested(stage: Running) -> None:
    """Until the job is left alone for at least half a minute."""
    async with asyncio.timeout(10):
        while True:
            async with stage.services.database.read() as session:
                left = await seconds_to_next_job(session)
            if left is not None and 20 < left <= 60:
                return
            await asyncio.sleep(0.01)
