"""Whose adapter a generation names: the character's in its replies, none in anything else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import update

from app.db.models import Character
from app.engines.adapters import ServedAdapter
from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from tests.app.openai_api.talking import CHAT, user
from tests.app.running import Json, Running, running
from tests.app.turns.exact_prompts import prompt_url

pytestmark = pytest.mark.anyio

MEI = "mei-1"


@asynccontextmanager
async def speaking(settings: Settings) -> AsyncIterator[tuple[Running, Json]]:
    """A service where Ben speaks with an adapter that the engine serves."""
    async with running(settings, engine=ScriptedEngine()) as stage:
        await stage.engine.serve_adapters([ServedAdapter(MEI, Path("/adapters/mei-1"), "demo")])
        ben = await stage.make_character()
        await stage.make_character("Anna")
        async with stage.services.database.write() as session:
            await session.execute(
                update(Character).where(Character.slug == ben["slug"]).values(adapter=MEI)
            )
        stage.engine.calls.clear()
        yield stage, ben


async def test_turns_are_generated_with_the_characters_adapter(settings: Settings) -> None:
    async with speaking(settings) as (stage, _):
        conversation = await stage.open()
        done = await stage.say(conversation, "Hello?")
        assert done["reply"]["content"].endswith("[mei-1]")
        path = f"/api/conversations/{conversation['id']}/messages/{done['reply']['id']}"
        again = await stage.http.post(f"{path}/regenerate", json={})
        assert again.status_code == 200, again.text
        await stage.say(await stage.open("anna"), "Hello?")
        assert [call.adapter for call in stage.engine.calls] == [MEI, MEI, None]


async def test_stateless_calls_are_generated_with_it_too(settings: Settings) -> None:
    async with speaking(settings) as (stage, _):
        for model in ("ben", "anna"):
            body = {"model": model, "messages": [user("Hello?")]}
            assert (await stage.http.post(CHAT, json=body)).status_code == 200
        assert [call.adapter for call in stage.engine.calls] == [MEI, None]


async def test_what_is_not_the_characters_voice_has_none(settings: Settings) -> None:
    async with speaking(settings) as (stage, ben):
        drafted = await stage.http.post(f"/api/characters/{ben['slug']}/draft-profile", json={})
        assert drafted.status_code == 200, drafted.text
        assert [call.adapter for call in stage.engine.calls] == [None]


async def test_an_adapter_that_is_not_served_is_said_and_the_model_answers(
    settings: Settings,
) -> None:
    async with speaking(settings) as (stage, _):
        await stage.engine.serve_adapters([])
        done = await stage.say(await stage.open(), "Hello?")
        assert "[mei-1]" not in done["reply"]["content"]
        assert [call.adapter for call in stage.engine.calls] == [None]
        metrics = (await stage.http.get("/metrics")).text
        assert "offbook_adapter_missing_total 1.0" in metrics


async def test_the_record_of_a_prompt_names_it(settings: Settings) -> None:
    async with speaking(settings) as (stage, _):
        done = await stage.say(await stage.open(), "Hello?")
        response = await stage.http.get(prompt_url(done["reply"]))
        assert response.status_code == 200, response.text
        assert response.json()["adapter"] == MEI
