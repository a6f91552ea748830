"""What the lifespan builds and requests use."""

from dataclasses import dataclass

from app.access import AccessControl
from app.auditions.service import AuditionService
from app.cards.service import CardService
from app.casting.drafting import Drafter
from app.casting.service import CastingService
from app.catalog.service import CatalogService
from app.conversations.importer import LogImporter
from app.db.session import Database
from app.engines.host import EngineHost
from app.observability import Metrics
from app.openai_api.embeddings import EmbeddingService
from app.openai_api.service import CompletionService
from app.readers.pool import ReaderPool
from app.scripts.service import ScriptService
from app.search.indexing import Indexer
from app.search.key_embedding import KeyEmbedder
from app.search.query_embedding import QueryEmbedder
from app.search.retriever import Retriever
from app.settings import Settings
from app.turns.memory import Memory
from app.turns.prompt_builder import PromptBuilder
from app.turns.service import TurnService
from app.turns.summaries import Summarizer
from app.turns.writer import EngineWriter
from retrieval.embedding.port import Embedder


@dataclass(frozen=True, slots=True)
class Services:
    """One of each, for one application."""

    settings: Settings
    metrics: Metrics
    database: Database
    access: AccessControl
    embedder: Embedder
    engine: EngineHost
    queries: QueryEmbedder
    retriever: Retriever
    keys: KeyEmbedder
    indexer: Indexer
    readers: ReaderPool
    scripts: ScriptService
    catalog: CatalogService
    auditions: AuditionService
    casting: CastingService
    writer: EngineWriter
    summarizer: Summarizer
    drafter: Drafter
    cards: CardService
    imports: LogImporter
    memory: Memory
    prompt_builder: PromptBuilder
    turns: TurnService
    completions: CompletionService
    embeddings: EmbeddingService
