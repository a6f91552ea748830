"""Every choice of a request has a place of its own among the turns."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from tests.app.openai_api.talking import CHAT, ask, code, content, post, stream, streamed, user
from tests.app.running import Running, running, until

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]


@pytest.fixture
async def ben(settings: Settings) -> AsyncIterator[Running]:
    """Ben, where one turn runs at a time and four may wait."""
    limits = settings.limits.model_copy(update={"running_turns": 1, "waiting_turns": 4})
    narrow = settings.model_copy(update={"limits": limits})
    async with running(narrow, engine=ScriptedEngine(reply="one two", delay=0.001)) as stage:
        await stage.make_character()
        yield stage


@pytest.mark.parametrize("model", ["ben", "index-raw"])
async def test_choices_wait_for_their_places(ben: Running, model: str) -> None:
    asked = asyncio.create_task(ask(ben, model=model, n=3))
    most = 0
    while not asked.done():
        most = max(most, ben.engine.running)
        await asyncio.sleep(0)
    said = await asked
    assert [content(said, index) for index in range(3)] == ["one two"] * 3
    assert most == 1


async def test_streamed_choices_wait_for_theirs(ben: Running) -> None:
    events = await stream(ben, n=3)
    assert [streamed(events, index) for index in range(3)] == ["one two"] * 3


async def test_more_than_one_user_can_ever_have_are_refused_for_good(ben: Running) -> None:
    # One runs, and of the four places to wait in two are for others.
    response = await post(ben, CHAT, model="ben", messages=[user("Hi")], n=4)
    assert code(response) == "400 too_many_choices"


async def test_a_request_has_all_its_places_or_none(ben: Running) -> None:
    ben.engine.delay = 60
    first = asyncio.create_task(ask(ben))
    await until(lambda: ben.engine.running == 1)
    response = await post(ben, CHAT, model="ben", messages=[user("Hi")], n=3)
    assert code(response) == "429 too_many_turns"
    assert "offbook_waiting_turns 0.0" in (await ben.http.get("/metrics")).text
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)


async def test_one_that_fails_takes_the_others_along(ben: Running) -> None:
    ben.engine.fail_after = 1
    response = await post(ben, CHAT, model="ben", messages=[user("Hi")], n=3)
    assert response.status_code == 503
    assert len(ben.engine.calls) == 1
    ben.engine.fail_after = None
    assert content(await ask(ben)) == "one two"
