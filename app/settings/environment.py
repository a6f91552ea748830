"""Read all settings from the environment."""

from pathlib import Path
from typing import Literal, Self

from pydantic import AliasChoices, BaseModel, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.settings.adapters import AdapterSettings
from app.settings.audit import AuditSettings
from app.settings.blobs import BlobSettings
from app.settings.conversations import ConversationSettings
from app.settings.engine import EngineSettings, JudgeSettings
from app.settings.learning import LearningSettings
from app.settings.limits import LimitSettings
from app.settings.moderation import ModerationSettings
from app.settings.openai_api import OpenAIApiSettings
from app.settings.quotas import QuotaSettings
from app.settings.search import EmbedderSettings, PromptSettings, RetrievalSettings
from app.settings.server import AccessSettings, ServerSettings
from app.settings.telemetry import TelemetrySettings
from app.settings.turn import TurnSettings

_BATCHING_ENGINE_TURNS = 64
"""Replies generated in parallel by an engine that batches them."""


class DatabaseSettings(BaseModel):
    """Choose the database. An empty ``url`` means SQLite in the data directory."""

    url: str | None = None
    """A SQLAlchemy URL, ``postgresql://…`` or ``sqlite:///…``; by default SQLite in the data
    directory."""
    direct_url: str | None = None
    """The server's own address, where ``url`` is that of a pooler in transaction mode: what such a
    pooler cannot carry goes there, notifications and the locks of running processes; two
    connections a process. By default ``url``."""
    busy_timeout_ms: int = Field(default=5_000, ge=0)
    """Milliseconds that a SQLite writer waits for another one."""
    pool_size: int = Field(default=10, ge=1)
    """Connections that a process keeps open."""
    pool_overflow: int = Field(default=10, ge=0)
    """Connections opened beyond these while they are needed."""
    pool_timeout: float = Field(default=30.0, gt=0)
    """Seconds that a request waits for a free connection; then it gets 503."""


class Settings(BaseSettings):
    """Hold every setting of the service."""

    model_config = SettingsConfigDict(
        env_prefix="OFFBOOK_",
        env_nested_delimiter="__",
        extra="ignore",
        validate_default=True,
        populate_by_name=True,
    )

    data_dir: Path = Path("data")
    """The folder of the database, of backups made on the page, and of files that belong to them."""
    load_samples: bool = True
    """Whether the characters that Offbook brings along are on stage."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe lines that are logged."""
    log_format: Literal["auto", "console", "json"] = "auto"
    """How lines are logged; ``auto``: for people at a terminal, as JSON elsewhere."""
    log_requests: bool = False
    """Whether a line is logged for each request: method, route, status, milliseconds."""
    telemetry: TelemetrySettings = TelemetrySettings()
    server: ServerSettings = ServerSettings()
    access: AccessSettings = AccessSettings()
    audit: AuditSettings = AuditSettings()
    conversations: ConversationSettings = ConversationSettings()
    database: DatabaseSettings = DatabaseSettings()
    blobs: BlobSettings = BlobSettings()
    embedder: EmbedderSettings = EmbedderSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    prompt: PromptSettings = PromptSettings()
    turn: TurnSettings = TurnSettings()
    engine: EngineSettings = EngineSettings()
    openai_api: OpenAIApiSettings = OpenAIApiSettings()
    limits: LimitSettings = LimitSettings()
    quotas: QuotaSettings = QuotaSettings()
    moderation: ModerationSettings = ModerationSettings()
    judge: JudgeSettings = JudgeSettings()
    adapters: AdapterSettings = AdapterSettings()
    learning: LearningSettings = LearningSettings()
    hub_endpoint: str = Field(
        default="https://huggingface.co",
        validation_alias=AliasChoices("OFFBOOK_HUB_ENDPOINT", "HF_ENDPOINT"),
    )
    """The model hub, or a mirror of it; ``HF_ENDPOINT`` is what the hub's own tools read."""

    @model_validator(mode="after")
    def _has_worker_an_engine(self) -> Self:
        check_role(self)
        return self

    @property
    def running_turns(self) -> int:
        """Replies generated in parallel."""
        parallel = (
            self.engine.parallel if self.engine.kind == "embedded" else _BATCHING_ENGINE_TURNS
        )
        return self.limits.running_turns or parallel

    @property
    def adapters_dir(self) -> Path:
        """The folder of the registered adapters, a folder each."""
        return self.adapters.folder or self.data_dir / "adapters"

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL, with an async driver."""
        url = self.database.url
        if url is None:
            return f"sqlite+aiosqlite:///{(self.data_dir / 'offbook.sqlite3').absolute()}"
        return _with_driver(url)

    @property
    def direct_database_url(self) -> str:
        """The same for the server itself, past a pooler."""
        url = self.database.direct_url
        return _with_driver(url) if url else self.database_url


def check_role(settings: Settings) -> None:
    """Raise ValueError where a worker would load a model of its own beside the web process's."""
    if settings.server.role == "worker" and settings.engine.kind == "embedded":
        raise ValueError(
            "a worker needs an engine that other processes reach, too: set OFFBOOK_ENGINE__KIND "
            "and OFFBOOK_ENGINE__BASE_URL, or run one process with the role all"
        )


def _with_driver(url: str) -> str:
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    if url.startswith("sqlite://"):
        return "sqlite+aiosqlite://" + url.removeprefix("sqlite://")
    return url
