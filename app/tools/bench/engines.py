"""Provide the engines of a run, one for the service and one for the load itself.

Both are in the same state. The scripted and the embedded engine are started twice, and one of the
two idles. A server by URL is one for both; since the load repeats the service's prompts, it sends
a cache salt of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

from app.engines.catalogue import UnknownModelError
from app.engines.embedded import EmbeddedEngine
from app.engines.factory import create_embedded
from app.engines.port import EngineError
from app.engines.resolution import resolve
from app.settings import Settings
from app.tools.bench.engine_client import EngineEndpoint
from app.tools.bench.errors import BenchError
from app.tools.bench.processes import Server, serving

Environment = Mapping[str, str]


class EngineUnderTest(Protocol):
    """Provide an engine to each side of a run.

    Both context managers may be open at once, and raise :class:`BenchError`.
    """

    def for_service(self) -> AbstractAsyncContextManager[Environment]:
        """Start the service's engine and yield the environment that points the service to it."""
        ...

    def for_load(self) -> AbstractAsyncContextManager[EngineEndpoint]:
        """Start the load's engine and yield its endpoint."""
        ...


class ScriptedServer:
    """Run the scripted engine in a process of its own: only the service is left to measure."""

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
    """Run llama.cpp with the model of the settings."""

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
    """Use vLLM, or another server that is up already."""

    def __init__(self, settings: Settings) -> None:
        """Raise :class:`BenchError` where the settings name no address."""
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
