"""Build the services of one application: the only composition root."""

import asyncio
from dataclasses import dataclass

from app.access import AccessControl
from app.accounts.administration import PeopleAdministration
from app.accounts.newcomers import Newcomers
from app.accounts.openid_service import OpenIDService
from app.accounts.service import AccountService
from app.adapters.keeper import AdapterKeeper
from app.adapters.service import AdapterService
from app.adapters.speaking import SpeakingAdapters
from app.admin.backups import BackupService
from app.auditions.adapters.between_turns import AdapterEngine
from app.auditions.adapters.service import AdapterAuditionService
from app.auditions.adapters.worker import AdapterAuditionWorker
from app.auditions.likelihood.running import Sources
from app.auditions.likelihood.service import LikelihoodService
from app.auditions.service import AuditionService
from app.auditions.worker import AuditionWorker
from app.blobs.factory import create_stores
from app.blobs.service import Blobs
from app.bookmarks.contents import forget_contents
from app.cards.service import CardService
from app.casting.drafting import Drafter
from app.casting.service import CastingService
from app.catalog.service import CatalogService
from app.conversations.importer import LogImporter
from app.cpu_gate import CpuGate
from app.db.session import Database
from app.draining import Draining
from app.engines.host import EngineHost
from app.lorebooks.activation import LoreFinder
from app.moderation.factory import create_moderators
from app.moderation.service import Moderation
from app.observability import Metrics
from app.openai_api.embeddings import EmbeddingService
from app.openai_api.service import CompletionService
from app.openid.port import Provider
from app.own_data.erasure import EraseService
from app.own_data.forgetting import CacheKeeper
from app.own_data.service import OwnDataService
from app.quotas.billed_engine import BilledEngine
from app.quotas.clock import Clock, utc_now
from app.quotas.service import QuotaService
from app.readers.pool import ReaderPool
from app.rehearsal.service import RehearsalService
from app.reports.service import ReportService
from app.scene_memories.service import SceneMemoryService
from app.scene_memories.worker import SceneMemoryWorker
from app.scene_memories.writing_jobs import SceneMemoryJobs
from app.scripts.service import ScriptService
from app.search.embedders import load_embedder
from app.search.indexing import Indexer
from app.search.known_scenes import KnownScenes
from app.search.passage_embedding import PassageEmbedder
from app.search.query_embedding import QueryEmbedder
from app.search.reply_index_builder import ReplyIndexBuilder
from app.search.retriever import Retriever
from app.search.scene_memories import SceneMemories
from app.search.shipped_vectors import ShippedVectors, sample_vectors_path
from app.settings import OpenIDSettings, Settings
from app.stage.director import Director
from app.turns.admission import Admission
from app.turns.memory import Memory
from app.turns.prompt_builder import PromptBuilder
from app.turns.scene_matcher import SceneMatcher
from app.turns.screening import ReplyScreening
from app.turns.service import TurnService
from app.turns.summaries import Summarizer
from app.turns.writer import EngineWriter
from retrieval.embedding.port import Embedder
from retrieval.ranking.weights import Weights, load_weights
from retrieval.reranking.factory import create_reranker


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Hold the services of one application: the lifespan builds them, and requests use them."""

    settings: Settings
    metrics: Metrics
    database: Database
    access: AccessControl
    embedder: Embedder
    engine: EngineHost
    queries: QueryEmbedder
    retriever: Retriever
    passages: PassageEmbedder
    indexer: Indexer
    readers: ReaderPool
    blobs: Blobs
    scripts: ScriptService
    accounts: AccountService
    people_administration: PeopleAdministration
    openid: OpenIDService
    backups: BackupService
    catalog: CatalogService
    auditions: AuditionService
    audition_worker: AuditionWorker
    likelihood: LikelihoodService
    adapters: AdapterService
    adapter_keeper: AdapterKeeper
    speaking_adapters: SpeakingAdapters
    adapter_auditions: AdapterAuditionService
    adapter_audition_worker: AdapterAuditionWorker
    quotas: QuotaService
    casting: CastingService
    writer: EngineWriter
    summarizer: Summarizer
    drafter: Drafter
    cards: CardService
    imports: LogImporter
    memory: Memory
    moderation: Moderation
    rehearsals: RehearsalService
    reports: ReportService
    scene_memory_worker: SceneMemoryWorker
    scene_memory_indexes: SceneMemories
    scene_memories: SceneMemoryService
    prompt_builder: PromptBuilder
    turns: TurnService
    screening: ReplyScreening
    completions: CompletionService
    embeddings: EmbeddingService
    caches: CacheKeeper
    erasing: EraseService
    own_data: OwnDataService
    draining: Draining


async def build_services(
    settings: Settings,
    engine: EngineHost,
    embedder: Embedder | None = None,
    clock: Clock | None = None,
) -> Services:
    """Return the services of an application, none of them running yet.

    ``embedder`` replaces the one of the settings, and ``clock`` the one that quotas and
    rehearsals go by.
    Raises :class:`~app.access.AccessSetupError`,
    :class:`~app.moderation.pattern_file.PatternFileError`,
    :class:`~app.blobs.errors.BlobSetupError`, and the errors of an embedder, of
    weights or of a reranker that the settings name wrongly.
    """
    moderators = await asyncio.to_thread(create_moderators, settings.moderation)
    database = Database(settings)
    access = await _start_access(settings, database)
    newcomers = Newcomers(settings.access, database, access)
    access.proxy_users.welcome = newcomers.welcome
    if embedder is None:
        embedder = await asyncio.to_thread(load_embedder, settings.embedder)
    metrics = _watch(engine)
    cpu_gate = CpuGate(shared_processor=settings.engine.kind == "embedded")
    search = await _build_search(settings, database, embedder, metrics, cpu_gate)
    wake, limits = search.indexer.wake, settings.limits
    readers = ReaderPool(limits)
    blobs = Blobs(database, create_stores(settings, metrics), settings.blobs.place)
    memory = Memory(database, search.queries, search.passages, embedder.model_id)
    running, waiting = settings.running_turns, limits.waiting_turns
    admission = Admission(metrics, cpu_gate, running=running, waiting=waiting)
    quotas = QuotaService(database, settings.quotas, clock or utc_now)
    billed = BilledEngine(engine)
    writer = EngineWriter(billed, admission, metrics, quotas)
    summarizer = Summarizer(database, writer)
    scenes = _build_scene_memories(settings, database, search, writer)
    prompt_builder = _build_prompts(settings, database, search, engine, memory, scenes)
    screening = ReplyScreening(
        engine, metrics, settings.turn.screen_replies, settings.engine.reply_timeout
    )
    director = Director(database, search.retriever)
    rehearsals = RehearsalService(database, clock or utc_now)
    caches = CacheKeeper(
        database,
        [search.retriever, scenes.indexes],
        [
            search.queries.forget,
            scenes.known.forget,
            prompt_builder.forget,
            readers.forget,
            director.forget,
            forget_contents,
            rehearsals.forget,
        ],
    )
    erasing = EraseService(database, caches, blobs, [quotas.erase])
    audition_worker = _build_auditions(settings, database, search, engine)
    sources = _sources(settings, database, search)
    adapters = _build_adapters(settings, database, search, engine, admission, readers, sources)
    moderation = Moderation(moderators, settings.moderation, metrics)
    return Services(
        settings=settings,
        metrics=metrics,
        database=database,
        access=access,
        embedder=embedder,
        engine=engine,
        queries=search.queries,
        retriever=search.retriever,
        passages=search.passages,
        indexer=search.indexer,
        readers=readers,
        blobs=blobs,
        scripts=ScriptService(database, limits, readers, wake),
        accounts=AccountService(settings, database, access, newcomers),
        people_administration=PeopleAdministration(database, access),
        openid=OpenIDService(
            settings.access, database, access, newcomers, _load_provider(settings.access.openid)
        ),
        backups=BackupService(settings),
        catalog=CatalogService(database, wake),
        auditions=AuditionService(database, audition_worker.wake),
        audition_worker=audition_worker,
        likelihood=LikelihoodService(sources, search.retriever, billed, admission, quotas),
        adapters=adapters.registered,
        adapter_keeper=adapters.keeper,
        speaking_adapters=adapters.speaking,
        adapter_auditions=adapters.auditions,
        adapter_audition_worker=adapters.worker,
        quotas=quotas,
        casting=CastingService(database, wake, limits.characters_at_once),
        writer=writer,
        summarizer=summarizer,
        drafter=Drafter(database, writer),
        cards=CardService(database, limits, readers, blobs, wake),
        imports=LogImporter(database, readers, settings),
        memory=memory,
        moderation=moderation,
        rehearsals=rehearsals,
        reports=ReportService(database, access),
        scene_memory_worker=scenes.worker,
        scene_memory_indexes=scenes.indexes,
        scene_memories=scenes.service,
        prompt_builder=prompt_builder,
        turns=TurnService(
            database,
            billed,
            prompt_builder,
            metrics,
            admission,
            memory,
            summarizer,
            limits,
            screening,
            quotas,
            moderation,
            director,
            SceneMatcher(search.queries),
            settings.learning.signals,
        ),
        screening=screening,
        completions=CompletionService(
            database,
            billed,
            prompt_builder,
            metrics,
            admission,
            settings.openai_api,
            screening,
            quotas,
            moderation,
            director,
        ),
        embeddings=EmbeddingService(embedder, cpu_gate, settings.openai_api.embedding_characters),
        caches=caches,
        erasing=erasing,
        own_data=OwnDataService(settings, database, access, erasing, blobs),
        draining=Draining(),
    )


async def _start_access(settings: Settings, database: Database) -> AccessControl:
    access = AccessControl(settings, database)
    try:
        await access.start()
    except Exception:
        await database.aclose()
        raise
    return access


def _load_provider(settings: OpenIDSettings) -> Provider | None:
    """Return the OpenID provider of the settings; its libraries are loaded only where one is."""
    if not settings.issuer:
        return None
    from app.openid.provider import OpenIDProvider  # noqa: PLC0415 (half a second to import)

    return OpenIDProvider(settings)


def _watch(engine: EngineHost) -> Metrics:
    metrics = Metrics()
    metrics.watch_replicas(engine.replicas)
    metrics.watch_engine(engine.failures)
    return metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """Hold the parts of retrieval and indexing."""

    embedder: Embedder
    cpu_gate: CpuGate
    queries: QueryEmbedder
    weights: Weights
    retriever: Retriever
    passages: PassageEmbedder
    indexer: Indexer


async def _build_search(
    settings: Settings,
    database: Database,
    embedder: Embedder,
    metrics: Metrics,
    cpu_gate: CpuGate,
) -> _Search:
    queries = QueryEmbedder(embedder, settings.embedder)
    weights = load_weights(settings.retrieval.selector)
    reranker = await asyncio.to_thread(create_reranker, settings.retrieval.reranker)
    retriever = Retriever(
        database, embedder, queries, settings.retrieval, weights, metrics, reranker
    )
    passages = PassageEmbedder(
        database,
        embedder,
        metrics,
        cpu_gate,
        settings.embedder.ingestion_workers,
        await asyncio.to_thread(ShippedVectors.load, sample_vectors_path(), embedder),
    )
    reply_indexes = ReplyIndexBuilder(database, embedder, passages, settings.retrieval, weights)
    indexer = Indexer(
        database, embedder, passages, reply_indexes, retriever, settings.retrieval.mode
    )
    return _Search(
        embedder=embedder,
        cpu_gate=cpu_gate,
        queries=queries,
        weights=weights,
        retriever=retriever,
        passages=passages,
        indexer=indexer,
    )


def _build_auditions(
    settings: Settings, database: Database, search: _Search, engine: EngineHost
) -> AuditionWorker:
    return AuditionWorker(
        database,
        search.embedder,
        search.passages,
        search.cpu_gate,
        search.weights,
        engine,
        settings.retrieval.max_query_length,
    )


def _sources(settings: Settings, database: Database, search: _Search) -> Sources:
    """Return what measurements of likelihood are made of."""
    return Sources(
        database=database,
        embedder=search.embedder,
        passages=search.passages,
        cpu_gate=search.cpu_gate,
        weights=search.weights,
        retrieval=settings.retrieval,
        prompt=settings.prompt,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Adapters:
    """Hold the parts that register, measure and promote adapters."""

    registered: AdapterService
    keeper: AdapterKeeper
    speaking: SpeakingAdapters
    auditions: AdapterAuditionService
    worker: AdapterAuditionWorker


def _build_adapters(
    settings: Settings,
    database: Database,
    search: _Search,
    engine: EngineHost,
    admission: Admission,
    readers: ReaderPool,
    sources: Sources,
) -> _Adapters:
    registered = AdapterService(settings, database, engine, readers)
    keeper = AdapterKeeper(database, registered.files, engine)
    registered.on_change = keeper.wake
    worker = AdapterAuditionWorker(
        sources, search.retriever, AdapterEngine(engine, admission), settings.adapters
    )
    return _Adapters(
        registered=registered,
        keeper=keeper,
        speaking=SpeakingAdapters(settings.adapters, database, registered),
        auditions=AdapterAuditionService(settings, database, registered, worker.wake),
        worker=worker,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _SceneMemories:
    """Hold the parts that write and find scene memories."""

    known: KnownScenes
    indexes: SceneMemories
    worker: SceneMemoryWorker
    service: SceneMemoryService


def _build_scene_memories(
    settings: Settings, database: Database, search: _Search, writer: EngineWriter
) -> _SceneMemories:
    scenes, space = KnownScenes(), search.embedder.model_id
    jobs = SceneMemoryJobs(database, writer, search.passages, scenes, space)
    worker = SceneMemoryWorker(database, jobs)
    shown = settings.retrieval.scene_memories
    return _SceneMemories(
        known=scenes,
        indexes=SceneMemories(database, search.passages, scenes, space),
        worker=worker,
        service=SceneMemoryService(database, scenes, worker, shown=shown),
    )


def _build_prompts(
    settings: Settings,
    database: Database,
    search: _Search,
    engine: EngineHost,
    memory: Memory,
    scenes: _SceneMemories,
) -> PromptBuilder:
    return PromptBuilder(
        search.retriever,
        engine,
        settings.retrieval,
        settings.prompt,
        LoreFinder(database),
        memory,
        scenes.indexes if settings.retrieval.scene_memories else None,
    )
