"""All settings, in one place: the only reader of the environment.

A setting is ``OFFBOOK_`` plus its path with double underscores, for instance
``OFFBOOK_ENGINE__BASE_URL``. Command-line options of ``offbook serve`` win over the environment.
"""

import ipaddress
import json
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_ENGINE_PLACES = 64
"""Replies side by side, of an engine that batches them."""


def _default_models_dir() -> Path:
    return platformdirs.user_cache_path("offbook", appauthor=False) / "models"


class ServerSettings(BaseModel):
    """Where the service listens. Anything but a loopback address needs an admin key."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    shutdown_timeout: int = Field(default=5, ge=0)
    """Seconds for replies under way to be finished when the service is stopped; what there is of
    the others then is stored."""
    head_timeout: float = Field(default=15.0, gt=0)
    """Seconds that a request's line and headers may take; then the connection is closed."""
    body_idle_timeout: float = Field(default=20.0, gt=0)
    """Seconds without a byte of a body before its sender gets 408."""
    body_rate: int = Field(default=1_000, ge=0)
    """Bytes a second that a body must bring on average over ``body_grace``; 0 allows any pace."""
    body_grace: float = Field(default=30.0, gt=0)
    """Seconds over which the pace of a body is measured."""
    write_timeout: float = Field(default=30.0, gt=0)
    """Seconds for a full send buffer (64 KB) to drain; then the listener is cut off."""
    connections: int = Field(default=800, ge=1)
    """Open connections; one more is answered 503. Keep it below the process's open files."""

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def _split_list(value: object) -> object:
    """Read a list from the environment: JSON, or values with commas between them."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [part.strip() for part in value.split(",") if part.strip()]


TextList = Annotated[list[str], NoDecode, BeforeValidator(_split_list)]
NetworkList = Annotated[
    list[ipaddress.IPv4Network | ipaddress.IPv6Network], NoDecode, BeforeValidator(_split_list)
]


class AccessSettings(BaseModel):
    """Who may do what. An admin key is needed beyond loopback, and wherever one exists or the
    settings name hosts or proxies."""

    admin_key: SecretStr | None = None
    """Accepted beside the keys made by ``offbook admin-key create``; at least 16 characters."""
    allowed_hosts: TextList = []
    """Host names browsers reach the service by; empty allows any host beyond loopback."""
    trusted_proxies: NetworkList = []
    """Addresses and networks (``10.0.0.0/8``) of proxies that are believed where a request came
    from, and whether by TLS."""
    public_uploads: bool = False
    """Whether visitors without the admin key may upload scripts and create characters."""
    public_metrics: bool = False
    """Whether ``/metrics`` answers without an admin key, for scrapers that cannot send one."""


class DatabaseSettings(BaseModel):
    """Empty ``url`` means SQLite in the data directory."""

    url: str | None = None
    busy_timeout_ms: int = Field(default=5_000, ge=0)
    """How long a SQLite writer waits for another one."""
    pool_size: int = Field(default=10, ge=1)


class EmbedderSettings(BaseModel):
    """``bundled``, ``sentence_transformers:<path or name>`` or ``hashing``."""

    name: str = "bundled"
    key_prefix: str | None = None
    """Sentence-transformers: put before every stored text; by default what the model's family
    was trained with. Another one makes another vector space: characters are indexed again."""
    query_prefix: str | None = None
    """The same for what is looked for."""
    batch_size: int = Field(default=32, ge=1)
    """Sentence-transformers: texts embedded at once."""
    device: str | None = None
    """Sentence-transformers: ``cpu``, ``cuda``, ``cuda:1``, ``mps``; by default the best."""
    backend: Literal["torch", "onnx", "openvino"] = "torch"
    """Sentence-transformers: what runs the model; the latter two need packages of their own."""
    ingestion_workers: int | None = Field(default=None, ge=1)
    """Threads that embed scripts; by default one per core but one, and at least one."""
    query_workers: int = Field(default=2, ge=1)
    """Threads that embed the queries of turns."""
    query_batch: int = Field(default=32, ge=1)
    """Most queries of different turns that are embedded in one call."""
    query_queue: int = Field(default=1_024, ge=1)
    """Texts that may wait to be embedded; a turn beyond that is refused with 503."""


RetrievalMode = Literal["reference", "fused", "selector"]


class RetrievalSettings(BaseModel):
    """How examples are chosen."""

    mode: RetrievalMode = "selector"
    """For characters without a choice of their own. ``reference``: whole scenes by the cosine of
    one key. ``fused``: exchanges by three rankings. ``selector``: exchanges by many features."""
    selector: str = "k9"
    """The weights: ``k9``, or a file made by ``offbook train-selector``."""
    reranker: str = ""
    """``cross_encoder:<name or path>`` reads the dialogue beside each of the 50 best exchanges and
    orders them anew; by default nothing does. Slow on a CPU. Not in ``reference``."""
    example_tokens: int = Field(default=3_000, ge=0)
    """Most tokens of a prompt that examples take in the modes ``fused`` and ``selector``: beside
    them an engine keeps as much less in its memory for other conversations."""
    memory_tokens: int = Field(default=300, ge=0)
    """Most tokens of a prompt that earlier exchanges take which fell out of it and come back; 0
    turns memory off. At most an eighth of the room for the prompt."""
    presence: bool = True
    """Whether a character knows what was said in scenes in which it is silent, where the script
    says that it is there. Not in ``reference``."""
    most_replies: int = Field(default=50_000, ge=1)
    """A character with more keeps to ``reference``: 50,000 take half a gigabyte of memory while
    they are talked to, and 200,000 two. Of more than 20,000 each turn weighs a shortlist."""

    index: Literal["faiss", "exact"] = "faiss"
    cached_indexes: int = Field(default=64, ge=1)
    """Characters whose index is kept in memory, least recently used out first."""
    cached_megabytes: int = Field(default=800, ge=1)
    """Most memory of these indexes; of those for ``reference``, and as much again for the other
    modes. A character with 1,000 windows takes 20 to 40."""
    top_k: int = Field(default=20, ge=1, le=200)
    """``reference``: how many scenes are shown. Else the exchanges that a prompt of the layout
    ``cached`` shows before it keeps what suited earlier turns."""
    max_query_length: int = Field(default=64, ge=10)
    """The query is the newest lines of the dialogue up to this length, in CJK characters (three
    others count as one). Embedding costs about a millisecond a unit on a CPU."""


class PromptSettings(BaseModel):
    """How prompts are laid out."""

    layout: Literal["cached", "reference", "best_last"] = "cached"
    """``cached``: examples keep their places from turn to turn, so that the engine finds most of a
    prompt in its cache; some that suited earlier turns stay among them. ``reference``: just this
    turn's examples, best first. ``best_last``: the same, the best nearest to the dialogue."""


