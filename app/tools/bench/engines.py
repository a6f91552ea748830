"""The engines a run can have: how the service is told of one, and how the load asks it directly.

Service and load each get an engine in the same state. The scripted and the embedded one are
started twice, of which one idles; a server by URL is one, whose prompt cache the load divides with
a salt of its own, for it asks what the service has asked before.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

from app.engines.catalogue import UnknownModelError, resolve
from app.engines.embedded import EmbeddedEngine
from app.engines.factory import create_embedded
from app.engines.port import EngineError
from app.settings import Settings
from app.tools.bench.engine_client import EngineEndpoint
from app.tools.bench.errors import BenchError
from app.tools.bench.processes import Server, serving

Environment = Mapping[str, str]


class EngineUnderTest(Protocol):
    """Both context managers may be open at once, and raise :class:`BenchError`."""

    def for_service(self) -> AbstractAsyncContextManager[Environment]:
        """An engine, as variables that tell the service of it."""
        ...

    def for_load(self) -> AbstractAsyncContextManager[EngineEndpoint]:
        """An engine that the load asks by itself."""
        ...


class ScriptedServer:
    """The scripted engine in a process of its own: what is left to measure is the service."""

    def __init__(self, folder: Path, *, tokens_per_second: float, reply_tokens: int) -> None:
        self._log = folder / "engine.log"
        self._arguments = [
            f"--tokens-per-second={tokens_per_second}",
            f"--reply-tokens={reply_tokens}",
        ]

    @asynccontextmanager
    async def for_service(self) -> AsyncIterator[Environment]:
        async with self._serving() as server:
            yield {"OFFBOOK_ENGINE__KIND": "openai", "OFFBOOK_ENGINE__BASE_URL": server.base_url}

    @asynccontextmanager
    async def for_load(self) -> AsyncIterator[EngineEndpoint]:
        async with self._serving() as server:
            yield EngineEndpoint(server.base_url)

    def _serving(self) -> AbstractAsyncContextManager[Server]:
        module = "app.engines.scripted_server"
        return serving(module, self._arguments, ready="/health", log=self._log)


class EmbeddedServer:
    """llama.cpp with the model that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @asynccontextmanager
    async def for_service(self) -> AsyncIterator[Environment]:
        yield {"OFFBOOK_ENGINE__KIND": "embedded"}

    @asynccontextmanager
    async def for_load(self) -> AsyncIterator[EngineEndpoint]:
        engine = await asyncio.to_thread(self._create)
        try:
            await engine.start()
        except EngineError as error:
            raise BenchError(str(error)) from error
        try:
            yield EngineEndpoint(engine.address, "llamacpp", api_key=engine.api_key)
        finally:
            await engine.aclose()

    def _create(self) -> EmbeddedEngine:
        try:
            resolved = resolve(self._settings)
        except UnknownModelError as error:
            raise BenchError(str(error)) from error
        if not resolved.present:
            raise BenchError(f"The model is not here yet: offbook model pull {resolved.name}")
        return create_embedded(self._settings, resolved)


class ServerByUrl:
    """vLLM, or another server that is up already."""

    def __init__(self, settings: Settings) -> None:
        """Raises :class:`BenchError` where the settings name no address."""
        if not settings.engine.base_urls:
            raise BenchError("The engine openai needs OFFBOOK_ENGINE__BASE_URL.")
        key = settings.engine.api_key
        self._endpoint = EngineEndpoint(
            settings.engine.base_urls[0],
            model=settings.engine.model,
            api_key=key.get_secret_value() if key else None,
            cache_salt="offbook-bench",
        )

    @asynccontextmanager
    async def for_service(self) -> AsyncIterator[Environment]:
        yield {"OFFBOOK_ENGINE__KIND": "openai"}

    @asynccontextmanager
    async def for_load(self) -> AsyncIterator[EngineEndpoint]:
        yield self._endpoint
