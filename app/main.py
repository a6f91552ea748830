"""Create the application: its routes, its middleware and its lifespan."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from importlib.metadata import version

from fastapi import FastAPI
from starlette.routing import BaseRoute

from app.access.middleware import (
    DefaultHeadersMiddleware,
    OpenServiceMiddleware,
    OriginGuardMiddleware,
)
from app.accounts.admin_endpoints import router as people
from app.accounts.endpoints import router as accounts
from app.accounts.key_endpoints import router as own_keys
from app.accounts.openid_endpoints import router as openid
from app.accounts.usage_admin_endpoints import router as usage
from app.accounts.usage_endpoints import router as own_usage
from app.adapters.endpoints import router as adapters
from app.adapters.speaking_endpoints import router as speaking_adapters
from app.admin.backup_endpoints import router as admin_backups
from app.admin.endpoints import router as admin
from app.admin.key_endpoints import router as admin_keys
from app.admin.model_endpoints import router as admin_models
from app.admin.own_endpoints import router as own_characters
from app.admin.ownership_endpoints import router as ownership
from app.admin.settings_endpoints import router as admin_settings
from app.audit.endpoints import router as audit
from app.auditions.adapters.endpoints import router as adapter_auditions
from app.auditions.endpoints import router as auditions
from app.auditions.likelihood.endpoints import public as proofs
from app.auditions.likelihood.endpoints import router as likelihood
from app.cards.endpoints import router as cards
from app.cards.import_endpoints import router as imports
from app.cards.picture_endpoints import router as pictures
from app.cards.sample_pictures import load_sample_pictures
from app.casting.endpoints import router as casting
from app.catalog.bookmark_endpoints import router as bookmarks
from app.catalog.endpoints import router as catalog
from app.catalog.favourite_endpoints import router as favourites
from app.catalog.samples import load_samples
from app.catalog.sharing_endpoints import router as sharing
from app.container import Services, build_services
from app.conversations.endpoints import router as conversations
from app.conversations.log_endpoints import router as chat_logs
from app.conversations.persona_endpoints import router as personas
from app.conversations.prompt_endpoints import router as reply_prompts
from app.conversations.rating_endpoints import router as ratings
from app.db.in_use import held_in_use
from app.engines.host import EngineHost, HostStatus
from app.engines.port import ChatEngine
from app.errors import install_error_handlers
from app.health.endpoints import router as health
from app.http.body_limit import BodyLimitMiddleware, Pace
from app.http.guard import FORM_FIELD_BYTES, FORM_FIELDS, FORM_FILES
from app.http.head_limit import HeadLimitMiddleware
from app.http.request_log import RequestLogMiddleware
from app.lorebooks.endpoints import router as lorebooks
from app.maintenance import discard_backups_hourly, fold_counts_often, maintain_hourly
from app.openai_api.endpoints import router as openai_api
from app.openai_api.middleware import ApiCorsMiddleware, SingleSlashMiddleware
from app.openapi import install_openapi
from app.own_data.endpoints import admin_router as erasure_admin
from app.own_data.endpoints import router as own_data
from app.quotas.clock import Clock
from app.rehearsal.endpoints import router as rehearsals
from app.reports.admin_endpoints import router as admin_reports
from app.reports.endpoints import router as reports
from app.scene_memories.endpoints import router as scene_memories
from app.scripts.endpoints import router as scripts
from app.search.space_watch import SpaceWatch
from app.search.spaces import Space
from app.settings import ServerSettings, Settings
from app.signals.endpoints import router as learning
from app.stage.endpoints import router as stages
from app.turns.endpoints import router as chat
from app.turns.example_endpoints import router as example_scenes
from app.turns.scene_endpoints import router as scenes
from app.turns.stage_endpoints import router as stage_turns
from app.turns.summary_endpoints import router as summaries
from app.turns.turn_endpoints import router as following
from app.web.endpoints import router as web
from retrieval.embedding.port import Embedder

_ROUTERS = (
    rehearsals,
    scripts,
    imports,
    favourites,
    bookmarks,
    sharing,
    catalog,
    casting,
    cards,
    pictures,
    lorebooks,
    chat_logs,
    conversations,
    ratings,
    personas,
    chat,
    stages,
    stage_turns,
    scenes,
    following,
    example_scenes,
    summaries,
    openai_api,
    accounts,
    own_keys,
    openid,
    own_usage,
    learning,
    own_data,
    erasure_admin,
    own_characters,
    people,
    usage,
    admin,
    admin_keys,
    admin_models,
    audit,
    reports,
    admin_reports,
    ownership,
    admin_settings,
    admin_backups,
    reply_prompts,
    auditions,
    scene_memories,
    likelihood,
    adapters,
    speaking_adapters,
    adapter_auditions,
    proofs,
    health,
    web,
)

_READING = frozenset(
    {
        "/api/scripts",
        "/api/scripts/preview",
        "/api/characters/import",
        "/api/conversations/import",
        "/api/files/inspect",
    }
)
"""Paths at which files are read. A worker serves them too, for a proxy that sends uploads there."""


def create_app(
    settings: Settings,
    on_engine: Callable[[HostStatus], None] = lambda _: None,
    engine: ChatEngine | None = None,
    embedder: Embedder | None = None,
    clock: Clock | None = None,
) -> FastAPI:
    """Return the application; its database must be migrated (``app.db.migrate.upgrade``).

    ``on_engine`` is called with each status of the starting engine; ``engine`` and ``embedder``
    replace the ones of the settings, and ``clock`` the one that quotas and rehearsals
    go by. Starting raises
    :class:`~app.access.AccessSetupError`, and the errors of an embedder or an engine that cannot be
    made from the settings.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        host = EngineHost(settings, on_change=on_engine, engine=engine)
        async with held_in_use(settings.direct_database_url):
            services = await build_services(settings, host, embedder, clock)
            app.state.services = services
            async with _running(services):
                yield

    app = FastAPI(
        title="Offbook",
        summary="Talk to the characters of any script.",
        version=version("offbook"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json" if settings.server.is_web else None,
        form_limits={
            "max_files": FORM_FILES,
            "max_fields": FORM_FIELDS,
            "max_part_size": FORM_FIELD_BYTES,
        },
    )
    install_error_handlers(app)
    app.add_middleware(BodyLimitMiddleware, pace=Pace.of(settings.server))
    app.add_middleware(OriginGuardMiddleware, settings=settings)
    app.add_middleware(OpenServiceMiddleware)
    app.add_middleware(ApiCorsMiddleware, origins=settings.openai_api.origins)
    app.add_middleware(DefaultHeadersMiddleware)
    app.add_middleware(SingleSlashMiddleware)
    app.add_middleware(HeadLimitMiddleware)
    app.add_middleware(RequestLogMiddleware, logged=settings.log_requests)
    # Shared: `include_router` would build every route again for each application.
    app.router.routes.extend(_routes(settings.server))
    install_openapi(app)
    return app


async def end_streams(services: Services) -> None:
    """End all streams; the received part of each reply is stored."""
    await asyncio.gather(
        services.scene_memories.aclose(),
        services.turns.aclose(),
        services.completions.aclose(),
        services.writer.aclose(),
    )


def freeze_heap() -> None:
    """Exempt the objects made at the start from garbage collection; call it once, before serving.

    They live as long as the process, and traversing them pauses every stream: 120 ms on two cores.
    """
    gc.collect()
    gc.freeze()


def _routes(server: ServerSettings) -> Iterator[BaseRoute]:
    """Yield the routes of this process's role: a worker has uploads, probes and scrapers alone."""
    for router in _ROUTERS:
        for route in router.routes:
            path = getattr(route, "path", "")
            is_probe = router is health and not path.startswith("/api/")
            if server.is_web or is_probe or path in _READING:
                yield route


@contextlib.asynccontextmanager
async def _running(services: Services) -> AsyncIterator[None]:
    """Run the background work of this process's role; store the turns at the end."""
    server, stopping = services.settings.server, asyncio.Event()
    services.database.signals.start()
    await services.adapter_keeper.start()
    services.engine.start()
    await services.caches.start()
    tasks: list[asyncio.Task[None]] = []
    judging: asyncio.Task[None] | None = None
    if server.is_worker:
        await services.indexer.start()
        services.scene_memory_worker.start()
        services.audition_worker.start()
        services.adapter_audition_worker.start()
        tasks.append(asyncio.create_task(maintain_hourly(services, stopping), name="maintenance"))
        if services.database.dialect == "postgresql":
            folding = fold_counts_often(services, stopping)
            tasks.append(asyncio.create_task(folding, name="folding-counts"))
    tasks.append(asyncio.create_task(services.readers.warm(), name="warming"))
    if server.is_web:
        discarding = discard_backups_hourly(services, stopping)
        tasks.append(asyncio.create_task(discarding, name="discarding-backups"))
        if not server.is_worker:
            tasks.append(asyncio.create_task(_watch_space(services, stopping), name="space-watch"))
        judging = asyncio.create_task(services.screening.warm(), name="judge-warming")
    try:
        if server.is_worker and services.settings.load_samples:
            await load_samples(
                services.settings, services.database, services.scripts, services.catalog
            )
            await load_sample_pictures(services.settings, services.database)
        yield
    finally:
        # Awaited rather than cancelled: PostgreSQL keeps a connection that is cancelled while it
        # is being opened until its authentication timeout.
        stopping.set()
        if judging is not None:
            judging.cancel()
            tasks.append(judging)
        await asyncio.gather(*tasks, return_exceptions=True)
        await _close(services)


async def _watch_space(services: Services, stopping: asyncio.Event) -> None:
    space = Space.of(services.embedder.model_id)
    await SpaceWatch(services.database, space, services.metrics).keep_looking(stopping)


async def _close(services: Services) -> None:
    """Store the turns, and stop the engine, in the order in which they need each other."""
    await services.adapter_keeper.aclose()
    await services.caches.aclose()
    await services.backups.aclose()
    await services.turns.aclose()
    await services.completions.aclose()
    await services.memory.aclose()
    await services.scene_memories.aclose()
    await services.scene_memory_indexes.aclose()
    await services.writer.aclose()
    await services.audition_worker.aclose()
    await services.adapter_audition_worker.aclose()
    await services.likelihood.aclose()
    await services.indexer.aclose()
    await services.quotas.aclose()
    await services.moderation.aclose()
    await services.engine.aclose()
    await services.readers.aclose()
    services.queries.close()
    services.retriever.close()
    await services.access.audit.aclose()
    await services.database.aclose()
