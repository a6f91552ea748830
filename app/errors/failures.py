"""Describe failures by status and body: the engine's, and any that ends a stream."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import DBAPIError

from app.engines.port import (
    ContextTooLongError,
    EngineError,
    EngineOverloadedError,
    EngineRequestError,
    EngineTimeoutError,
    EngineUnavailableError,
    ScoringUnsupportedError,
)
from app.errors.kinds import AppError
from app.schemas import ErrorDetail
from characters.errors import CharactersError
from characters.prompting import PromptTooLongError

log = structlog.get_logger(__name__)

ENGINE_STATUS: Mapping[type[EngineError], tuple[int, str]] = {
    EngineUnavailableError: (503, "engine_unavailable"),
    EngineOverloadedError: (503, "engine_overloaded"),
    EngineTimeoutError: (504, "engine_timeout"),
    ContextTooLongError: (422, "context_too_long"),
    EngineRequestError: (502, "engine_refused"),
    ScoringUnsupportedError: (502, "engine_refused"),
}


def describe_engine_error(error: EngineError) -> tuple[int, ErrorDetail]:
    """Return the status and the body of an engine's failure."""
    status, code = ENGINE_STATUS.get(type(error), (502, "engine_error"))
    return status, ErrorDetail(code=code, message=str(error))


def retry_after_of(error: EngineError, status: int) -> int | None:
    """Return the seconds to wait: the engine's own, or five where only time can help."""
    return error.retry_after or (5 if status in {503, 504} else None)


@dataclass(frozen=True, slots=True)
class Failure:
    """Hold a failure that is reported in the middle of an answer, after its status was sent."""

    error: ErrorDetail
    status: int
    retry_after: int | None = None


def describe_failure(error: Exception) -> Failure:
    """Return what :mod:`app.errors.handlers` would answer; log an error of the service itself."""
    if isinstance(error, EngineError):
        status, detail = describe_engine_error(error)
        return Failure(detail, status, retry_after_of(error, status))
    if isinstance(error, AppError):
        detail = ErrorDetail(code=error.code, message=error.message, detail=error.detail or None)
        return Failure(detail, error.status, error.retry_after)
    if isinstance(error, PromptTooLongError):
        return Failure(ErrorDetail(code="context_too_long", message=str(error)), 422)
    if isinstance(error, DBAPIError):
        message = "The database did not answer, so this could not be stored. Try again."
        return Failure(ErrorDetail(code="database_unavailable", message=message), 503, 2)
    log.error("turn_failed", exc_info=error)
    known = isinstance(error, CharactersError)
    message = str(error) if known else "Something went wrong here; it has been logged."
    return Failure(ErrorDetail(code="internal_error", message=message), 500)