class EngineSettings(BaseModel):
    """Which process generates text."""

    kind: Literal["embedded", "openai", "scripted"] = "embedded"
    base_url: str | None = None
    """``openai``: the address before ``/v1``, with or without it; several, with commas between
    them, for servers of the same model that share the work."""
    model: str = "auto"
    """``embedded``: a ``.gguf`` path, a name of the model catalogue, or ``auto``.
    ``openai``: the model name to ask for; ``auto`` takes the first one the server lists."""
    api_key: SecretStr | None = None
    prompt_style: Literal["auto", "completion", "chat"] = "auto"
    """``auto``: what the model catalogue says; for a server elsewhere, ``completion``."""
    models_dir: Path = Field(default_factory=_default_models_dir)
    """Where pulled models are kept; shared by every data directory of this user."""
    context_length: int | None = Field(default=None, ge=512)
    """Tokens of prompt and reply; by default what the engine or the catalogue says."""
    threads: int | None = Field(default=None, ge=1)
    """Embedded engine only; by default one per core."""
    parallel: int = Field(default=2, ge=1, le=64)
    """Embedded engine only: replies generated side by side."""
    connect_timeout: float = Field(default=3.0, gt=0)
    first_token_timeout: float = Field(default=120.0, gt=0)
    """Seconds to the first token; a long prompt on a small CPU takes its time."""
    idle_timeout: float = Field(default=30.0, gt=0)
    """Seconds between two tokens."""
    reply_timeout: float = Field(default=1_800.0, gt=0)
    """Seconds for a whole reply, whatever the engine keeps sending."""
    reply_characters: int = Field(default=400_000, ge=1_000)
    """Of a whole reply; what goes on is cut off. ``max_tokens`` bounds it, too."""
    control_tokens: list[str] = []
    """Control tokens of the model that no text may spell, as a JSON list: beside those of the
    families in use, those in a ``.gguf`` file, and those that vLLM tells where it runs with
    ``--enable-tokenizer-info-endpoint``."""
    model_sha256: str | None = Field(default=None, pattern="^[0-9a-fA-F]{64}$")
    """The SHA-256 that the embedded model's file must have."""
    record_to: Path | None = None
    """A file that gets everything the engine is asked, a JSON object a line: ``offbook bench``
    asks the same again. It holds what people said."""

    @property
    def base_urls(self) -> list[str]:
        """The addresses, each once."""
        given = (url.strip() for url in (self.base_url or "").split(","))
        return list(dict.fromkeys(filter(None, given)))


