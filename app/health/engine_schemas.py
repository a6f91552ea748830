"""Define the body of the engine's health."""

from datetime import datetime

from app.health.schemas import EngineStatus
from app.schemas import Schema


class QueueHealth(Schema):
    """Count the turns of this process, and what it admits at most."""

    running: int
    waiting: int
    most_running: int
    most_waiting: int
    refused: int
    """Turns refused since the start because too many waited."""


class ReplyHealth(Schema):
    """Describe the replies that all processes stored lately; ``/v1`` stores none."""

    seconds: int
    """The time looked back on."""
    replies: int
    cut_off: int
    """Replies among them that broke off or were stopped."""
    first_token_ms: float | None
    """From the prompt being sent to the first token, the median; null without replies."""
    first_token_slow_ms: float | None
    """The same of the slowest twentieth's quickest."""
    tokens_per_second: float | None
    """After the first token, the median of single replies."""


class FailureHealth(Schema):
    """Count the failed calls of the engine of one kind, in this process."""

    kind: str
    """``unavailable``, ``overloaded``, ``timeout``, ``context_too_long``, ``refused``, …"""
    recent: int
    """Within the last ``seconds`` of ``replies``."""
    total: int
    """Since this process started."""
    seconds_ago: float | None
    """When the newest was; null where that is longer ago."""
    reason: str
    """What the newest recent one said."""


class ServerHealth(Schema):
    """Describe one server of the engine."""

    number: int
    """Its position among the addresses of the settings, from 1."""
    available: bool | None
    """Whether requests are sent to it; null where it is the only one."""
    detail: str
    outstanding: int | None
    """Requests from this process that it is answering; null where it is the only one."""
    failures: int | None
    reports: bool
    """Whether it reports of itself, as vLLM does at ``/metrics``; the rest is what it says."""
    running: int | None = None
    waiting: int | None = None
    cache_used: float | None = None
    """Share of its cache in use, 0 to 1."""
    first_token_ms: float | None = None
    """The mean since its start."""


class ServiceProcess(Schema):
    """Name a process that serves this database, as the database knows it."""

    since: datetime
    """When it took the lock of services: at its start, or when its connection was lost."""
    address: str | None


class ProcessHealth(Schema):
    """Describe the process that answers, and what is known of the others."""

    version: str
    started_at: datetime
    pid: int
    others_known: bool
    """Whether the database counts processes: PostgreSQL does, SQLite does not."""
    processes: list[ServiceProcess]
    """All of them, this one included; empty where they are not counted."""
    turns: int
    """Turns under way in all processes, by the leases that they renew."""
    indexing: int
    """Characters whose index is being built in all processes."""
    indexing_waiting: int


class EngineHealth(Schema):
    """Describe the engine and how it does."""

    engine: EngineStatus
    ready: bool
    """Whether a turn would be answered now."""
    context_length: int | None
    """Tokens of prompt and reply together; null while no engine answers."""
    queue: QueueHealth
    replies: ReplyHealth
    failures: list[FailureHealth]
    """By kind, the most recent first."""
    servers: list[ServerHealth]
    """Of an engine elsewhere; empty for others."""
    process: ProcessHealth
