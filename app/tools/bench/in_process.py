"""Run the service in this process, for benchmarks that time it and evaluations that talk to it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from app.container import Services
from app.db.migrate import upgrade
from app.engines.port import ChatEngine, Limits
from app.main import create_app, freeze_heap
from app.search.benchmark.errors import EvaluationError
from app.settings import AccessSettings, EngineSettings, Settings
from app.tools.bench.clocks import RequestClock
from app.tools.bench.corpus import Corpus
from app.tools.bench.processes import free_port
from retrieval.embedding.port import Embedder

Say = Callable[[str], None]
"""Takes one line about the progress of a run."""

_POLL_SECONDS = 0.1
_UPLOAD_POLL_SECONDS = 0.02
"""Shorter: the wait for an index is a figure of the report."""
_CLIENT_SECONDS = 300


class RefusedError(EvaluationError):
    """The service answered a request with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class InProcessService:
    """Hold a started service and a client of its HTTP API."""

    services: Services
    http: httpx.AsyncClient

    async def json(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """Send a request and return the JSON object of its answer.

        Raises :class:`RefusedError` where the service answers with an error.
        """
        response = await self.http.request(method, path, **body)
        content = response.json()
        if not response.is_success:
            raise RefusedError(response.status_code, str(content["error"]["message"]))
        return dict(content)

    async def until_engine_ready(self, say: Say) -> Limits:
        """Wait until the engine answers, and return its limits.

        Raises :class:`~app.search.benchmark.errors.EvaluationError` where it is unavailable.
        """
        said = ""
        while not await self.services.engine.ready():
            status = await self.services.engine.status()
            if status.state == "unavailable":
                raise EvaluationError(f"No model answers: {status.detail}")
            if status.detail != said:
                say(said := status.detail)
            await asyncio.sleep(_POLL_SECONDS)
        limits = await self.services.engine.limits()
        say(f"{limits.model} answers.")
        return limits

    async def until_indexed(self, slug: str, poll_seconds: float = _POLL_SECONDS) -> None:
        """Wait until a character's index is built.

        Raises :class:`~app.search.benchmark.errors.EvaluationError` where it cannot be.
        """
        while True:
            shown = await self.json("GET", f"/api/characters/{slug}")
            if shown["status"] == "failed":
                raise EvaluationError(f"{shown['name']} cannot be indexed: {shown['error']}")
            if shown["status"] == "ready" and shown["progress"] is None:
                return
            await asyncio.sleep(poll_seconds)

    async def upload(self, corpus: Corpus) -> tuple[str, float]:
        """Import a character and wait for its index; return its slug and the seconds taken."""
        started = time.perf_counter()
        imported = await self.json(
            "POST",
            "/api/characters/import",
            files={"file": (corpus.path.name, corpus.path.read_bytes())},
            data={"name": corpus.name, "profile": corpus.profile},
        )
        slug = str(imported["character"]["slug"])
        await self.until_indexed(slug, _UPLOAD_POLL_SECONDS)
        return slug, time.perf_counter() - started

    async def open_conversation(self, slug: str, **fields: Any) -> str:
        """Open a conversation with a character and return its id.

        ``fields`` go into the request beside the slug.
        """
        opened = await self.json("POST", "/api/conversations", json={"character": slug, **fields})
        return str(opened["id"])

    async def send(self, conversation: str, message: str) -> dict[str, Any]:
        """Send a message, wait for the whole reply and return the turn."""
        path = f"/api/conversations/{conversation}/messages"
        return await self.json("POST", path, json={"content": message})


@dataclass(frozen=True, slots=True)
class LoopbackService(InProcessService):
    """Hold a service that listens on a loopback port, with a clock at its door."""

    clock: RequestClock

    async def first_delta(self, conversation: str, message: str) -> float:
        """Send a message, and hang up and stop the turn at the first text of the streamed reply.

        Returns the reading of :func:`time.perf_counter` at that text. Raises :class:`RuntimeError`
        where the reply has none.
        """
        path, heard = f"/api/conversations/{conversation}", None
        asked = {"content": message, "stream": True}
        async with self.http.stream("POST", f"{path}/messages", json=asked) as answer:
            async for line in answer.aiter_lines():
                if line == "event: delta":
                    heard = time.perf_counter()
                if line in {"event: delta", "event: error"}:
                    break
        await self.http.delete(f"{path}/turn")
        if heard is None:
            raise RuntimeError("The turn had no delta.")
        return heard


@asynccontextmanager
async def in_process(
    settings: Settings, *, engine: ChatEngine | None = None
) -> AsyncIterator[InProcessService]:
    """Start the service that the settings describe, without a socket, until the block ends.

    ``engine`` replaces the engine of the settings. The database stays.
    """
    app = await _create(settings, engine=engine)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http,
    ):
        yield InProcessService(app.state.services, http)


@asynccontextmanager
async def on_loopback(
    data_dir: Path,
    engine: ChatEngine | None = None,
    embedder: Embedder | None = None,
    **sections: Any,
) -> AsyncIterator[LoopbackService]:
    """Start a service of the run's own behind real HTTP, on a free loopback port.

    Without ``engine`` it has the embedded engine with the demo model, without ``embedder`` the
    bundled one. ``sections`` are further settings, by section.
    """
    kind = "embedded" if engine is None else "scripted"
    settings = Settings(
        data_dir=data_dir,
        load_samples=False,
        access=AccessSettings(),
        engine=EngineSettings(kind=kind, model="demo"),
        **sections,
    )
    app = await _create(settings, engine=engine, embedder=embedder)
    port = free_port()
    clock = RequestClock(app)
    server = uvicorn.Server(uvicorn.Config(clock, port=port, log_config=None, lifespan="on"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
        await asyncio.sleep(0.01)
    freeze_heap()
    address = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=address, timeout=_CLIENT_SECONDS) as http:
            yield LoopbackService(app.state.services, http, clock)
    finally:
        server.should_exit = True
        await serving


async def _create(
    settings: Settings, *, engine: ChatEngine | None, embedder: Embedder | None = None
) -> FastAPI:
    """Return the application over a database of the newest schema."""
    await asyncio.to_thread(_migrate, settings)
    return create_app(settings, engine=engine, embedder=embedder)


def _migrate(settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    upgrade(settings.database_url)