class OpenAIApiSettings(BaseModel):
    """What clients of the OpenAI API get below ``/v1``."""

    default_character: str = ""
    """The slug that answers where a request names no model; by default the only character."""
    system_messages: Literal["append", "drop"] = "append"
    """Whether system messages are added to a character's profile or left out."""
    key_required: bool = False
    """Whether, beyond loopback, even published characters need a key."""
    origins: list[str] = []
    """Web pages that may call ``/v1`` from a browser: ``https://chat.example.org``."""
    max_choices: int = Field(default=8, ge=1, le=128)
    """The largest ``n`` of a request, and the most prompts of one completion request."""
    keep_alive: float = Field(default=15.0, gt=0)
    """Seconds of silence in a stream before a comment says that somebody is still there."""
    embedding_characters: int = Field(default=100_000, ge=1)
    """Characters of all texts of one embedding request; about 1,000 a second on a CPU."""


class JudgeSettings(BaseModel):
    """Who scores the replies of ``offbook eval roleplay``; options of the command go before."""

    url: str = ""
    """An OpenAI-compatible endpoint: what stands before ``/chat/completions``."""
    model: str = ""
    api_key: SecretStr | None = None
    """Sent to a reward model's endpoint too."""
    timeout: float = Field(default=120.0, gt=0)
    """Seconds for one answer."""
    max_tokens: int = Field(default=512, ge=16)
    """Of one answer."""


