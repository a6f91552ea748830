"""A request that waits for the engine keeps no connection to the database meanwhile."""

import asyncio

import pytest

from app.engines.port import Limits
from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from tests.app.running import Json, running

pytestmark = pytest.mark.anyio

CHAT = {"model": "nobody", "messages": [{"role": "user", "content": "Is the lamp lit?"}]}
REQUESTS: dict[str, tuple[str, str, Json | None]] = {
    "the inspector": ("GET", "/api/characters/ben/examples?query=lamp", None),
    "a draft": ("POST", "/api/characters/ben/draft-profile", None),
    "the list of models": ("GET", "/v1/models", None),
    "an unknown model": ("POST", "/v1/chat/completions", CHAT),
}


@pytest.mark.parametrize("name", REQUESTS)
async def test_others_are_answered_meanwhile(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The service has one connection. While a model is exchanged, an engine answers nothing."""
    settings.database.pool_size, settings.database.pool_overflow = 1, 0
    method, path, body = REQUESTS[name]
    asked, answers = asyncio.Event(), asyncio.Event()
    known_limits, known_ready = ScriptedEngine.limits, ScriptedEngine.ready

    async def limits(engine: ScriptedEngine) -> Limits:
        asked.set()
        await answers.wait()
        return await known_limits(engine)

    async def ready(engine: ScriptedEngine) -> bool:
        asked.set()
        await answers.wait()
        return await known_ready(engine)

    async with running(settings) as stage:
        await stage.make_character()
        monkeypatch.setattr(ScriptedEngine, "limits", limits)
        monkeypatch.setattr(ScriptedEngine, "ready", ready)
        waiting = asyncio.create_task(stage.http.request(method, path, json=body))
        async with asyncio.timeout(20):
            await asked.wait()
            assert (await stage.http.get("/api/characters/ben")).status_code == 200
            answers.set()
            assert (await waiting).status_code == (404 if body else 200)
