"""Describe failures by status and body: the engine's, and any that ends a stream."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.engines.port import (
    AdapterUnknownError,
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
from characters.errors import CharactersError, FileError
from characters.prompting import PromptTooLongError

log = structlog.get_logger(__name__)

ENGINE_STATUS: Mapping[type[EngineError], tuple[int, str]] = {
    EngineUnavailableError: (503, "engine_unavailable"),
    EngineOverloadedError: (503, "engine_overloaded"),
    EngineTimeoutError: (504, "engine_timeout"),
    ContextTooLongError: (422, "context_too_long"),
    EngineRequestError: (502, "engine_refused"),
    AdapterUnknownError: (502, "adapter_unknown"),
    ScoringUnsupportedError: (502, "engine_refused"),
}

_TOO_LARGE = {
    *("line_too_long", "too_many_lines", "too_large"),
    *("record_too_long", "too_many_cells", "nested_archive", "page_too_large"),
}
"""Codes of files that exceed a limit (413); any other file error is 422."""


def describe_engine_error(error: EngineError) -> tuple[int, ErrorDetail]:
    """Return the status and the body of an engine's failure."""
    status, code = ENGINE_STATUS.get(type(error), (502, "engine_error"))
    return status, ErrorDetail(code=code, message=str(error))


def describe_file_error(error: FileError) -> tuple[int, ErrorDetail]:
    """Return the status and the body of a file that cannot be read."""
    status = 413 if error.code in _TOO_LARGE else 422
    return status, ErrorDetail(code=error.code, message=str(error), detail=error.detail or None)


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
    if isinstance(error, FileError):
        status, detail = describe_file_error(error)
        return Failure(detail, status)
    if isinstance(error, DBAPIError | PoolTimeoutError):
        return _describe_database_error(error)
    log.error("turn_failed", exc_info=error)
    known = isinstance(error, CharactersError)
    message = str(error) if known else "Something went wrong here; it has been logged."
    return Failure(ErrorDetail(code="internal_error", message=message), 500)


def _describe_database_error(error: DBAPIError | PoolTimeoutError) -> Failure:
    if isinstance(error, IntegrityError):
        message = "The same thing was changed at that moment, so this was not stored. Try again."
        return Failure(ErrorDetail(code="conflict", message=message), 409, 1)
    message = "The database did not answer, so this could not be stored. Try again."
    return Failure(ErrorDetail(code="database_unavailable", message=message), 503, 2)
