"""The application and its lifespan: the only composition root."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable
from importlib.metadata import version

import structlog
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError

from app.access import AccessControl
from app.access.middleware import (
    DefaultHeadersMiddleware,
    OpenServiceMiddleware,
    OriginGuardMiddleware,
)
from app.admin.endpoints import router as admin
from app.admin.key_endpoints import router as admin_keys
from app.auditions.endpoints import router as auditions
from app.auditions.service import AuditionService
from app.cards.endpoints import router as cards
from app.cards.import_endpoints import router as imports
from app.cards.service import CardService
from app.casting.drafting import Drafter
from app.casting.endpoints import router as casting
from app.casting.service import CastingService
from app.catalog.endpoints import router as catalog
from app.catalog.samples import load_samples
from app.catalog.service import CatalogService
from app.container import Services
from app.conversations.endpoints import router as conversations
from app.conversations.importer import LogImporter
from app.conversations.log_endpoints import router as chat_logs
from app.conversations.purging import purge_deleted
from app.cpu_gate import CpuGate
from app.db.in_use import held_in_use
from app.db.session import Database
from app.engines.host import EngineHost, HostStatus
from app.engines.port import ChatEngine
from app.errors import install_error_handlers
from app.health.endpoints import router as health
from app.http.body_limit import BodyLimitMiddleware, Pace
from app.http.guard import FORM_FIELD_BYTES, FORM_FIELDS, FORM_FILES
from app.http.head_limit import HeadLimitMiddleware
from app.lorebooks.activation import LoreFinder
from app.lorebooks.endpoints import router as lorebooks
from app.observability import Metrics
from app.openai_api.embeddings import EmbeddingService
from app.openai_api.endpoints import router as openai_api
from app.openai_api.middleware import ApiCorsMiddleware, SingleSlashMiddleware
from app.openai_api.service import CompletionService
from app.openapi import install_openapi
from app.readers.pool import ReaderPool
from app.scripts.endpoints import router as scripts
from app.scripts.service import ScriptService
from app.search.indexing import Indexer
from app.search.key_embedding import KeyEmbedder
from app.search.query_embedding import QueryEmbedder
from app.search.reply_index_builder import ReplyIndexBuilder
from app.search.repository import ExampleRepository
from app.search.retriever import Retriever
from app.settings import EmbedderSettings, Settings
from app.turns.admission import Admission
from app.turns.endpoints import router as chat
from app.turns.memory import Memory
from app.turns.prompt_builder import PromptBuilder
from app.turns.service import TurnService
from app.turns.summaries import Summarizer
from app.turns.summary_endpoints import router as summaries
from app.turns.writer import EngineWriter
from app.web.endpoints import router as web
from retrieval.embedding.factory import create_embedder
from retrieval.embedding.port import Embedder
from retrieval.embedding.sentence_transformers import SentenceTransformerOptions
from retrieval.ranking.weights import load_weights
from retrieval.reranking.factory import create_reranker

log = structlog.get_logger(__name__)

_MAINTENANCE_SECONDS = 3_600


def create_app(
    settings: Settings,
    on_engine: Callable[[HostStatus], None] = lambda _: None,
    engine: ChatEngine | None = None,
    embedder: Embedder | None = None,
) -> FastAPI:
    """The application. The database is expected to be migrated (``app.db.migrate.upgrade``).

    ``on_engine`` hears how the engine comes up; ``engine`` and ``embedder`` are used instead of
    those the settings describe, if given. Starting raises
    :class:`~app.access.AccessSetupError`, and what an embedder or an engine raises that cannot be
    made from the settings.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        host = EngineHost(settings, on_change=on_engine, engine=engine)
        async with held_in_use(settings.database_url):
            services = await _build(settings, host, embedder)
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
        openapi_url="/api/openapi.json",
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
    for router in (
        scripts,
        imports,
        catalog,
        casting,
        cards,
        lorebooks,
        chat_logs,
        conversations,
        chat,
        summaries,
        openai_api,
        admin,
        admin_keys,
        auditions,
        health,
        web,
    ):
        # As they are: `include_router` would prepare each of them anew for every application.
        app.router.routes.extend(router.routes)
    install_openapi(app)
    return app


async def end_streams(services: Services) -> None:
    """End all that streams; what there is of replies is stored."""
    await asyncio.gather(
        services.turns.aclose(), services.completions.aclose(), services.writer.aclose()
    )


def settle_heap() -> None:
    """Take what starting made out of the garbage collector's sight; once, before serving.

    It lives as long as the process, and to look through all of it stops every stream at once:
    120 ms on two cores.
    """
    gc.collect()
    gc.freeze()


