"""Errors of every kind that a feature, or a package below it, may raise."""

import sqlite3
from collections.abc import Mapping

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.engines.port import (
    AdapterUnknownError,
    ContextTooLongError,
    EngineError,
    EngineOverloadedError,
    EngineRequestError,
    EngineTimeoutError,
    EngineUnavailableError,
)
from app.errors import (
    ConflictError,
    ForbiddenError,
    InsufficientStorageError,
    InvalidError,
    NotFoundError,
    StoppingError,
    TooLargeError,
    TooManyTurnsError,
    UnauthorizedError,
    UnavailableError,
)
from characters.errors import CardError, ScriptError
from characters.prompting import PromptTooLongError

LOCKED = sqlite3.OperationalError("database is locked")
TWICE = sqlite3.IntegrityError("UNIQUE constraint failed: scripts.title")

ANSWERS: Mapping[str, tuple[Exception, int, str, int | None]] = {
    "invalid": (InvalidError("empty_message", "Say something."), 422, "empty_message", None),
    "a wrong key": (UnauthorizedError("wrong_key", "This is no key."), 401, "wrong_key", None),
    "forbidden": (ForbiddenError("may_not_replace", "No."), 403, "may_not_replace", None),
    "not found": (NotFoundError("script_not_found", "No."), 404, "script_not_found", None),
    "a conflict": (ConflictError("script_in_use", "Played."), 409, "script_in_use", None),
    "too large": (TooLargeError("too_large", "No.", limit_bytes=9), 413, "too_large", None),
    "a full queue": (TooManyTurnsError(7), 429, "too_many_turns", 7),
    "away": (UnavailableError("embedder_busy", "Later.", retry_after=3), 503, "embedder_busy", 3),
    "stopping": (StoppingError(), 503, "service_stopping", 5),
    "a full disk": (InsufficientStorageError(), 507, "storage_full", None),
    "a damaged script": (ScriptError("no_dialogue", "No line."), 422, "no_dialogue", None),
    "a long line": (ScriptError("line_too_long", "Too long."), 413, "line_too_long", None),
    "a nested archive": (CardError("nested_archive", "Too deep."), 413, "nested_archive", None),
    "an engine that is away": (EngineUnavailableError("Away."), 503, "engine_unavailable", 5),
    "one that says when": (
        EngineUnavailableError("Away.", retry_after=60),
        503,
        "engine_unavailable",
        60,
    ),
    "an overloaded one": (EngineOverloadedError("Busy."), 503, "engine_overloaded", 5),
    "a slow one": (EngineTimeoutError("Silent."), 504, "engine_timeout", 5),
    "one that refuses": (EngineRequestError("Wrong model."), 502, "engine_refused", None),
    "a missing adapter": (AdapterUnknownError("No mei."), 502, "adapter_unknown", None),
    "a short context": (ContextTooLongError("5,000 tokens."), 422, "context_too_long", None),
    "another of its errors": (EngineError("Odd."), 502, "engine_error", None),
    "a long prompt": (PromptTooLongError(100, 5_000), 422, "context_too_long", None),
    "a locked database": (
        OperationalError("SELECT 1", {}, LOCKED),
        503,
        "database_unavailable",
        2,
    ),
    "no free connection": (PoolTimeoutError("QueuePool limit"), 503, "database_unavailable", 2),
    "two at once": (IntegrityError("INSERT", {}, TWICE), 409, "conflict", 1),
    "a bug": (KeyError("password=hunter2"), 500, "internal_error", None),
}
"""Of each: the status, the code, and the seconds of ``Retry-After``, as documented."""
