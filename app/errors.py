"""Domain error -> HTTP status, in one place.

Features raise an :class:`AppError`; packages below raise their own, translated here. Every body
is ``{"error": {"code", "message", "detail"}}``; below ``/v1`` it has the form of the OpenAI API,
``{"error": {"message", "type", "param", "code"}}``, and 400 stands for 422.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.types import Scope

from app.engines.port import (
    ContextTooLongError,
    EngineError,
    EngineOverloadedError,
    EngineRequestError,
    EngineTimeoutError,
    EngineUnavailableError,
)
from app.schemas import ErrorBody, ErrorDetail
from characters.errors import CharactersError, FileError
from characters.prompting import PromptTooLongError

log = structlog.get_logger(__name__)


class AppError(Exception):
    """A failure the caller can understand. ``code`` is stable; ``message`` says what to do."""

    status = 400

    def __init__(
        self, code: str, message: str, /, *, retry_after: int | None = None, **detail: object
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.detail = detail


class InvalidError(AppError):
    """The request is well-formed but cannot be done as asked."""

    status = 422


class UnauthorizedError(AppError):
    """An admin key is needed, or the one given is wrong."""

    status = 401


class ForbiddenError(AppError):
    """Not from here, or not for this caller."""

    status = 403


class NotFoundError(AppError):
    """Nothing has this id, or it is not this caller's."""

    status = 404


class ConflictError(AppError):
    """The state of the thing forbids it now."""

    status = 409


class TooLargeError(AppError):
    """More than a limit allows."""

    status = 413


class TooManyRequestsError(AppError):
    """As much runs already as may; nothing was stored, and later there is room again."""

    status = 429


class TooManyTurnsError(TooManyRequestsError):
    """As many turns run and wait as may; nothing was stored."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            "too_many_turns",
            "Too many replies are being written at the moment. "
            f"Nothing was stored; try again in {retry_after} s.",
            retry_after=retry_after,
        )


class UnavailableError(AppError):
    """Something this service needs is away; trying again can help."""

    status = 503


class StoppingError(UnavailableError):
    """The service is being stopped before this could be finished."""

    def __init__(self) -> None:
        super().__init__(
            "service_stopping",
            "The service is being stopped before this was done. Try again in a moment.",
            retry_after=5,
        )


class InsufficientStorageError(AppError):
    """The disk has no room for what was sent."""

    status = 507

    def __init__(self) -> None:
        super().__init__(
            "storage_full",
            "The disk of this service is full, so this could not be taken. Nothing was stored; "
            "an admin has to make room.",
        )


ENGINE_STATUS: Mapping[type[EngineError], tuple[int, str]] = {
    EngineUnavailableError: (503, "engine_unavailable"),
    EngineOverloadedError: (503, "engine_overloaded"),
    EngineTimeoutError: (504, "engine_timeout"),
    ContextTooLongError: (422, "context_too_long"),
    EngineRequestError: (502, "engine_refused"),
}
_NAMED_PROBLEMS = 20
"""Of an invalid request: one with a wrong field in every line would be answered by a larger one."""
_OPENAI_CODES = {"context_too_long": "context_length_exceeded"}
"""Codes that clients of the OpenAI API look for, for ours that mean the same."""


def describe_engine_error(error: EngineError) -> tuple[int, ErrorDetail]:
    """Status and body of an engine's failure."""
    status, code = ENGINE_STATUS.get(type(error), (502, "engine_error"))
    return status, ErrorDetail(code=code, message=str(error))


def retry_after_of(error: EngineError, status: int) -> int | None:
    """Seconds to wait: what the engine says, and five where only time can help."""
    return error.retry_after or (5 if status in {503, 504} else None)


_TOO_LARGE = {
    *("line_too_long", "too_many_lines", "too_large"),
    *("record_too_long", "too_many_cells", "nested_archive", "page_too_large"),
}
"""Codes of files that a limit forbids; any other file error is 422."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure that is told in the middle of an answer, after its status."""

    error: ErrorDetail
    status: int
    retry_after: int | None = None


def describe_failure(error: Exception) -> Failure:
    """What the handlers below would answer; what is nobody's fault but ours is logged."""
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


class _ErrorResponse(JSONResponse):
    """An error may name what was sent: half a surrogate pair in it becomes a question mark."""

    def render(self, content: object) -> bytes:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode(errors="replace")


