"""Set up a run: engines, the service, and a character to talk to."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.settings import Settings
from app.tools.bench.engine_client import EngineClient
from app.tools.bench.engines import EmbeddedServer, EngineUnderTest, ScriptedServer, ServerByUrl
from app.tools.bench.errors import BenchError
from app.tools.bench.options import BenchOptions
from app.tools.bench.processes import serving
from app.tools.bench.service_client import ServiceClient

_GUARDS = (
    "OFFBOOK_ACCESS__ADMIN_KEY",
    "OFFBOOK_ACCESS__ALLOWED_HOSTS",
    "OFFBOOK_ACCESS__TRUSTED_PROXIES",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceUnderTest:
    """Hold the clients of a run, and the service's process and recorded calls."""

    service: ServiceClient
    engine: EngineClient
    service_pid: int
    slug: str
    record: Path
    """The service's calls of the engine."""

    def forget_calls(self) -> None:
        """Empty the record; the service appends to it."""
        os.truncate(self.record, 0)


@asynccontextmanager
async def set_up(options: BenchOptions, folder: Path) -> AsyncIterator[ServiceUnderTest]:
    """Start engines and service, and warm up with one turn.

    ``folder`` is empty and the run's own. Raises :class:`BenchError` where a process does not come
    up, or the first turn fails.
    """
    record = folder / "calls.jsonl"
    engine = _engine(options, folder)
    async with (
        engine.for_service() as variables,
        engine.for_load() as endpoint,
        serving(
            "app.cli",
            ["serve", f"--data-dir={folder}"],
            ready="/readyz",
            log=folder / "service.log",
            environment={
                **variables,
                "OFFBOOK_DATABASE__URL": options.database_url,
                "OFFBOOK_EMBEDDER__NAME": options.embedder,
                "OFFBOOK_ENGINE__RECORD_TO": str(record),
                "OFFBOOK_LOAD_SAMPLES": "false",
                "OFFBOOK_LOG_LEVEL": "warning",
                # The settings' own service may be guarded; this one is open.
                **dict.fromkeys(_GUARDS),
            },
        ) as server,
        ServiceClient(server.base_url) as service,
        EngineClient(endpoint) as direct,
    ):
        # Replies of one length, and the same on both sides.
        sampling = {"max_tokens": options.reply_tokens, "temperature": 0}
        slug = await service.import_character(options.corpus, sampling)
        await _warm_up(service, slug)
        yield ServiceUnderTest(
            service=service, engine=direct, service_pid=server.pid, slug=slug, record=record
        )


def _engine(options: BenchOptions, folder: Path) -> EngineUnderTest:
    if options.engine == "scripted":
        return ScriptedServer(
            folder,
            tokens_per_second=options.tokens_per_second,
            reply_tokens=options.reply_tokens,
        )
    return EmbeddedServer(Settings()) if options.engine == "embedded" else ServerByUrl(Settings())


async def _warm_up(service: ServiceClient, slug: str) -> None:
    """Take a first turn: it loads the character's index, and shows that turns work."""
    sample = await service.turn(await service.open(slug, "Warmup"), "Hello")
    if sample.error is not None:
        raise BenchError(f"The first turn failed: {sample.error}")
