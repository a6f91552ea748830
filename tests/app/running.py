"""An application that runs in the test's own event loop, and how tests talk to it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import httpx
from fastapi import FastAPI

from app.container import Services
from app.engines.port import ChatEngine
from app.engines.scripted import ScriptedEngine
from app.main import create_app
from app.quotas.clock import Clock
from app.settings import Settings
from app.turns.runner import RunningTurn
from retrieval.embedding.port import Embedder
from tests.app.described import check_described

Json = dict[str, Any]

SCRIPT = """\
Anna: Good morning, Ben. Did you bring the letter that I asked for?
Ben: I brought the letter, but I have not dared to open it yet.
Anna: Then give it to me and close the door.

Clara: Is the lighthouse still burning at night?
Ben: The lighthouse burns every night, I keep the lamp myself.

Anna: What will you do when winter comes?
Ben: When winter comes I shall mend the nets and wait.
Clara: And I shall read to you.
"""
"""Three scenes. Anna speaks 3 lines, Ben 3, Clara 2; Ben has three examples."""


@dataclass(frozen=True, slots=True)
class Running:
    """A started application."""

    app: FastAPI
    http: httpx.AsyncClient
    engine: ScriptedEngine

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services

    def client(self, **headers: str) -> httpx.AsyncClient:
        """Another browser: cookies of its own."""
        return _client(self.app, headers)

    async def upload(
        self, content: str | bytes = SCRIPT, filename: str = "play.txt", **fields: str
    ) -> Json:
        """Store a script; its report."""
        response = await self.http.post(
            "/api/scripts", files={"file": (filename, _bytes(content))}, data=fields
        )
        assert response.status_code in {200, 201}, response.text
        return as_object(response)

    async def make_character(self, name: str = "Ben", **fields: object) -> Json:
        """A character of the sample script (or of ``script_ids``) that is ready."""
        ids = fields.pop("script_ids", None) or [(await self.upload())["id"]]
        response = await self.http.post(
            "/api/characters", json={"name": name, "script_ids": ids, **fields}
        )
        assert response.status_code == 202, response.text
        return await self.indexed(as_object(response)["slug"])

    async def indexed(self, slug: str) -> Json:
        """The character once nothing is left to index."""
        async with asyncio.timeout(20):
            while True:
                response = await self.http.get(f"/api/characters/{slug}")
                assert response.status_code == 200, response.text
                character = as_object(response)
                if character["status"] != "indexing" and character["progress"] is None:
                    return character
                await asyncio.sleep(0.01)

    async def open(self, slug: str = "ben", **fields: object) -> Json:
        """A new conversation."""
        response = await self.http.post("/api/conversations", json={"character": slug, **fields})
        assert response.status_code == 201, response.text
        return as_object(response)

    async def send(self, conversation: Json, content: str) -> httpx.Response:
        """One turn, not streamed."""
        return await self.http.post(
            f"/api/conversations/{conversation['id']}/messages", json={"content": content}
        )

    async def begin(self, conversation: Json, content: str) -> RunningTurn:
        """A turn of the local user under way, without a listener."""
        turn = await self.services.turns.send(UUID(conversation["id"]), "local", content)
        assert isinstance(turn, RunningTurn)
        return turn

    async def say(self, conversation: Json, content: str) -> Json:
        """One turn that must succeed."""
        response = await self.send(conversation, content)
        assert response.status_code == 200, response.text
        return as_object(response)

    async def stream(self, conversation: Json, content: str) -> list[tuple[str, Json]]:
        """One streamed turn: its events."""
        response = await self.http.post(
            f"/api/conversations/{conversation['id']}/messages",
            json={"content": content, "stream": True},
        )
        assert response.status_code == 200, response.text
        return parse_events(response.text)

    async def read(self, conversation: Json) -> Json:
        response = await self.http.get(f"/api/conversations/{conversation['id']}")
        assert response.status_code == 200, response.text
        return as_object(response)

    async def idle(self, conversation: Json) -> Json:
        """The conversation once no turn runs in it."""
        async with asyncio.timeout(10):
            while True:
                if not (shown := await self.read(conversation))["busy"]:
                    return shown
                await asyncio.sleep(0.01)


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    engine: ChatEngine | None = None,
    embedder: Embedder | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Running]:
    """Start an application and stop it at the end."""
    engine = engine or ScriptedEngine()
    app = create_app(settings, engine=engine, embedder=embedder, clock=clock)
    async with app.router.lifespan_context(app), _client(app, {}) as http:
        assert isinstance(engine, ScriptedEngine)
        yield Running(app, http, engine)


async def until(condition: Callable[[], object]) -> None:
    """Until it holds; fails when that takes long."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 (what is waited for knows no event)
            await asyncio.sleep(0.005)


def _client(app: FastAPI, headers: Mapping[str, str]) -> httpx.AsyncClient:
    async def check(response: httpx.Response) -> None:
        check_described(app, response)

    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://127.0.0.1",
        headers=headers,
        event_hooks={"response": [check]},
    )


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def as_object(response: httpx.Response) -> Json:
    """The JSON object of a body."""
    body = response.json()
    assert isinstance(body, dict)
    return body


def error_of(response: httpx.Response) -> Json:
    """The error of a body, which has nothing else in it."""
    body = as_object(response)
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"code", "message", "detail"}
    return dict(body["error"])


def code_of(response: httpx.Response) -> str:
    """Status and code of an error: ``404 character_not_found``."""
    return f"{response.status_code} {error_of(response)['code']}"


def parse_events(text: str) -> list[tuple[str, Json]]:
    """Names and data of server-sent events; every one has one line of each."""
    return [(event.name, event.data) for event in parse_stream(text)]


class ServerEvent(NamedTuple):
    """A server-sent event; one without an id has an empty one."""

    name: str
    data: Json
    id: str


def parse_stream(text: str) -> list[ServerEvent]:
    """Server-sent events with their ids; every one has at most one line of each field."""
    events = []
    for block in text.removesuffix("\n\n").split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        if lines:
            fields = dict(line.split(": ", 1) for line in lines)
            assert len(fields) == len(lines)
            events.append(
                ServerEvent(fields["event"], json.loads(fields["data"]), fields.get("id", ""))
            )
    return events


def texts(conversation: Json) -> list[str]:
    """What is said on the visible branch."""
    return [message["content"] for message in conversation["messages"]]