def error_response(
    scope: Scope, status: int, error: ErrorDetail, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """An error body with its status, in the form of the API that the request was for."""
    if is_openai_path(scope["path"]):
        status = openai_status(status)
        body: dict[str, object] = {"error": openai_error(status, error)}
    else:
        body = ErrorBody(error=error).model_dump(mode="json")
    # Said here as well as by the middleware, which an unexpected error's answer does not pass.
    defaults = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return _ErrorResponse(body, status_code=status, headers=defaults | dict(headers or {}))


def is_openai_path(path: str) -> bool:
    """Whether it belongs to the OpenAI surface, however many slashes a client put into it."""
    return path.lstrip("/").startswith("v1/")


def openai_status(status: int) -> int:
    """Return the status below ``/v1``: the OpenAI API has 400 where this service has 422."""
    return 400 if status == 422 else status


def openai_error(status: int, error: ErrorDetail) -> dict[str, object]:
    """The inside of an error body as the OpenAI API has it (API reference, "Error codes")."""
    kinds = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
    kind = kinds.get(status, "server_error" if status >= 500 else "invalid_request_error")
    detail = error.detail or {}
    return {
        "message": error.message,
        "type": kind,
        "param": detail.get("param"),
        "code": _OPENAI_CODES.get(error.code, error.code),
    }


def _retry_after(seconds: int | None) -> dict[str, str]:
    return {} if seconds is None else {"Retry-After": str(math.ceil(seconds))}


async def _on_app_error(request: Request, error: AppError) -> JSONResponse:
    detail = ErrorDetail(code=error.code, message=error.message, detail=error.detail or None)
    return error_response(request.scope, error.status, detail, _retry_after(error.retry_after))


async def _on_file_error(request: Request, error: FileError) -> JSONResponse:
    status = 413 if error.code in _TOO_LARGE else 422
    detail = ErrorDetail(code=error.code, message=str(error), detail=error.detail or None)
    return error_response(request.scope, status, detail)


async def _on_engine_error(request: Request, error: EngineError) -> JSONResponse:
    status, detail = describe_engine_error(error)
    return error_response(
        request.scope, status, detail, _retry_after(retry_after_of(error, status))
    )


async def _on_prompt_too_long(request: Request, error: PromptTooLongError) -> JSONResponse:
    return error_response(
        request.scope, 422, ErrorDetail(code="context_too_long", message=str(error))
    )


async def _on_validation_error(request: Request, error: RequestValidationError) -> JSONResponse:
    found = error.errors()
    problems = [
        {"where": ".".join(str(part) for part in problem["loc"]), "problem": problem["msg"]}
        for problem in found[:_NAMED_PROBLEMS]
    ]
    first = problems[0]
    more = {"problems_total": len(found)} if len(found) > len(problems) else {}
    detail = ErrorDetail(
        code="invalid_request",
        message=f"{first['where']}: {first['problem']}",
        detail={"problems": problems, **more},
    )
    return error_response(request.scope, 422, detail)


async def _on_http_error(request: Request, error: HTTPException) -> JSONResponse:
    code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(
        error.status_code, "http_error"
    )
    return error_response(
        request.scope,
        error.status_code,
        ErrorDetail(code=code, message=str(error.detail)),
        error.headers,
    )


async def _on_integrity_error(request: Request, error: IntegrityError) -> JSONResponse:
    log.warning("conflicting_change", error=str(error.orig))
    detail = ErrorDetail(
        code="conflict",
        message="Somebody else changed the same thing at the same moment. "
        "Nothing was stored by this request; try again.",
    )
    return error_response(request.scope, 409, detail, _retry_after(1))


async def _on_database_error(
    request: Request, error: DBAPIError | PoolTimeoutError
) -> JSONResponse:
    log.error("database_error", error=str(getattr(error, "orig", error)))
    detail = ErrorDetail(
        code="database_unavailable",
        message="The database did not answer: it is locked, read-only or away. "
        "Nothing was stored by this request; try again in a moment.",
    )
    return error_response(request.scope, 503, detail, _retry_after(2))


async def _on_anything_else(request: Request, error: Exception) -> JSONResponse:
    log.exception("unexpected_error", exc_info=error)
    detail = ErrorDetail(
        code="internal_error", message="Something went wrong here; it has been logged."
    )
    return error_response(request.scope, 500, detail)


def install_error_handlers(app: FastAPI) -> None:
    """Make every failure answer with the same body."""
    app.add_exception_handler(AppError, _on_app_error)  # type: ignore[arg-type]  # Starlette's handler type is not generic in the exception
    app.add_exception_handler(FileError, _on_file_error)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(EngineError, _on_engine_error)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(RequestValidationError, _on_validation_error)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(HTTPException, _on_http_error)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(PromptTooLongError, _on_prompt_too_long)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(IntegrityError, _on_integrity_error)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(DBAPIError, _on_database_error)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(PoolTimeoutError, _on_database_error)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(Exception, _on_anything_else)
