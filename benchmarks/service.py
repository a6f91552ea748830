"""A service of one's own to measure: real parts, on a free loopback port, in this process."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from app.container import Services
from app.db.migrate import upgrade
from app.engines.port import ChatEngine, Delta, EnginePrompt, Sampling
from app.engines.scripted import ScriptedEngine
from app.main import create_app, settle_heap
from app.settings import AccessSettings, EngineSettings, Settings
from app.tools.bench.corpus import Corpus
from app.tools.bench.processes import free_port
from retrieval.embedding.port import Embedder

SLUG_POLL_SECONDS = 0.02


class ClockedEngine(ScriptedEngine):
    """A scripted engine that notes when a prompt reached it and when it said its first token."""

    def __init__(self) -> None:
        super().__init__(reply="好的，我记住了。")
        self.asked_at = 0.0
        self.spoke_at = 0.0

    async def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        self.asked_at = time.perf_counter()
        self.spoke_at = 0.0
        async for delta in super().stream(prompt, sampling, stop, affinity=affinity):
            if delta.text and not self.spoke_at:
                self.spoke_at = time.perf_counter()
            yield delta


class RequestClock:
    """Notes when the application got a request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.received_at = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.received_at = time.perf_counter()
        await self._app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class RunningService:
    client: httpx.AsyncClient
    services: Services
    clock: RequestClock

    async def upload(self, script: Corpus) -> tuple[str, float]:
        """Import a character and wait until it is ready: its slug, and the seconds it took."""
        started = time.perf_counter()
        answer = await self.client.post(
            "/api/characters/import",
            files={"file": (script.path.name, script.path.read_bytes())},
            data={"name": script.name, "profile": script.profile},
        )
        answer.raise_for_status()
        slug: str = answer.json()["character"]["slug"]
        while True:
            shown = (await self.client.get(f"/api/characters/{slug}")).json()
            if shown["progress"] is None:
                if shown["status"] != "ready":
                    raise RuntimeError(shown["error"])
                return slug, time.perf_counter() - started
            await asyncio.sleep(SLUG_POLL_SECONDS)

    async def converse(self, slug: str) -> str:
        """A new conversation's id."""
        answer = await self.client.post("/api/conversations", json={"character": slug})
        answer.raise_for_status()
        return str(answer.json()["id"])


@contextlib.asynccontextmanager
async def running(
    data_dir: Path, engine: ChatEngine | None, embedder: Embedder | None = None, **chosen: Any
) -> AsyncIterator[RunningService]:
    """A service; with the embedded engine and the bundled embedder where none is given.

    ``chosen``: further settings, by section.
    """
    kind = "embedded" if engine is None else "scripted"
    settings = Settings(
        data_dir=data_dir,
        load_samples=False,
        access=AccessSettings(),
        engine=EngineSettings(kind=kind, model="demo"),
        **chosen,
    )
    await asyncio.to_thread(upgrade, settings.database_url)
    app = create_app(settings, engine=engine, embedder=embedder)
    port = free_port()
    clock = RequestClock(app)
    server = uvicorn.Server(uvicorn.Config(clock, port=port, log_config=None, lifespan="on"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    settle_heap()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=300) as client:
        yield RunningService(client, app.state.services, clock)
    server.should_exit = True
    await serving
