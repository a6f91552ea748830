"""Bodies of the health and status routes."""

from typing import Literal

from app.schemas import Schema


class Check(Schema):
    ok: bool
    detail: str


class ReplicaCheck(Check):
    number: int
    """Its place among the addresses in the settings, from 1."""
    outstanding: int
    """Requests that it answers now, as far as they came from here."""


class Readiness(Schema):
    ready: bool
    database: Check
    embedder: Check
    engine: Check
    replicas: list[ReplicaCheck] = []
    """The servers that the engine is made of."""


class EngineStatus(Schema):
    kind: Literal["embedded", "openai", "scripted"]
    state: Literal["downloading", "starting", "ready", "unavailable"]
    model: str
    """What answers, for a person: ``Index-1.9B-Character (Q4_K_M)``."""
    is_demo: bool
    """A small stand-in answers, not the role-play model."""
    detail: str
    """One sentence: what is happening, or what to do."""
    progress: float | None = None
    """Share of the download, 0 to 1."""


class ServiceStatus(Schema):
    """What the pages need to know about the service they belong to."""

    version: str
    engine: EngineStatus
    embedder: str
    admin_required: bool
    signed_in: bool
    may_upload: bool
    upload_bytes: int
    message_characters: int
