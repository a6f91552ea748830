"""How well a character's examples are chosen, measured on request."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.auditions.measuring import MOST_QUESTIONS, MOST_REPLIES, sample
from app.db.base import utc_now
from app.db.models import Audition
from app.search.benchmark.corpus import BenchmarkCharacter, build_folds
from app.search.benchmark.vectors import EmbeddingCache
from app.settings import Settings
from characters.scripts.model import Line, Scene
from retrieval.embedding.hashing import HashingEmbedder
from tests.app.embedders import WatchedEmbedder
from tests.app.running import Json, Running, as_object, code_of, error_of, running

pytestmark = pytest.mark.anyio

_THINGS = ["lamp", "ferry", "anchor", "herring", "compass", "kettle"]
_QUESTIONS = ["Where is", "Who broke", "Shall we sell", "What is wrong with", "Do you want"]

SCENES = [
    f"Anna: {question} the {thing}?\nBen: {question}, {question}! The {thing}, Anna, is here"
    f"{', in its place' * 10}.\n"
    for question in _QUESTIONS
    for thing in _THINGS
]
"""Thirty, together three times 500 tokens and less than 2,000; Ben repeats what he is asked."""

URL = "/api/admin/characters/ben/audition"


@contextmanager
def held(embedder: WatchedEmbedder) -> Iterator[None]:
    """Keys wait."""
    embedder.gate.clear()
    try:
        yield
    finally:
        embedder.gate.set()


async def ben(stage: Running, name: str = "Ben", scenes: int = 12) -> Json:
    """Enough of a part to be heard, and little enough to be heard soon."""
    script = await stage.upload("\n".join(SCENES[:scenes]))
    return await stage.make_character(name, script_ids=[script["id"]])


async def begin(stage: Running, url: str = URL) -> Json:
    response = await stage.http.post(url)
    assert response.status_code == 202, response.text
    return as_object(response)


async def over(stage: Running) -> Json:
    """The audition once it does not run any more."""
    async with asyncio.timeout(20):
        while True:
            shown = as_object(await stage.http.get(URL))
            if shown["status"] != "running":
                return shown
            await asyncio.sleep(0.01)


async def waits(stage: Running) -> bool:
    """Whether no worker has begun it yet."""
    async with stage.services.database.read() as session:
        return bool(await session.scalar(select(Audition.waiting)))


@pytest.mark.one_database
async def test_an_audition_says_how_each_mode_chooses(stage: Running) -> None:
    await ben(stage, scenes=len(SCENES))
    assert as_object(await stage.http.get(URL))["status"] == "never"
    begun = await begin(stage)
    assert (begun["status"], begun["progress"], begun["result"]) == ("running", 0, None)
    done = await over(stage)
    assert (done["status"], done["progress"], done["error"]) == ("done", None, None)
    result = done["result"]
    assert (result["scenes"], result["of_scenes"], result["questions"]) == (30, 30, 30)
    assert (result["tokenizer"], result["prompt_style"]) == ("scripted", "completion")
    assert (result["short_replies"], result["query_length"]) == (0, 64)
    assert set(result["budgets"]) == {"500", "1000", "2000"}
    modes = {"reference", "fused", "selector"}
    some, _, everything = result["budgets"].values()
    assert set(some) == {*modes, "random", "static", "oracle"}
    assert some["random"]["gap_share"]["value"] == 0
    assert some["oracle"]["gap_share"]["value"] == pytest.approx(1)
    assert everything["random"]["replies"] == everything["oracle"]["replies"]
    assert set(result["known_items"]) == modes
    for found in result["known_items"].values():
        assert 0 <= found["low"] <= found["value"] <= found["high"] <= 1
    assert done["finished_at"] is not None


async def test_what_indexing_embedded_is_not_embedded_again(settings: Settings) -> None:
    retrieval = settings.retrieval.model_copy(update={"mode": "selector"})
    watched = WatchedEmbedder()
    async with running(
        settings.model_copy(update={"retrieval": retrieval}), embedder=watched
    ) as stage:
        await ben(stage)
        watched.keys.clear()
        await begin(stage)
        assert (await over(stage))["status"] == "done"
    assert watched.keys == []


async def test_while_no_engine_answers_tokens_are_estimated_and_the_result_says_so(
    stage: Running,
) -> None:
    await ben(stage)
    await stage.engine.aclose()
    await begin(stage)
    result = (await over(stage))["result"]
    assert (result["tokenizer"], result["prompt_style"]) == ("estimate", "completion")


async def test_queries_are_as_long_as_those_of_turns(settings: Settings) -> None:
    retrieval = settings.retrieval.model_copy(update={"max_query_length": 20})
    async with running(settings.model_copy(update={"retrieval": retrieval})) as stage:
        await ben(stage)
        await begin(stage)
        assert (await over(stage))["result"]["query_length"] == 20


async def test_one_runs_at_a_time_and_the_last_result_stays(settings: Settings) -> None:
    watched = WatchedEmbedder()
    async with running(settings, embedder=watched) as stage:
        await ben(stage)
        await ben(stage, "Anna")
        await begin(stage)
        before = await over(stage)
        with held(watched):
            await begin(stage)
            again = await begin(stage)
            assert again["status"] == "running"
            assert again["result"] == before["result"]
            other = await stage.http.post(URL.replace("ben", "anna"))
            assert code_of(other) == "409 audition_running"
        assert (await over(stage))["finished_at"] > before["finished_at"]
        assert (await begin(stage, URL.replace("ben", "anna")))["status"] == "running"


async def test_one_that_the_service_stopped_in_can_be_begun_again(settings: Settings) -> None:
    watched = WatchedEmbedder()
    async with running(settings, embedder=watched) as stage:
        await ben(stage)
        watched.gate.clear()
        await begin(stage)
        async with asyncio.timeout(10):
            while await waits(stage):  # noqa: ASYNC110 (the database knows no event)
                await asyncio.sleep(0.01)
    watched.gate.set()
    async with running(settings, embedder=watched) as stage:
        assert as_object(await stage.http.get(URL))["status"] == "interrupted"
        await begin(stage)
        assert (await over(stage))["status"] == "done"


async def test_a_failure_is_told(settings: Settings) -> None:
    watched = WatchedEmbedder()
    async with running(settings, embedder=watched) as stage:
        await ben(stage)
        watched.failure = RuntimeError("the model is gone")
        await begin(stage)
        failed = await over(stage)
    assert (failed["status"], failed["error"]) == ("failed", "RuntimeError: the model is gone")


async def test_who_says_too_little_cannot_be_heard(stage: Running) -> None:
    await stage.make_character()  # three lines
    refused = await stage.http.post(URL)
    assert code_of(refused) == "422 too_few_lines"
    assert error_of(refused)["detail"] == {"lines": 3, "least": 10}


def test_of_a_long_script_evenly_spaced_scenes_and_questions_are_taken() -> None:
    scenes = [
        Scene([Line("Anna", f"Number {at}?", 2 * at), Line("Ben", f"{at} is well.", 0)], 2 * at)
        for at in range(4 * MOST_REPLIES)
    ]
    subject = BenchmarkCharacter(scenes, "Ben", frozenset({"Ben"}))
    sampled = sample(subject)
    assert sampled.scenes == scenes[3::4]
    short = BenchmarkCharacter(scenes[:40], "Ben", frozenset({"Ben"}))
    assert sample(short).scenes == short.scenes
    folds = build_folds(short, EmbeddingCache(HashingEmbedder()), most_questions=8)
    asked = sorted(question.scene for fold in folds for question in fold.questions)
    assert asked == [0, 5, 10, 15, 20, 25, 30, 35]
    assert MOST_QUESTIONS < MOST_REPLIES


@pytest.mark.parametrize(("minutes", "status"), [(59, 409), (61, 202)])
async def test_one_that_no_worker_comes_to_blocks_for_an_hour(
    stage: Running, minutes: int, status: int
) -> None:
    await ben(stage)
    other = await ben(stage, "Ben")
    await stage.services.audition_worker.aclose()
    await begin(stage)
    async with stage.services.database.write() as session:
        asked = utc_now() - timedelta(minutes=minutes)
        await session.execute(update(Audition).values(lease_until=asked))
    asked_too = await stage.http.post(f"/api/admin/characters/{other['slug']}/audition")
    assert asked_too.status_code == status, asked_too.text
