"""Define the bodies of the health and status routes."""

from typing import Literal

from app.schemas import Schema


class Check(Schema):
    """Report the state of one part of the service."""

    ok: bool
    detail: str


class ReplicaCheck(Check):
    """Report the state of the server of an engine elsewhere."""

    number: int
    """Always 1: several servers stand behind a router, which has one address."""
    outstanding: int
    """Requests from this process that it is answering."""


class Readiness(Schema):
    """Report whether a turn would be answered, part by part."""

    ready: bool
    database: Check
    embedder: Check
    engine: Check
    replicas: list[ReplicaCheck] = []
    """The server of an engine elsewhere; empty for other engines."""
    stopping: bool = False
    """Whether the process was asked to stop; shown to admins."""


class EngineStatus(Schema):
    """Describe the engine and its model."""

    kind: Literal["embedded", "openai", "scripted"]
    state: Literal["downloading", "starting", "ready", "unavailable"]
    model: str
    """The model's name for people: ``Index-1.9B-Character (Q4_K_M)``."""
    is_demo: bool
    """Whether a small stand-in answers instead of the role-play model."""
    detail: str
    """One sentence on the present state, or on what to do."""
    progress: float | None = None
    """Share of the download, 0 to 1."""


class ServiceStatus(Schema):
    """Describe the service to its pages."""

    version: str
    engine: EngineStatus
    embedder: str
    admin_required: bool
    signed_in: bool
    may_upload: bool
    upload_bytes: int
    message_characters: int
    ratings: bool
    """Whether replies can be rated."""