async def _build(settings: Settings, engine: EngineHost, embedder: Embedder | None) -> Services:
    database = Database(settings)
    access = AccessControl(settings, database)
    try:
        await access.start()
    except Exception:
        await database.aclose()
        raise
    if embedder is None:
        embedder = await asyncio.to_thread(_load_embedder, settings.embedder)
    metrics = Metrics()
    metrics.watch_replicas(engine.replicas)
    metrics.watch_engine(engine.failures)
    queries = QueryEmbedder(embedder, settings.embedder)
    weights = load_weights(settings.retrieval.selector)
    reranker = await asyncio.to_thread(create_reranker, settings.retrieval.reranker)
    retriever = Retriever(
        database, embedder, queries, settings.retrieval, weights, metrics, reranker
    )
    cpu_gate = CpuGate(shared_processor=settings.engine.kind == "embedded")
    keys = KeyEmbedder(database, embedder, metrics, cpu_gate, settings.embedder.ingestion_workers)
    reply_indexes = ReplyIndexBuilder(database, embedder, keys, settings.retrieval, weights)
    indexer = Indexer(database, embedder, keys, reply_indexes, retriever)
    memory = Memory(database, queries, keys, embedder.model_id)
    prompt_builder = PromptBuilder(
        retriever, engine, settings.retrieval, settings.prompt, LoreFinder(database), memory
    )
    admission = Admission(
        metrics,
        cpu_gate,
        running=settings.running_turns,
        waiting=settings.limits.waiting_turns,
    )
    writer = EngineWriter(engine, admission, metrics)
    readers = ReaderPool(settings.limits)
    summarizer = Summarizer(database, writer)
    return Services(
        settings=settings,
        metrics=metrics,
        database=database,
        access=access,
        embedder=embedder,
        engine=engine,
        queries=queries,
        retriever=retriever,
        keys=keys,
        indexer=indexer,
        readers=readers,
        scripts=ScriptService(database, settings.limits, readers, indexer.wake),
        catalog=CatalogService(database, indexer.wake),
        auditions=AuditionService(database, embedder, keys, cpu_gate, weights),
        casting=CastingService(database, indexer.wake, settings.limits.characters_at_once),
        writer=writer,
        summarizer=summarizer,
        drafter=Drafter(database, writer),
        cards=CardService(database, settings.limits, readers, indexer.wake),
        imports=LogImporter(database, readers, settings),
        memory=memory,
        prompt_builder=prompt_builder,
        turns=TurnService(
            database,
            engine,
            prompt_builder,
            metrics,
            admission,
            memory,
            summarizer,
            settings.limits.message_characters,
        ),
        completions=CompletionService(
            database, engine, prompt_builder, metrics, admission, settings.openai_api
        ),
        embeddings=EmbeddingService(embedder, cpu_gate, settings.openai_api.embedding_characters),
    )


def _load_embedder(settings: EmbedderSettings) -> Embedder:
    names = SentenceTransformerOptions.__slots__
    options = settings.model_dump(include=set(names))
    return create_embedder(settings.name, SentenceTransformerOptions(**options))


@contextlib.asynccontextmanager
async def _running(services: Services) -> AsyncIterator[None]:
    """Everything in the background; turns are stored and the engine stopped at the end."""
    services.engine.start()
    await services.indexer.start()
    stopping = asyncio.Event()
    warming = asyncio.create_task(services.readers.warm(), name="warming")
    maintenance = asyncio.create_task(_maintain(services, stopping), name="maintenance")
    try:
        if services.settings.load_samples:
            await load_samples(
                services.settings, services.database, services.scripts, services.catalog
            )
        yield
    finally:
        # Let it end, rather than cancelled: a connection that is given up while it is being made
        # stays open at PostgreSQL until its time for authentication is over.
        stopping.set()
        await asyncio.gather(maintenance, warming, return_exceptions=True)
        await services.turns.aclose()
        await services.completions.aclose()
        await services.memory.aclose()
        await services.writer.aclose()
        await services.auditions.aclose()
        await services.indexer.aclose()
        await services.engine.aclose()
        await services.readers.aclose()
        services.queries.close()
        services.retriever.close()
        await services.database.aclose()


async def _maintain(services: Services, stopping: asyncio.Event) -> None:
    """Now and every hour: forget what nobody can come back to."""
    while not stopping.is_set():
        try:
            await services.scripts.discard_abandoned()
            await services.access.discard_expired_sessions()
            async with services.database.write() as session:
                await ExampleRepository(session).delete_orphaned_vectors()
            await purge_deleted(services.database)
        except DBAPIError as error:
            log.warning("maintenance_put_off", error=str(error.orig))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), _MAINTENANCE_SECONDS)