class LimitSettings(BaseModel):
    """Bounds on everything a caller sends."""

    upload_bytes: int = Field(default=200_000_000, ge=1)
    visitor_body_bytes: int = Field(default=1_000_000, ge=1)
    """The largest JSON body of a caller without an admin key."""
    line_characters: int = Field(default=100_000, ge=1)
    script_lines: int = Field(default=2_000_000, ge=1)
    record_characters: int = Field(default=10_000_000, ge=1)
    """The longest record of a JSON script, and its longest row."""
    table_cells: int = Field(default=10_000_000, ge=1)
    """Most cells of a workbook."""
    page_bytes: int = Field(default=8_000_000, ge=1)
    """The largest HTML page, also in a book."""
    archive_entries: int = Field(default=5_000, ge=1)
    """Most files and folders in an archive."""
    archive_bytes: int = Field(default=300_000_000, ge=1)
    """All files of an archive or document once inflated."""
    archive_nesting: int = Field(default=1, ge=0)
    """How deep archives may lie in each other; 0 takes none, 1 an archive of files."""
    message_characters: int = Field(default=4_000, ge=1)
    characters_at_once: int = Field(default=50, ge=1)
    """Characters that one request makes of a script."""
    running_turns: int | None = Field(default=None, ge=1)
    """Replies generated side by side; by default the embedded engine's ``parallel``, and 64 for an
    engine elsewhere."""
    waiting_turns: int = Field(default=64, ge=0)
    """Turns that wait for their place; more are refused at once, and told when to come again. One
    user has half of these places at most, and less when others wait."""
    card_bytes: int = Field(default=50 * 1024**2, ge=1)
    """A character card's file."""
    card_json_bytes: int = Field(default=10 * 1024**2, ge=1)
    """A card's text, and with it a script that is carried in one."""
    card_inflated_bytes: int = Field(default=100 * 1024**2, ge=1)
    """All files in a CHARX card."""
    chat_log_bytes: int = Field(default=20_000_000, ge=1)
    chat_log_messages: int = Field(default=20_000, ge=1)
    """Messages of an imported chat, each of their swipes counted."""
    visitor_chat_log_bytes: int = Field(default=2_000_000, ge=1)
    """The same of those who are neither admins nor may upload scripts."""
    visitor_chat_log_messages: int = Field(default=2_000, ge=1)
    imports_at_once: int = Field(default=2, ge=1)
    """Chats that are imported side by side; of one owner, one at a time."""
    visitor_conversations: int = Field(default=200, ge=1)
    """Conversations of one visitor, those that were deleted not counted."""
    visitor_messages: int = Field(default=10_000, ge=1)
    """Messages of one visitor in all of them, every alternative counted."""
    reading_seconds: float = Field(default=60.0, gt=0)
    """Most time that the reading of one file takes: an upload, a card, a picture, a chat log. What
    the database takes to store it does not count."""
    reading_megabytes: int = Field(default=2_048, ge=128)
    """Most memory of a process that reads files; enforced on Linux."""
    reading_processes: int | None = Field(default=None, ge=1)
    """Files read side by side; by default one per core but one, and at least two."""
    waiting_readings: int = Field(default=16, ge=0)
    """Files that wait to be read; more are refused at once, and told when to come again."""
    reported_rejections: int = Field(default=1_000, ge=1)
    """Rejected rows a report lists; the rest is counted."""


class Settings(BaseSettings):
    """Everything configurable."""

    model_config = SettingsConfigDict(
        env_prefix="OFFBOOK_",
        env_nested_delimiter="__",
        extra="ignore",
        validate_default=True,
        populate_by_name=True,
    )

    data_dir: Path = Path("data")
    load_samples: bool = True
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "console", "json"] = "auto"
    server: ServerSettings = ServerSettings()
    access: AccessSettings = AccessSettings()
    database: DatabaseSettings = DatabaseSettings()
    embedder: EmbedderSettings = EmbedderSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    prompt: PromptSettings = PromptSettings()
    engine: EngineSettings = EngineSettings()
    openai_api: OpenAIApiSettings = OpenAIApiSettings()
    limits: LimitSettings = LimitSettings()
    judge: JudgeSettings = JudgeSettings()
    hub_endpoint: str = Field(
        default="https://huggingface.co",
        validation_alias=AliasChoices("OFFBOOK_HUB_ENDPOINT", "HF_ENDPOINT"),
    )
    """The model hub, or a mirror of it; ``HF_ENDPOINT`` is what the hub's own tools read."""

    @property
    def running_turns(self) -> int:
        """How many replies are generated side by side."""
        embedded = self.engine.kind == "embedded"
        return self.limits.running_turns or (self.engine.parallel if embedded else _ENGINE_PLACES)

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL, with an async driver."""
        url = self.database.url
        if url is None:
            return f"sqlite+aiosqlite:///{(self.data_dir / 'offbook.sqlite3').absolute()}"
        for prefix in ("postgresql://", "postgres://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        if url.startswith("sqlite://"):
            return "sqlite+aiosqlite://" + url.removeprefix("sqlite://")
        return url
